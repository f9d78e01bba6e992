import { expect } from "chai";
import fc from "fast-check";
import { AttributionFinding, AttributionOutcome, AttributionTask } from "../../../proto/gen/openledger/attribution/v1.js";
import { defaultAttestParams } from "../../../chain/attest/index.js";
import { equalBytes } from "../../../chain/primitives/index.js";
import { MAX_CONTRIBUTORS, MAX_FINDING_BYTES, agreedHash, encodeAgreed, encodeFinding, parseAgreed, parseFinding } from "./finding.js";
import { isCloseTo, medianOutcome } from "./median.js";
import { MAX_SCORE, MAX_SPAN_SCORE, isSoundOutcome } from "./outcome.js";

const H = new Uint8Array(32).fill(7);
const WORK = new Uint8Array(32).fill(9);
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `open1${i.toString().padStart(58, "0")}`);

function taskOf(count: number, over: Partial<AttributionTask> = {}): AttributionTask {
  const answerTokens = Array.from({ length: 64 }, (_, i) => i);
  return AttributionTask.create({ contributors: names(count), answerTokens, minSpanTokens: 4, maxSpans: 16, maxRows: 16, ...over });
}

/** Everything at its bound: the longest sound finding there is, or nearly. */
function largest(task: AttributionTask): AttributionOutcome {
  const contributor = task.contributors[0] ?? "";
  const text = "x".repeat(4_096 / task.maxSpans);
  const [contributionId, row, position] = [(1n << 64n) - 1n, 2 ** 32 - 1, (1n << 64n) - 1n];
  const span = { start: 0, end: 64, text, contributionId, row, contributor, score: MAX_SPAN_SCORE, position };
  return AttributionOutcome.create({
    influence: task.contributors.map((c) => ({ contributor: c, score: -MAX_SCORE })),
    scoreExponent: -256,
    queryGradientHash: H,
    spanScores: task.contributors.map((c) => ({ contributor: c, score: MAX_SPAN_SCORE })),
    spans: Array.from({ length: task.maxSpans }, () => span),
    rows: Array.from({ length: task.maxRows }, () => ({ contributionId, row, contributor, score: -MAX_SCORE })),
    runtimeId: H,
    queryGradientCid: "b".repeat(64),
    queryExponent: -256,
    spanRoot: H,
    spanProofsCid: "b".repeat(64),
  });
}

const score = fc.bigInt({ min: -MAX_SCORE, max: MAX_SCORE });
const finding = fc
  .tuple(fc.array(fc.tuple(score, fc.bigInt({ min: 0n, max: MAX_SPAN_SCORE })), { maxLength: 20 }), fc.integer({ min: -256, max: 256 }))
  .map(([scores, scoreExponent]) => {
    const task = taskOf(scores.length);
    const named = task.contributors.map((contributor, i) => ({ contributor, pair: scores[i]! }));
    const outcome = AttributionOutcome.create({
      influence: named.map(({ contributor, pair }) => ({ contributor, score: pair[0] })),
      spanScores: named.filter((n) => n.pair[1] > 0n).map(({ contributor, pair }) => ({ contributor, score: pair[1] })),
      scoreExponent,
      queryGradientHash: H,
      runtimeId: H,
    });
    return { task, outcome };
  });

