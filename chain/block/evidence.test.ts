import { expect } from "chai";
import { EMPTY_BYTES, toVotingPower } from "../primitives/index.js";
import { Evidence as WireEvidence } from "../../proto/gen/tendermint/types.js";
import { rejection } from "../testkit/rejects.js";
import {
  TEST_CHAIN,
  TEST_TIME,
  testBlockId,
  testKey,
  testValidators,
  testVote,
} from "../testkit/validators.js";
import {
  decodeEvidence,
  encodeEvidence,
  evidenceToWire,
  makeDuplicateVoteEvidence,
  verifyDuplicateVoteEvidence,
} from "./evidence.js";
import type { DuplicateVoteEvidence } from "./types.js";

const { set, keys } = testValidators([10, 20, 30]);
const key = keys[1] ?? testKey(0);
const context = { validators: set, time: TEST_TIME };
const one = testVote(key, { blockId: testBlockId(1) });
const two = testVote(key, { blockId: testBlockId(2) });
const nil = testVote(key, { blockId: null });
const made = makeDuplicateVoteEvidence(one, two, context);

const refused = (change: Partial<DuplicateVoteEvidence>): string =>
  rejection(() => verifyDuplicateVoteEvidence({ ...made, ...change }, TEST_CHAIN, set));

describe("evidence of a duplicate vote", () => {
  it("is the same whichever vote was seen first, with nil before any block", () => {
    expect(makeDuplicateVoteEvidence(two, one, context)).to.deep.equal(made);
    expect(made.voteA).to.equal(one);
    expect(makeDuplicateVoteEvidence(two, nil, context).voteA).to.equal(nil);
  });

  it("carries the powers of the set and convicts under it", () => {
    expect([made.totalVotingPower, made.validatorPower]).to.deep.equal([60n, 20n]);
    verifyDuplicateVoteEvidence(made, TEST_CHAIN, set);
    verifyDuplicateVoteEvidence(makeDuplicateVoteEvidence(one, nil, context), TEST_CHAIN, set);
  });

  it("is not made of votes that do not contradict each other", () => {
    const others = [
      testVote(key, { blockId: testBlockId(2), round: 2 }),
      testVote(key, { blockId: testBlockId(2), type: "prevote" }),
      testVote(keys[0] ?? key, { blockId: testBlockId(2) }),
      one,
    ];
    for (const other of others)
      expect(rejection(() => makeDuplicateVoteEvidence(one, other, context))).to.equal("comet/12");
    const stranger = testVote(testKey(99));
    expect(rejection(() => makeDuplicateVoteEvidence(stranger, stranger, context))).to.equal("comet/18");
  });

  it("is refused with other powers, in the wrong order or with a forged vote", () => {
    expect(refused({ totalVotingPower: toVotingPower(61n) })).to.equal("comet/12");
    expect(refused({ validatorPower: toVotingPower(21n) })).to.equal("comet/12");
    expect(refused({ voteA: two, voteB: one })).to.equal("comet/12");
    expect(refused({ voteA: two })).to.equal("comet/12");
    expect(refused({ voteA: { ...one, signature: new Uint8Array(64) } })).to.equal("comet/16");
    expect(refused({ voteB: { ...two, signature: one.signature } })).to.equal("comet/16");
    const moved = { ...one, round: 3 };
    expect(refused({ voteA: moved, voteB: { ...two, round: 3 } })).to.equal("comet/16");
  });

  it("is refused under another chain id or another set", () => {
    expect(rejection(() => verifyDuplicateVoteEvidence(made, "other", set))).to.equal("comet/16");
    const without = testValidators([10]).set;
    const inWithout = makeDuplicateVoteEvidence(one, two, context);
    const outcome = rejection(() => verifyDuplicateVoteEvidence(inWithout, TEST_CHAIN, without));
    expect(outcome).to.be.oneOf(["comet/12", "comet/18"]);
  });

  it("on the wire is refused without a vote, unordered, with odd powers or as a light client attack", () => {
    const wire = evidenceToWire(made);
    const inner = wire.duplicateVoteEvidence ?? expect.fail("a duplicate vote");
    const decode = (change: Partial<typeof inner>): string =>
      rejection(() =>
        decodeEvidence(WireEvidence.encode({ ...wire, duplicateVoteEvidence: { ...inner, ...change } })),
      );
    expect(decodeEvidence(encodeEvidence(made))).to.deep.equal(made);
    expect(decode({ voteA: undefined })).to.equal("comet/2");
    expect(decode({ voteA: inner.voteB, voteB: inner.voteA })).to.equal("comet/12");
    expect(decode({ voteB: inner.voteA })).to.equal("comet/12");
    expect(decode({ totalVotingPower: 0n })).to.equal("comet/4");
    expect(decode({ validatorPower: 61n })).to.equal("comet/4");
    const attack = {
      conflictingBlock: undefined,
      commonHeight: 1n,
      byzantineValidators: [],
      totalVotingPower: 1n,
      timestamp: { seconds: 0n, nanos: 0 },
    };
    const light = WireEvidence.encode({
      duplicateVoteEvidence: undefined,
      lightClientAttackEvidence: attack,
    });
    expect(rejection(() => decodeEvidence(light))).to.equal("comet/12");
    expect(rejection(() => decodeEvidence(EMPTY_BYTES))).to.equal("comet/12");
  });
});
