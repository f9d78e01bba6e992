import { expect } from "chai";
import fc from "fast-check";
import { toUopen } from "../../../chain/primitives/index.js";
import { AttributionOutcome, AttributionTask } from "../../../proto/gen/openledger/attribution/v1.js";
import { apportion } from "./apportion.js";
import { feeOf } from "./fee.js";
import { isCloseTo, medianOutcome, weightedMedian } from "./median.js";
import { MAX_SCORE, MAX_SPAN_SCORE, cutSpanText, isSoundOutcome } from "./outcome.js";
import { promptHash } from "./prompt-hash.js";
import { scoreShares, sumScores } from "./shares.js";
import { payoutTotal, splitFee } from "./split.js";
import type { SplitInput } from "./split.js";

const name = fc.integer({ min: 0, max: 9 }).map((n) => `open1${"abcdefghij".charAt(n)}`);
const scores = fc.array(fc.record({ contributor: name, score: fc.bigInt({ min: -MAX_SCORE, max: MAX_SCORE }) }), { maxLength: 12 });
const ppm = fc.integer({ min: 0, max: 1_000_000 });

const input: fc.Arbitrary<SplitInput> = fc
  .record({
    net: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    platform: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    cut: fc.tuple(ppm, ppm).map(([a, b]) => (a + b > 1_000_000 ? ([1_000_000 - a, 1_000_000 - b] as const) : ([a, b] as const))),
    spanPoolPpm: ppm,
    burnPpm: ppm,
    royaltyPpm: ppm,
    attesters: fc.array(
      fc.record({ account: name, power: fc.bigInt({ min: 0n, max: 10n ** 9n }), agreed: fc.boolean() }),
      { maxLength: 8 },
    ),
    influence: scores,
    spanScores: scores,
  })
  .map((r) => ({
    fee: toUopen(r.net + r.platform),
    platformFee: toUopen(r.platform),
    split: {
      betaPpm: r.cut[0],
      gammaPpm: r.cut[1],
      deltaPpm: 1_000_000 - r.cut[0] - r.cut[1],
      spanPoolPpm: r.spanPoolPpm,
      burnPpm: r.burnPpm,
    },
    royaltyPpm: r.royaltyPpm,
    adapterOwner: "open1owner",
    baseModelOwner: "open1base",
    communityPool: "open1pool",
    attesters: r.attesters,
    influence: r.influence,
    spanScores: r.spanScores,
  }));

describe("apportioning", () => {
  const weights = fc.uniqueArray(fc.record({ key: name, weight: fc.bigInt({ min: 0n, max: 10n ** 18n }) }), {
    selector: (w) => w.key,
    maxLength: 10,
  });
  it("gives out exactly the whole, unless nobody has weight", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), weights, (whole, ws) => {
        const sum = apportion(whole, ws).reduce((a, b) => a + b, 0n);
        return sum === (ws.some((w) => w.weight > 0n) ? whole : 0n);
      }),
    );
  });
  it("gives the same parts in any order, each within one of its exact share", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), weights, (whole, ws) => {
        const parts = apportion(whole, ws);
        const back = apportion(whole, ws.toReversed()).reverse();
        const total = ws.reduce((s, w) => s + w.weight, 0n);
        const near = ws.every((w, i) => total === 0n || (parts[i]! * total - whole * w.weight) ** 2n < total ** 2n);
        expect(parts).to.deep.equal(back);
        return near;
      }),
    );
  });
  it("breaks ties by the lower key", () => {
    const even = ["c", "a", "b"].map((key) => ({ key, weight: 1n }));
    expect(apportion(4n, even)).to.deep.equal([1n, 2n, 1n]);
  });
});

