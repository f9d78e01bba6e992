import { expect } from "chai";
import fc from "fast-check";
import { AttributionFinding, AttributionOutcome, AttributionTask } from "../../../proto/gen/openledger/attribution/v1.js";
import { defaultAttestParams } from "../../../chain/attest/index.js";
import { equalBytes } from "../../../chain/primitives/index.js";
import { MAX_CONTRIBUTORS, MAX_FINDING_BYTES, agreedHash, encodeAgreed, encodeFinding, parseAgreed, parseFinding } from "./finding.js";
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
});
