import { expect } from "chai";
import fc from "fast-check";
import { DEFAULT_CONSENSUS_PARAMS } from "../block/index.js";
import { toHeight } from "../primitives/index.js";
import { KEEP_ALL, retainHeight } from "./retention.js";
import type { Retention } from "./retention.js";

const aged = (maxAgeNumBlocks: bigint) => ({ evidence: { ...DEFAULT_CONSENSUS_PARAMS.evidence, maxAgeNumBlocks } });

function retained(height: bigint, minRetainBlocks: bigint, snapshotBlocks: bigint, evidence: bigint): bigint {
  return retainHeight(toHeight(height), { minRetainBlocks, snapshotBlocks }, aged(evidence));
}

describe("the first block that a node keeps", () => {
  // By height, min-retain-blocks, snapshots and evidence: each reach alone, and each as the furthest of several.
  it("follows the rule of baseapp", () => {
    const cases: readonly (readonly [string, bigint, bigint, bigint, bigint, bigint])[] = [
      ["nothing is set", 499_000n, 0n, 0n, 0n, 0n],
      ["only evidence has an age: keeping is still not asked for", 499_000n, 0n, 0n, 362_880n, 0n],
      ["blocks alone", 499_000n, 400_000n, 0n, 0n, 99_000n],
      ["evidence reaches further back", 499_000n, 300_000n, 0n, 362_880n, 136_120n],
      ["evidence and snapshots", 499_000n, 1n, 50_000n, 362_880n, 136_120n],
      ["snapshots reach furthest", 499_000n, 1n, 450_000n, 362_880n, 49_000n],
      ["the setting reaches furthest", 499_000n, 400_000n, 50_000n, 362_880n, 99_000n],
      ["too early for the setting", 10_000n, 400_000n, 0n, 0n, 0n],
      ["too early for evidence", 10_000n, 5_000n, 0n, 362_880n, 0n],
    ];
    for (const [name, height, blocks, snapshots, evidence, expected] of cases)
      expect(retained(height, blocks, snapshots, evidence), name).to.equal(expected);
  });

  it("is none where all are kept, whatever else reaches back", () => {
    expect(retainHeight(toHeight(1_000_000n), KEEP_ALL, aged(1n))).to.equal(0n);
  });

  it("leaves everything that any of the three still needs, and never goes back as the chain grows", () => {
    const span = fc.bigInt({ min: 1n, max: 1_000n });
    fc.assert(
      fc.property(span, fc.bigInt({ min: 0n, max: 1_000n }), span, fc.bigInt({ min: 1n, max: 3_000n }), (blocks, snapshots, evidence, height) => {
        const settings: Retention = { minRetainBlocks: blocks, snapshotBlocks: snapshots };
        const first = retainHeight(toHeight(height), settings, aged(evidence));
        for (const needed of [blocks, snapshots, evidence]) expect(first === 0n || first <= height - needed).to.equal(true);
        expect(first === 0n).to.equal([blocks, snapshots, evidence].some((needed) => height <= needed));
        expect(retainHeight(toHeight(height + 1n), settings, aged(evidence)) >= first).to.equal(true);
      }),
    );
  });
});