describe("shares of scores", () => {
  it("sum to a million or to nothing, and only positive sums earn", () => {
    fc.assert(
      fc.property(scores, (list) => {
        const shares = scoreShares(list);
        const sum = shares.reduce((s, x) => s + x.ppm, 0n);
        expect(sum).to.equal(shares.some((x) => x.score > 0n) ? 1_000_000n : 0n);
        return shares.every((x) => x.score > 0n || x.ppm === 0n);
      }),
    );
  });
  it("do not change when a contributor splits its rows over several entries", () => {
    fc.assert(
      fc.property(scores, fc.bigInt({ min: -1000n, max: 1000n }), (list, part) => {
        const split = list.flatMap((s) => [
          { ...s, score: s.score - part },
          { ...s, score: part },
        ]);
        expect(scoreShares(split)).to.deep.equal(scoreShares(list));
      }),
    );
  });
  it("sum before they clamp", () => {
    const list = [
      { contributor: "a", score: -5n },
      { contributor: "b", score: 3n },
      { contributor: "a", score: 8n },
    ];
    expect(sumScores(list)).to.deep.equal([
      { contributor: "a", score: 3n },
      { contributor: "b", score: 3n },
    ]);
    expect(scoreShares(list).map((s) => s.ppm)).to.deep.equal([500_000n, 500_000n]);
  });
});

describe("the split of a fee", () => {
  const amountOf = (split: ReturnType<typeof splitFee>, role: number): bigint =>
    split.payouts.filter((p) => p.role === role).reduce((s, p) => s + BigInt(p.amount), 0n);

  it("pays out exactly the fee, whatever the shares", () => {
    fc.assert(
      fc.property(input, (given) => {
        const { payouts, shares } = splitFee(given);
        const toContributors = payouts.filter((p) => p.role === 1).reduce((s, p) => s + BigInt(p.amount), 0n);
        expect(shares.reduce((s, x) => s + BigInt(x.amount), 0n)).to.equal(toContributors);
        const share = shares.reduce((s, x) => s + x.sharePpm, 0);
        expect(share).to.equal(toContributors > 0n ? 1_000_000 : 0);
        return payoutTotal(payouts) === given.fee;
      }),
      { numRuns: 1000 },
    );
  });
  it("pays the same accounts when the scores arrive in another order", () => {
    fc.assert(
      fc.property(input, (given) => {
        const back = { ...given, influence: given.influence.toReversed(), spanScores: given.spanScores.toReversed() };
        expect(splitFee(back)).to.deep.equal(splitFee(given));
      }),
    );
  });
  it("keeps an attester's pay free of what the others do", () => {
    fc.assert(
      fc.property(input, fc.nat(), (given, pick) => {
        fc.pre(given.attesters.length > 1);
        const mine = pick % given.attesters.length;
        const named = given.attesters.map((a, i) => ({ ...a, account: `open1v${i}`, agreed: i === mine ? true : a.agreed }));
        const pay = (attesters: typeof named) =>
          splitFee({ ...given, attesters }).payouts.find((p) => p.role === 4 && p.account === `open1v${mine}`)?.amount;
        return pay(named) === pay(named.map((a, i) => (i === mine ? a : { ...a, agreed: !a.agreed })));
      }),
    );
  });
  it("gives an empty pool to the other, and both to the community pool when both are empty", () => {
    const [given] = fc.sample(input, { numRuns: 1, seed: 1 });
    const whole = {
      ...given!,
      fee: toUopen(1_000_000n),
      platformFee: toUopen(0n),
      split: { betaPpm: 0, gammaPpm: 0, deltaPpm: 1_000_000, spanPoolPpm: 150_000, burnPpm: 0 },
    };
    const some = [{ contributor: "open1a", score: 1n }];
    const both = splitFee({ ...whole, influence: some, spanScores: [{ contributor: "open1b", score: 1n }] });
    expect(both.shares.map((s) => s.amount)).to.deep.equal(["850000", "150000"]);
    expect(amountOf(splitFee({ ...whole, influence: some, spanScores: [] }), 1)).to.equal(1_000_000n);
    expect(amountOf(splitFee({ ...whole, influence: [], spanScores: some }), 1)).to.equal(1_000_000n);
    expect(amountOf(splitFee({ ...whole, influence: [], spanScores: [] }), 5)).to.equal(1_000_000n);
  });
});

