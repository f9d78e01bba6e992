import { expect } from "chai";
import fc from "fast-check";
import { AttributionOutcome, AttributionRecord, PayoutRole } from "../../../proto/gen/openledger/attribution/v1.js";
import type { RevealedWork } from "../../../proto/gen/openledger/attribution/v1.js";
import { corrected, withSplit, withoutAttesters } from "./correct.js";
import { MAX_SCORE } from "./outcome.js";
import { verifyRecord } from "./verify.js";

const POOL = "open1pool";
const H = new Uint8Array(32).fill(7);
const RIGHT = new Uint8Array(32).fill(1);
const WRONG = new Uint8Array(32).fill(2);

const score = fc.bigInt({ min: -MAX_SCORE, max: MAX_SCORE });
const outcome = fc.array(score, { minLength: 1, maxLength: 6 }).map((scores) =>
  AttributionOutcome.create({
    influence: scores.map((s, i) => ({ contributor: `open1c${i}`, score: s })),
    queryGradientHash: H,
    runtimeId: H,
  }),
);
const attester = fc.record({ power: fc.bigInt({ min: 1n, max: 10n ** 9n }), agreed: fc.boolean() });
const names = (list: readonly { power: bigint; agreed: boolean }[]) => list.map((a, i) => ({ ...a, account: `open1v${i % 4}` }));

/** A record as the module makes it: prices, split, answerers first and attributors last. */
const record = fc
  .record({
    outcome,
    answerers: fc.array(attester, { maxLength: 5 }),
    attributors: fc.array(attester, { minLength: 1, maxLength: 5 }),
    beta: fc.integer({ min: 0, max: 500_000 }),
    gamma: fc.integer({ min: 1, max: 500_000 }),
    tokens: fc.integer({ min: 0, max: 10_000 }),
    rate: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    platform: fc.bigInt({ min: 0n, max: 10n ** 9n }),
  })
  .map((r) => {
    const fee = (BigInt(r.tokens) * r.rate + 999n) / 1_000n + r.platform;
    const bare = AttributionRecord.create({
      outcome: r.outcome,
      attesters: [...names(r.answerers), ...names(r.attributors)],
      fee: fee.toString(),
      split: { betaPpm: r.beta, gammaPpm: r.gamma, deltaPpm: 1_000_000 - r.beta - r.gamma, spanPoolPpm: 150_000, burnPpm: 0 },
      promptTokens: r.tokens,
      rateIn: r.rate.toString(),
      rateOut: "0",
      platformFee: r.platform.toString(),
      royaltyPpm: 100_000,
      adapterOwner: "open1owner",
      baseModelOwner: "open1base",
    });
    return { record: withSplit(bare, POOL), first: r.answerers.length };
  });

const total = (r: AttributionRecord): bigint => r.payouts.reduce((sum, p) => sum + BigInt(p.amount), 0n);
const paidAs = (r: AttributionRecord, account: string): bigint =>
  r.payouts.filter((p) => p.role === PayoutRole.PAYOUT_ROLE_ATTESTER && p.account === account).reduce((s, p) => s + BigInt(p.amount), 0n);

function findings(count: number, isRight: (i: number) => boolean): RevealedWork[] {
  return Array.from({ length: count }, (_, i) => ({ validator: H, outcomeHash: isRight(i) ? RIGHT : WRONG, work: H, agreed: !isRight(i), runtimeId: H }));
}

describe("a corrected record", () => {
  it("pays out its fee and can be recomputed, whatever was found first and then", () => {
    fc.assert(
      fc.property(record, outcome, fc.infiniteStream(fc.boolean()), ({ record: before, first }, found, coins) => {
        const right = before.attesters.slice(first).map(() => coins.next().value === true);
        const revealed = findings(right.length, (i) => right[i] === true);
        const attestation = { ...before.attestation, taskId: 9n };
        const after = corrected(before, { outcome: found, outcomeHash: RIGHT, attestation, revealed }, POOL);
        expect(verifyRecord(after, POOL)).to.deep.equal([]);
        expect(total(after)).to.equal(BigInt(before.fee));
        expect(after.attesters.slice(0, first), "who answered is not at issue").to.deep.equal(before.attesters.slice(0, first));
        expect(after.attesters.slice(first).map((a) => a.agreed)).to.deep.equal(right);
        expect([after.outcome, after.attestation.taskId]).to.deep.equal([found, 9n]);
      }),
    );
  });

  it("never pays one without an account, though it was right", () => {
    fc.assert(
      fc.property(record, ({ record: before, first }) => {
        const attesters = before.attesters.map((a, i) => (i === first ? { ...a, account: "", agreed: false } : a));
        const revealed = findings(attesters.length - first, () => true);
        const { outcome: found, attestation } = before;
        const after = corrected({ ...before, attesters }, { outcome: found, outcomeHash: RIGHT, attestation, revealed }, POOL);
        return after.attesters[first]?.agreed === false && total(after) === BigInt(before.fee);
      }),
    );
  });
});

describe("a record without some of its attesters", () => {
  it("pays them nothing, the others the same, and the community pool the rest", () => {
    fc.assert(
      fc.property(record, fc.subarray(["open1v0", "open1v1", "open1v2", "open1v3"]), ({ record: before }, out) => {
        const after = withoutAttesters(before, (account) => out.includes(account), POOL);
        expect(verifyRecord(after, POOL)).to.deep.equal([]);
        expect(total(after)).to.equal(BigInt(before.fee));
        for (const account of ["open1v0", "open1v1", "open1v2", "open1v3"]) {
          expect(paidAs(after, account)).to.equal(out.includes(account) ? 0n : paidAs(before, account));
        }
        expect(after.shares).to.deep.equal(before.shares);
      }),
    );
  });
  it("is the record itself when nobody is concerned", () => {
    fc.assert(fc.property(record, ({ record: before }) => withoutAttesters(before, () => false, POOL) === before));
  });
});
