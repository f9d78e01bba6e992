import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS, encodeEvidence } from "../../chain/block/index.js";
import type { ConsensusParams, DuplicateVoteEvidence, Evidence } from "../../chain/block/index.js";
import { Reject, toVotingPower } from "../../chain/primitives/index.js";
import { EvidencePool } from "./evidence-pool.js";
import { KIND } from "./store-keys.js";
import { doubleVote, memoryEngineKv, setOf, stateAt, timeOf, voteFor } from "./testkit/evidence.js";

const set = setOf(8);
const PARAMS: ConsensusParams = {
  ...DEFAULT_CONSENSUS_PARAMS,
  evidence: { maxAgeNumBlocks: 10n, maxAgeDurationNs: 20_000_000_000n, maxBytes: 1_048_576n },
};
const at = (height: bigint) => stateAt(height, set, PARAMS);

function create(kv = memoryEngineKv(), base = 1n) {
  const pool = new EvidencePool(kv, {
    validators: (h) => (h >= base ? set : undefined),
    blockTime: (h) => (h >= base ? timeOf(h) : undefined),
  });
  return { kv, pool };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).to.be.instanceOf(Reject);
    return `${(error as Reject).codespace}/${(error as Reject).code}`;
  }
  return "accepted";
}

const hexOf = (evidence: readonly Evidence[]): string[] => evidence.map((e) => Buffer.from(encodeEvidence(e)).toString("hex"));