describe("the fee of an answer", () => {
  it("rounds the token part up, once", () => {
    const prices = { rateIn: toUopen(1n), rateOut: toUopen(1n), platformFee: toUopen(7n) };
    expect(feeOf({ promptTokens: 0, answerTokens: 0 }, prices)).to.equal(7n);
    expect(feeOf({ promptTokens: 1, answerTokens: 1 }, prices)).to.equal(8n);
    expect(feeOf({ promptTokens: 500, answerTokens: 500 }, prices)).to.equal(8n);
    expect(feeOf({ promptTokens: 500, answerTokens: 501 }, prices)).to.equal(9n);
  });
  it("never falls when more is used", () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(toUopen);
    const tokens = fc.integer({ min: 0, max: 4096 });
    fc.assert(
      fc.property(fc.record({ rateIn: amount, rateOut: amount, platformFee: amount }), tokens, tokens, (prices, a, b) => {
        return feeOf({ promptTokens: a, answerTokens: b }, prices) <= feeOf({ promptTokens: a + 1, answerTokens: b + 1 }, prices);
      }),
    );
  });
});

const TASK: AttributionTask = AttributionTask.create({
  contributors: ["open1a", "open1b"],
  answerTokens: [1, 2, 3, 4, 5, 6],
  minSpanTokens: 3,
  maxSpans: 2,
  maxRows: 2,
});
const H = new Uint8Array(32);

function outcome(a: bigint, b: bigint, over: Partial<AttributionOutcome> = {}): AttributionOutcome {
  return AttributionOutcome.create({
    influence: [
      { contributor: "open1a", score: a },
      { contributor: "open1b", score: b },
    ],
    scoreExponent: -10,
    queryGradientHash: H,
    spanScores: [],
    spans: [],
    rows: [],
    runtimeId: H,
    ...over,
  });
}

describe("an outcome's bounds", () => {
  const span = { start: 0, end: 3, text: "x", contributionId: 1n, row: 0, contributor: "open1a", score: 1n, position: 0n };
  const row = { contributionId: 1n, row: 0, contributor: "open1b", score: -1n };
  const accepts = (o: AttributionOutcome): boolean => isSoundOutcome(o, TASK);
  it("admit what a correct sidecar finds", () => {
    expect(accepts(outcome(1n, -1n, { spans: [span], rows: [row], spanScores: [{ contributor: "open1b", score: 4n }] }))).to.equal(true);
  });
  const bad: readonly (readonly [string, AttributionOutcome])[] = [
    ["a missing contributor", { ...outcome(1n, 1n), influence: [{ contributor: "open1a", score: 1n }] }],
    ["a stranger", { ...outcome(1n, 1n), influence: [{ contributor: "open1a", score: 1n }, { contributor: "open1c", score: 1n }] }],
    ["contributors out of order", { ...outcome(1n, 1n), influence: outcome(1n, 1n).influence.toReversed() }],
    ["a score beyond the bound", outcome(MAX_SCORE + 1n, 0n)],
    ["a short hash", outcome(1n, 1n, { queryGradientHash: H.slice(1) })],
    ["no runtime", outcome(1n, 1n, { runtimeId: new Uint8Array(0) })],
    ["a wild exponent", outcome(1n, 1n, { scoreExponent: -257 })],
    ["a root of the wrong size", outcome(1n, 1n, { spanRoot: H.slice(1) })],
    ["an endless name of a blob", outcome(1n, 1n, { queryGradientCid: "b".repeat(65) })],
    ["an endless name of the proofs", outcome(1n, 1n, { spanProofsCid: "b".repeat(65) })],
    ["a wild exponent of the query", outcome(1n, 1n, { queryExponent: 257 })],
    ["a span score beyond the bound", outcome(1n, 1n, { spanScores: [{ contributor: "open1a", score: MAX_SPAN_SCORE + 1n }] })],
    ["too many spans", outcome(1n, 1n, { spans: [span, span, span] })],
    ["a span that is too short", outcome(1n, 1n, { spans: [{ ...span, end: 2 }] })],
    ["a span that ends before it starts", outcome(1n, 1n, { spans: [{ ...span, start: 5, end: 1 }] })],
    ["a span beyond the answer", outcome(1n, 1n, { spans: [{ ...span, end: 7 }] })],
    ["a span of a stranger", outcome(1n, 1n, { spans: [{ ...span, contributor: "open1z" }] })],
    ["an endless span text", outcome(1n, 1n, { spans: [{ ...span, text: "x".repeat(2049) }] })],
    ["too many rows", outcome(1n, 1n, { rows: [row, row, row] })],
    ["a span score of zero", outcome(1n, 1n, { spanScores: [{ contributor: "open1a", score: 0n }] })],
    ["span scores twice", outcome(1n, 1n, { spanScores: [{ contributor: "open1a", score: 1n }, { contributor: "open1a", score: 1n }] })],
  ];
  for (const [what, value] of bad) it(`refuse ${what}`, () => expect(accepts(value)).to.equal(false));
  it("cut a span's text at a whole character, so that all spans fit", () => {
    const long = "ä🙂x".repeat(1_000);
    for (const maxSpans of [1, 2, 8, 16]) {
      const cut = cutSpanText(long, maxSpans);
      expect(long.startsWith(cut)).to.equal(true);
      expect(new TextEncoder().encode(cut).length * maxSpans).to.be.within(4_096 - 4 * maxSpans, 4_096);
      expect(cutSpanText("short", maxSpans)).to.equal("short");
    }
  });
});

