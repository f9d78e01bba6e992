import { expect } from "chai";
import fc from "fast-check";
import { DEFAULT_CONSENSUS_PARAMS } from "../block/index.js";
import { toHeight } from "../primitives/index.js";
import { retainHeight } from "./retention.js";

const aged = (maxAgeNumBlocks: bigint) => ({ evidence: { ...DEFAULT_CONSENSUS_PARAMS.evidence, maxAgeNumBlocks } });

function retained(height: bigint, minRetainBlocks: bigint, snapshot: bigint | undefined, evidence: bigint): bigint {
  const oldestSnapshot = snapshot === undefined ? undefined : toHeight(snapshot);
  return retainHeight(toHeight(height), { minRetainBlocks, oldestSnapshot }, aged(evidence));
}

describe("the first block that a node keeps", () => {
  // By height, min-retain-blocks, the oldest snapshot and evidence: each reach alone, and each as the furthest of several.
  it("follows the rule of baseapp, and keeps what the oldest snapshot there is needs", () => {
    const cases: readonly (readonly [string, bigint, bigint, bigint | undefined, bigint, bigint])[] = [
      ["nothing is set", 499_000n, 0n, undefined, 0n, 0n],
      ["only evidence has an age: keeping is still not asked for", 499_000n, 0n, undefined, 362_880n, 0n],
      ["a snapshot alone: all are kept", 499_000n, 0n, 498_000n, 0n, 0n],
      ["blocks alone", 499_000n, 400_000n, undefined, 0n, 99_000n],
      ["evidence reaches further back", 499_000n, 300_000n, undefined, 362_880n, 136_120n],
      ["evidence and a snapshot", 499_000n, 1n, 449_000n, 362_880n, 136_120n],
      ["the snapshot reaches furthest", 499_000n, 1n, 49_000n, 362_880n, 49_000n],
      ["the setting reaches furthest", 499_000n, 400_000n, 449_000n, 362_880n, 99_000n],
      ["too early for the setting", 10_000n, 400_000n, 9_000n, 0n, 0n],
      ["too early for evidence", 10_000n, 5_000n, undefined, 362_880n, 0n],
    ];
    for (const [name, height, blocks, snapshot, evidence, expected] of cases)
      expect(retained(height, blocks, snapshot, evidence), name).to.equal(expected);
  });

  it("leaves everything that any of the three still needs, and never goes back as the chain grows", () => {
    const span = fc.bigInt({ min: 1n, max: 1_000n });
    const chain = fc.bigInt({ min: 1n, max: 3_000n }).chain((height) => fc.tuple(fc.constant(height), fc.option(fc.bigInt({ min: 1n, max: height }), { nil: undefined })));
    fc.assert(
      fc.property(span, span, chain, (blocks, evidence, [height, snapshot]) => {
        const first = retained(height, blocks, snapshot, evidence);
        for (const needed of [blocks, evidence]) expect(first === 0n || first <= height - needed).to.equal(true);
        if (snapshot !== undefined) expect(first <= snapshot).to.equal(true);
        expect(first === 0n).to.equal([blocks, evidence].some((needed) => height <= needed));
        expect(retained(height + 1n, blocks, snapshot, evidence) >= first).to.equal(true);
      }),
    );
  });
});