describe("the pool of evidence", () => {
  it("takes a double vote of a committed height once", () => {
    const { pool } = create();
    const evidence = doubleVote(set, { who: 3, height: 4n });
    expect(pool.add(evidence, at(5n))).to.equal(true);
    expect(pool.add(evidence, at(5n))).to.equal(false);
    expect(hexOf(pool.list(at(5n), 1_000_000n))).to.deep.equal(hexOf([evidence]));
  });

  it("takes what is in a decided block on the word of two thirds, where a node began above its height, and only there", () => {
    const { pool } = create(memoryEngineKv(), 4n);
    const old = doubleVote(set, { who: 3, height: 3n });
    expect(refusal(() => pool.check(old, at(5n))), "in a proposal").to.equal("comet/12");
    expect(refusal(() => pool.checkDecided(old, at(5n)))).to.equal("accepted");
    const forged = { ...doubleVote(set, { who: 3, height: 4n }), time: timeOf(5n) };
    expect(refusal(() => pool.checkDecided(forged, at(5n))), "of a height that is held").to.equal("comet/12");
    expect(refusal(() => pool.checkDecided(doubleVote(set, { who: 3, height: 6n }), at(5n)))).to.equal("comet/12");
  });

  it("refuses what convicts nobody, each with its code", () => {
    const { pool } = create();
    const good = doubleVote(set, { who: 3, height: 4n });
    const bad: readonly (readonly [string, Evidence, string])[] = [
      ["of a height without a block", doubleVote(set, { who: 3, height: 6n }), "comet/12"],
      ["of another chain", { ...doubleVote(set, { who: 3, height: 4n, chainId: "other" }), time: timeOf(4n) }, "comet/16"],
      ["with a time that is not the block's", { ...good, time: timeOf(5n) }, "comet/12"],
      ["with more power than its validator has", { ...good, validatorPower: toVotingPower(11n) }, "comet/12"],
      ["with another total power", { ...good, totalVotingPower: toVotingPower(1_000n) }, "comet/12"],
      ["with its votes in the other order", { ...good, voteA: good.voteB, voteB: good.voteA }, "comet/12"],
      ["of two votes for one block", { ...good, voteB: good.voteA }, "comet/12"],
      ["of two rounds", { ...good, voteB: voteFor("other", set, { who: 3, height: 4n, round: 1 }) }, "comet/12"],
      ["of two validators", { ...good, voteB: voteFor("other", set, { who: 2, height: 4n }) }, "comet/12"],
      ["with a vote that is not signed", { ...good, voteB: { ...good.voteB, signature: new Uint8Array(64) } }, "comet/16"],
    ];
    for (const [what, evidence, code] of bad) expect(refusal(() => pool.add(evidence, at(5n))), what).to.equal(code);
    expect(pool.size).to.equal(0);
  });

  it("refuses a stranger to the set of the height", () => {
    const stranger = new EvidencePool(memoryEngineKv(), { validators: () => setOf(2), blockTime: timeOf });
    expect(refusal(() => stranger.add(doubleVote(set, { who: 7, height: 4n }), at(5n)))).to.equal("comet/18");
  });

  it("counts age by blocks and by time: too old only when both are over (ASA-2024-004)", () => {
    const { pool } = create();
    const evidence = doubleVote(set, { who: 3, height: 4n });
    expect(refusal(() => pool.check(evidence, at(14n))), "ten blocks").to.equal("accepted");
    expect(refusal(() => pool.check(evidence, at(24n))), "many blocks, not the time").to.equal("accepted");
    expect(refusal(() => pool.check(evidence, { ...at(14n), lastTime: timeOf(100n) })), "the time, not the blocks").to.equal("accepted");
    expect(refusal(() => pool.check(evidence, at(25n))), "both").to.equal("comet/12");
  });

  it("never proposes what a block has carried, and refuses it in a block, also after a restart", async () => {
    const { pool, kv } = create();
    const evidence = doubleVote(set, { who: 3, height: 4n });
    pool.add(evidence, at(5n));
    pool.afterBlock(at(6n), [evidence]);
    const again = create(kv).pool;
    await again.load(kv.entriesOf(KIND.evidencePending), at(6n));
    for (const one of [pool, again]) {
      expect(one.list(at(6n), 1_000_000n)).to.deep.equal([]);
      expect(refusal(() => one.check(evidence, at(6n)))).to.equal("comet/12");
      expect(refusal(() => one.add(evidence, at(6n)))).to.equal("comet/12");
    }
  });

  it("has after a restart what waited, without what is too old by then", async () => {
    const { pool, kv } = create();
    const [old, young] = [doubleVote(set, { who: 3, height: 2n }), doubleVote(set, { who: 4, height: 9n })];
    pool.add(old, at(10n));
    pool.add(young, at(10n));
    const soon = create(kv).pool;
    await soon.load(kv.entriesOf(KIND.evidencePending), at(10n));
    expect(hexOf(soon.list(at(10n), 1_000_000n))).to.deep.equal(hexOf([old, young]));
    const late = create(kv).pool;
    await late.load(kv.entriesOf(KIND.evidencePending), at(24n));
    expect(hexOf(late.list(at(24n), 1_000_000n))).to.deep.equal(hexOf([young]));
    const third = create(kv).pool;
    await third.load(kv.entriesOf(KIND.evidencePending), at(10n));
    expect(third.size, "what was too old is off the disk").to.equal(1);
  });

  it("drops from the disk what a damaged or foreign store holds", async () => {
    const { kv } = create();
    kv.write([{ key: Uint8Array.of(KIND.evidencePending, 1, 2, 3), value: Uint8Array.of(1, 2, 3) }]);
    const { pool } = create(kv);
    await pool.load(kv.entriesOf(KIND.evidencePending), at(10n));
    expect(pool.size).to.equal(0);
    expect(kv.get(Uint8Array.of(KIND.evidencePending, 1, 2, 3))).to.equal(undefined);
  });

  it("drops what expires while it waits", () => {
    const { pool } = create();
    pool.add(doubleVote(set, { who: 3, height: 4n }), at(5n));
    pool.afterBlock(at(24n), []);
    expect(pool.size).to.equal(1);
    pool.afterBlock(at(25n), []);
    expect(pool.size).to.equal(0);
  });

  it("lists the oldest first, whatever order they came in, within the bytes of a block", () => {
    const { pool } = create();
    const pieces = [7n, 3n, 5n].map((height, i) => doubleVote(set, { who: i + 1, height }));
    for (const piece of pieces) pool.add(piece, at(8n));
    const heights = (max: bigint): bigint[] => pool.list(at(8n), max).map((e) => e.voteA.height);
    expect(heights(1_000_000n)).to.deep.equal([3n, 5n, 7n]);
    const one = BigInt(encodeEvidence(pieces[0] as DuplicateVoteEvidence).length) + 8n;
    expect(heights(2n * one + 2n)).to.deep.equal([3n, 5n]);
    expect(heights(0n)).to.deep.equal([]);
  });

  it("holds a few pieces against one validator and so many in all: a flood of 200 keeps nobody else's out", () => {
    const { pool } = create();
    let taken = 0;
    for (let round = 0; round < 200; round++) {
      const flood = doubleVote(set, { who: 0, height: 4n, round });
      if (refusal(() => pool.add(flood, at(5n))) === "accepted") taken++;
    }
    expect(taken).to.equal(8);
    expect(pool.add(doubleVote(set, { who: 1, height: 4n }), at(5n))).to.equal(true);
  });

  it("makes evidence of two votes that consensus saw once their block is there, and once only", () => {
    const { pool } = create();
    const place = { who: 3, height: 6n };
    const [first, second] = [voteFor("one", set, place), voteFor("other", set, place)];
    pool.report(second, first);
    pool.report(first, second);
    expect(pool.afterBlock(at(5n), [])).to.deep.equal([]);
    expect(hexOf(pool.afterBlock(at(6n), []))).to.deep.equal(hexOf([doubleVote(set, place)]));
    expect(pool.afterBlock(at(7n), [])).to.deep.equal([]);
    expect(pool.size).to.equal(1);
  });

  it("does not stumble when consensus sees what a block carried already", () => {
    const { pool } = create();
    const place = { who: 3, height: 6n };
    pool.report(voteFor("one", set, place), voteFor("other", set, place));
    expect(pool.afterBlock(at(7n), [doubleVote(set, place)])).to.deep.equal([]);
    expect(pool.size).to.equal(0);
  });
});