describe("a finding", () => {
  it("fits a vote extension with 512 contributors and everything else at its bound", () => {
    for (const maxSpans of [1, 8, 16]) {
      const task = taskOf(MAX_CONTRIBUTORS, { maxSpans });
      const value = encodeFinding({ outcome: largest(task), work: WORK }, task);
      expect(isSoundOutcome(largest(task), task)).to.equal(true);
      expect(value.length).to.be.at.most(MAX_FINDING_BYTES);
      expect(parseFinding(value, task)).to.deep.equal({ outcome: largest(task), work: WORK });
    }
    expect(MAX_FINDING_BYTES).to.be.at.most(defaultAttestParams.maxValueBytes);
  });

  it("comes back as it was, names and all", () => {
    fc.assert(
      fc.property(finding, ({ task, outcome }) => {
        expect(parseFinding(encodeFinding({ outcome, work: WORK }, task), task)).to.deep.equal({ outcome, work: WORK });
        expect(parseAgreed(encodeAgreed(outcome, task), task)).to.deep.equal(outcome);
      }),
    );
  });

  it("is agreed on without the work, and differs in anything else", () => {
    fc.assert(
      fc.property(finding, fc.uint8Array({ minLength: 32, maxLength: 32 }), ({ task, outcome }, work) => {
        const value = encodeFinding({ outcome, work }, task);
        const again = encodeAgreed(parseFinding(value, task)!.outcome, task);
        expect(again).to.deep.equal(encodeAgreed(outcome, task));
        const other = { ...outcome, scoreExponent: outcome.scoreExponent + 1 };
        return !equalBytes(agreedHash(other, task), agreedHash(outcome, task));
      }),
    );
  });

  it("is refused without work, with work of another size, and where it is not in its one encoding", () => {
    const task = taskOf(2);
    const outcome = largest(task);
    for (const work of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(33)]) {
      expect(parseFinding(encodeFinding({ outcome, work }, task), task)).to.equal(undefined);
    }
    expect(parseAgreed(encodeFinding({ outcome, work: WORK }, task), task)).to.equal(undefined);
    const wire = AttributionFinding.decode(encodeFinding({ outcome, work: WORK }, task));
    const bad: readonly Partial<AttributionFinding>[] = [
      { influence: [1n] },
      { influence: [1n, 2n, 3n] },
      { spanScores: [0n, 0n] },
      { spanScores: [1n] },
      { spanScores: [-1n, 1n] },
      { outcome: { ...wire.outcome, influence: outcome.influence } },
      { outcome: { ...wire.outcome, spanScores: outcome.spanScores } },
    ];
    for (const over of bad) expect(parseFinding(AttributionFinding.encode({ ...wire, ...over }), task)).to.equal(undefined);
    expect(parseFinding(AttributionFinding.encode(wire), task)).not.to.equal(undefined);
  });

  it("is refused as any other bytes, without throwing", () => {
    const task = taskOf(2);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => parseFinding(bytes, task) === undefined));
    expect(parseFinding(new Uint8Array(MAX_FINDING_BYTES + 1), task)).to.equal(undefined);
  });

  it("is refused, or its own one encoding, when any byte of a sound one is changed, cut or put in", () => {
    fc.assert(
      fc.property(finding, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom("set", "cut", "insert"), ({ task, outcome }, at, byte, how) => {
        const whole = encodeFinding({ outcome, work: WORK }, task);
        const i = at % whole.length;
        const tail = how === "cut" ? [] : [byte, ...whole.slice(how === "set" ? i + 1 : i)];
        const changed = Uint8Array.from([...whole.slice(0, i), ...tail]);
        const read = parseFinding(changed, task);
        return read === undefined || (isSoundOutcome(read.outcome, task) && equalBytes(encodeFinding(read, task), changed));
      }),
      { numRuns: 500 },
    );
  });

  it("has every number at its bounds and none beyond", () => {
    const task = taskOf(2);
    const isRead = (over: Partial<AttributionOutcome>): boolean =>
      parseFinding(encodeFinding({ outcome: { ...largest(task), ...over }, work: WORK }, task), task) !== undefined;
    const [span] = largest(task).spans;
    const [row] = largest(task).rows;
    const scores = (value: bigint) => task.contributors.map((contributor) => ({ contributor, score: value }));
    const within: readonly Partial<AttributionOutcome>[] = [
      { influence: scores(MAX_SCORE) }, { influence: scores(-MAX_SCORE) }, { scoreExponent: 256 }, { scoreExponent: -256 },
      { queryExponent: 256 }, { spanScores: [] }, { spanScores: scores(MAX_SPAN_SCORE) }, { spanScores: scores(1n) }, { spans: [], rows: [] },
      { spans: [{ ...span!, start: 60 }] }, { spans: [{ ...span!, score: 1n }] }, { spanRoot: new Uint8Array(0) },
      { rows: [{ ...row!, score: MAX_SCORE, contributionId: 1n }] },
    ];
    for (const over of within) expect(isRead(over), JSON.stringify(Object.keys(over))).to.equal(true);
    const beyond: readonly Partial<AttributionOutcome>[] = [
      { influence: scores(MAX_SCORE + 1n) }, { influence: scores(-MAX_SCORE - 1n) }, { influence: scores((1n << 63n) - 1n) },
      { scoreExponent: 257 }, { scoreExponent: -257 }, { scoreExponent: 2 ** 31 - 1 }, { queryExponent: -257 }, { queryExponent: -(2 ** 31) },
      { spanScores: scores(MAX_SPAN_SCORE + 1n) }, { spanScores: scores(-1n) },
      { spans: [{ ...span!, start: 61 }] }, { spans: [{ ...span!, end: 65 }] }, { spans: [{ ...span!, start: 2 ** 32 - 1 }] },
      { spans: [{ ...span!, end: 2 ** 32 - 1 }] }, { spans: [{ ...span!, score: 0n }] }, { spans: [{ ...span!, score: MAX_SPAN_SCORE + 1n }] },
      { spans: [{ ...span!, text: `${span!.text}x` }] }, { spans: [{ ...span!, contributor: "open1nobody" }] }, { spans: [{ ...span!, contributionId: 0n }] },
      { spans: Array.from({ length: 17 }, () => ({ ...span!, text: "" })) }, { rows: Array.from({ length: 17 }, () => row!) },
      { rows: [{ ...row!, contributionId: 0n }] }, { rows: [{ ...row!, contributor: "open1nobody" }] }, { rows: [{ ...row!, score: MAX_SCORE + 1n }] },
      { queryGradientHash: new Uint8Array(31) }, { queryGradientHash: new Uint8Array(33) }, { runtimeId: new Uint8Array(0) }, { spanRoot: new Uint8Array(31) },
      { queryGradientCid: "b".repeat(65) }, { spanProofsCid: "b".repeat(65) },
    ];
    for (const [i, over] of beyond.entries()) expect(isRead(over), `${i} ${Object.keys(over).join()}`).to.equal(false);
  });
});

describe("the median of any findings", () => {
  const powers = fc.array(fc.constantFrom(1n, 10n, (1n << 62n) - 1n), { minLength: 5, maxLength: 5 });
  const scaled = fc.array(fc.tuple(score, score, fc.constantFrom(-256, -20, 0, 256)), { minLength: 1, maxLength: 5 });

  it("is itself a value that can be agreed on, whatever their units: nothing that validators say halts a node", () => {
    const task = taskOf(2);
    fc.assert(
      fc.property(scaled, powers, (findings, weights) => {
        const values = findings.map(([a, b, scoreExponent], i) => {
          const influence = task.contributors.map((contributor, n) => ({ contributor, score: n === 0 ? a : b }));
          const outcome = { ...largest(task), influence, scoreExponent };
          expect(parseFinding(encodeFinding({ outcome, work: WORK }, task), task)).not.to.equal(undefined);
          return { power: weights[i]!, outcome };
        });
        const median = medianOutcome(values, task.contributors);
        expect(parseAgreed(encodeAgreed(median, task), task)).to.deep.equal(median);
        expect(isCloseTo(median, median)).to.equal(true);
      }),
    );
  });
});