describe("the stake-weighted median", () => {
  it("lies within the honest range while less than half of the power lies", () => {
    const honest = fc.array(fc.bigInt({ min: -1000n, max: 1000n }), { minLength: 3, maxLength: 6 });
    const lies = fc.array(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), { maxLength: 2 });
    fc.assert(
      fc.property(honest, lies, (truth, wild) => {
        const middle = weightedMedian([...truth, ...wild].map((value) => ({ value, power: 10n })));
        const low = truth.reduce((a, b) => (a < b ? a : b));
        const high = truth.reduce((a, b) => (a > b ? a : b));
        return middle >= low && middle <= high;
      }),
    );
  });
  it("follows power, not heads", () => {
    expect(weightedMedian([{ value: 1n, power: 1n }, { value: 2n, power: 1n }, { value: 9n, power: 3n }])).to.equal(9n);
  });
  it("takes each contributor by itself, and what is shown from the closest value", () => {
    const values = [outcome(100n, 50n), outcome(102n, 49n, { runtimeId: H.slice().fill(2) }), outcome(900n, 0n)];
    const median = medianOutcome(values.map((o) => ({ power: 10n, outcome: o })), TASK.contributors);
    expect(median.influence.map((s) => s.score)).to.deep.equal([102n, 49n]);
    expect(median.runtimeId).to.deep.equal(H.slice().fill(2));
  });
  it("brings scores to one exponent first", () => {
    const values = [outcome(8n, 8n), outcome(8n, 8n), outcome(2n, 2n, { scoreExponent: -8 })];
    const median = medianOutcome(values.map((o) => ({ power: 10n, outcome: o })), TASK.contributors);
    expect([median.scoreExponent, ...median.influence.map((s) => s.score)]).to.deep.equal([-10, 8n, 8n]);
  });
  it("is itself a valid outcome", () => {
    const value = fc.tuple(fc.bigInt({ min: -MAX_SCORE, max: MAX_SCORE }), fc.integer({ min: -256, max: 256 }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (list) => {
        const values = list.map(([s, scoreExponent]) => ({ power: 10n, outcome: outcome(s, -s, { scoreExponent }) }));
        const median = medianOutcome(values, TASK.contributors);
        return isSoundOutcome(median, TASK);
      }),
    );
  });
  it("calls a value close that places at most one per cent elsewhere, and a favour to a friend not", () => {
    const median = outcome(500n, 500n);
    expect(isCloseTo(median, outcome(505n, 495n))).to.equal(true);
    expect(isCloseTo(median, outcome(750n, 500n))).to.equal(false);
    expect(isCloseTo(median, outcome(500n, 500n, { spanScores: [{ contributor: "open1a", score: 1n }] }))).to.equal(false);
  });
});

describe("a prompt's hash", () => {
  it("binds inference, user and prompt", () => {
    const base = promptHash(1n, H.slice(0, 20), "why?");
    for (const other of [promptHash(2n, H.slice(0, 20), "why?"), promptHash(1n, H.slice(0, 20).fill(1), "why?"), promptHash(1n, H.slice(0, 20), "why")]) {
      expect(other).not.to.deep.equal(base);
    }
  });
});
