import { expect } from "chai";
import { EMPTY_BYTES, ZERO_TIME, toHeight, toTimeNs } from "../primitives/index.js";
import {
  Commit as WireCommit,
  Proposal as WireProposal,
  Vote as WireVote,
} from "../../proto/gen/tendermint/types.js";
import { rejection } from "../testkit/rejects.js";
import {
  TEST_TIME,
  testBlockId,
  testCommit,
  testKey,
  testValidators,
  testVote,
} from "../testkit/validators.js";
import {
  ZERO_BLOCK_ID,
  blockIdKey,
  equalBlockIds,
  equalVoteValues,
  isCompleteBlockId,
  isZeroBlockId,
} from "./block-id.js";
import { ABSENT_SIG, EMPTY_COMMIT, commitToWire, decodeCommit, encodeCommit } from "./commit.js";
import { decodeExtendedCommit, encodeExtendedCommit, toCommit, toExtendedCommit } from "./extended-commit.js";
import { MAX_EXTENSION_BYTES, MAX_VALIDATORS } from "./limits.js";
import { decodeProposal, encodeProposal } from "./proposal.js";
import type { CommitSig, ExtendedCommitSig, Proposal, Vote } from "./types.js";
import { decodeVote, encodeVote, voteToWire } from "./vote.js";

const key = testKey(1);
const refusedVote = (change: Partial<WireVote>, from: Vote = testVote(key)): string =>
  rejection(() => decodeVote(WireVote.encode({ ...voteToWire(from), ...change })));

describe("a vote", () => {
  it("for a block, for nil, extended or not, passes through bytes", () => {
    for (const vote of [
      testVote(key),
      testVote(key, { blockId: null }),
      testVote(key, { type: "prevote" }),
      testVote(key, { round: 0, index: MAX_VALIDATORS - 1 }),
      testVote(key, { extension: Uint8Array.of(1, 2) }, true),
      testVote(key, {}, true),
      testVote(key, { time: ZERO_TIME }),
    ]) {
      expect(decodeVote(encodeVote(vote))).to.deep.equal(vote);
    }
  });

  it("is refused with an unknown type, such as a proposal's", () => {
    for (const type of [0, 3, 32, -1]) expect(refusedVote({ type })).to.equal("comet/8");
  });

  it("is refused at height 0 or below, and in a negative round", () => {
    expect(refusedVote({ height: 0n })).to.equal("comet/4");
    expect(refusedVote({ height: -1n })).to.equal("comet/4");
    expect(refusedVote({ round: -1 })).to.equal("comet/4");
  });

  it("is refused with an index that no set has (ASA-2024-011)", () => {
    expect(refusedVote({ validatorIndex: -1 })).to.equal("comet/4");
    expect(refusedVote({ validatorIndex: MAX_VALIDATORS })).to.equal("comet/4");
  });

  it("is refused with a block id between zero and complete", () => {
    const { hash, parts } = testBlockId(1);
    const none = { total: 0, hash: EMPTY_BYTES };
    expect(refusedVote({ blockId: { hash, partSetHeader: none } })).to.equal("comet/6");
    expect(refusedVote({ blockId: { hash: EMPTY_BYTES, partSetHeader: parts } })).to.equal("comet/6");
    expect(refusedVote({ blockId: { hash, partSetHeader: { ...parts, total: 0 } } })).to.equal("comet/6");
    expect(refusedVote({ blockId: { hash: hash.slice(1), partSetHeader: parts } })).to.equal("comet/5");
    expect(refusedVote({ blockId: { hash, partSetHeader: { ...parts, hash: hash.slice(1) } } })).to.equal(
      "comet/5",
    );
    expect(refusedVote({ blockId: { hash, partSetHeader: { ...parts, total: 1601 } } })).to.equal("comet/3");
  });

  it("is refused without an address or a signature of the right length", () => {
    expect(refusedVote({ validatorAddress: new Uint8Array(19) })).to.equal("comet/8");
    expect(refusedVote({ signature: EMPTY_BYTES })).to.equal("comet/8");
    expect(refusedVote({ signature: new Uint8Array(65) })).to.equal("comet/8");
  });

  it("is refused with an extension that is unsigned, misplaced or too long", () => {
    const extension = Uint8Array.of(1);
    const extensionSignature = new Uint8Array(64);
    expect(refusedVote({ extension })).to.equal("comet/8");
    expect(refusedVote({ extension, extensionSignature: new Uint8Array(63) })).to.equal("comet/8");
    expect(refusedVote({ extension, extensionSignature }, testVote(key, { blockId: null }))).to.equal(
      "comet/8",
    );
    expect(refusedVote({ extensionSignature }, testVote(key, { type: "prevote" }))).to.equal("comet/8");
    const long = new Uint8Array(MAX_EXTENSION_BYTES + 1);
    expect(refusedVote({ extension: long, extensionSignature })).to.equal("comet/3");
    const longest = testVote(key, { extension: new Uint8Array(MAX_EXTENSION_BYTES) }, true);
    expect(decodeVote(encodeVote(longest)).extension).to.have.length(MAX_EXTENSION_BYTES);
  });

  it("is refused with a time outside the years 1 to 9999", () => {
    for (const timestamp of [
      { seconds: -62_135_596_801n, nanos: 0 },
      { seconds: 253_402_300_800n, nanos: 0 },
      { seconds: 0n, nanos: -1 },
      { seconds: 0n, nanos: 1_000_000_000 },
    ]) {
      expect(refusedVote({ timestamp })).to.equal("comet/4");
    }
  });
});

describe("a proposal", () => {
  const proposal: Proposal = {
    height: toHeight(7n),
    round: 2,
    polRound: -1,
    blockId: testBlockId(1),
    time: TEST_TIME,
    signature: new Uint8Array(64),
  };

  it("passes through bytes, with and without a POL round", () => {
    for (const polRound of [-1, 0, 1]) {
      const each = { ...proposal, polRound };
      expect(decodeProposal(encodeProposal(each))).to.deep.equal(each);
    }
  });

  it("is refused with a POL round that is not before its own", () => {
    for (const polRound of [-2, 2, 3]) {
      expect(rejection(() => decodeProposal(encodeProposal({ ...proposal, polRound })))).to.equal("comet/9");
    }
  });

  it("is refused for no block, unsigned, at height 0 or as another type", () => {
    expect(rejection(() => decodeProposal(encodeProposal({ ...proposal, blockId: ZERO_BLOCK_ID })))).to.equal(
      "comet/6",
    );
    expect(rejection(() => decodeProposal(encodeProposal({ ...proposal, signature: EMPTY_BYTES })))).to.equal(
      "comet/9",
    );
    expect(rejection(() => decodeProposal(encodeProposal({ ...proposal, height: toHeight(0n) })))).to.equal(
      "comet/4",
    );
    const vote = WireProposal.encode({ ...WireProposal.decode(encodeProposal(proposal)), type: 1 });
    expect(rejection(() => decodeProposal(vote))).to.equal("comet/9");
  });
});

describe("a commit", () => {
  const validators = testValidators([10, 20, 30]);
  const commit = toCommit(testCommit(validators, ["commit", "absent", "nil"]));
  const first: CommitSig = commit.signatures[0] ?? ABSENT_SIG;
  const refused = (sig: Partial<CommitSig>): string =>
    rejection(() => decodeCommit(encodeCommit({ ...commit, signatures: [{ ...first, ...sig }] })));

  it("passes through bytes, and so does the empty one", () => {
    for (const each of [commit, EMPTY_COMMIT]) expect(decodeCommit(encodeCommit(each))).to.deep.equal(each);
  });

  it("is refused with an absent place that says anything", () => {
    const { validator, time, signature } = first;
    expect(refused({ ...ABSENT_SIG, validator })).to.equal("comet/10");
    expect(refused({ ...ABSENT_SIG, time })).to.equal("comet/10");
    expect(refused({ ...ABSENT_SIG, signature })).to.equal("comet/10");
  });

  it("is refused with a vote that lacks its address or signature, or has an unknown flag", () => {
    expect(refused({ validator: EMPTY_BYTES })).to.equal("comet/10");
    expect(refused({ signature: EMPTY_BYTES })).to.equal("comet/10");
    const wire = commitToWire(commit);
    for (const blockIdFlag of [0, 4]) {
      const signatures = wire.signatures.map((s) => ({ ...s, blockIdFlag }));
      expect(rejection(() => decodeCommit(WireCommit.encode({ ...wire, signatures })))).to.equal("comet/10");
    }
  });

  it("is refused without signatures, for no block, or of height 0 with content", () => {
    expect(rejection(() => decodeCommit(encodeCommit({ ...commit, signatures: [] })))).to.equal("comet/10");
    expect(rejection(() => decodeCommit(encodeCommit({ ...commit, blockId: ZERO_BLOCK_ID })))).to.equal(
      "comet/6",
    );
    expect(rejection(() => decodeCommit(encodeCommit({ ...commit, height: toHeight(0n) })))).to.equal(
      "comet/10",
    );
    expect(rejection(() => decodeCommit(encodeCommit({ ...EMPTY_COMMIT, round: 1 })))).to.equal("comet/10");
  });

  it("is refused with more places than validators may be", () => {
    const signatures = Array.from({ length: MAX_VALIDATORS + 1 }, () => ABSENT_SIG);
    expect(rejection(() => decodeCommit(encodeCommit({ ...commit, signatures })))).to.equal("comet/3");
  });

  it("with extensions keeps them beside the plain one, and only on votes for the block", () => {
    const extended = testCommit(validators, ["commit", "absent", "nil"]);
    expect(decodeExtendedCommit(encodeExtendedCommit(extended))).to.deep.equal(extended);
    expect(toCommit(toExtendedCommit(commit))).to.deep.equal(commit);
    const spoil = (index: number, change: Partial<ExtendedCommitSig>): string => {
      const signatures = extended.signatures.map((s, i) => (i === index ? { ...s, ...change } : s));
      return rejection(() => decodeExtendedCommit(encodeExtendedCommit({ ...extended, signatures })));
    };
    expect(spoil(0, { extensionSignature: EMPTY_BYTES })).to.equal("comet/10");
    expect(spoil(0, { extensionSignature: new Uint8Array(10) })).to.equal("comet/10");
    expect(spoil(1, { extensionSignature: new Uint8Array(64) })).to.equal("comet/10");
    expect(spoil(2, { extension: Uint8Array.of(1), extensionSignature: new Uint8Array(64) })).to.equal(
      "comet/10",
    );
    expect(spoil(0, { extension: new Uint8Array(MAX_EXTENSION_BYTES + 1) })).to.equal("comet/3");
  });
});

describe("a block id", () => {
  it("is zero, complete or neither", () => {
    const id = testBlockId(1);
    expect([isZeroBlockId(ZERO_BLOCK_ID), isCompleteBlockId(ZERO_BLOCK_ID)]).to.deep.equal([true, false]);
    expect([isZeroBlockId(id), isCompleteBlockId(id)]).to.deep.equal([false, true]);
    const half = { ...id, parts: ZERO_BLOCK_ID.parts };
    expect([isZeroBlockId(half), isCompleteBlockId(half)]).to.deep.equal([false, false]);
  });

  it("equals another only in all three parts; nil equals nil", () => {
    const id = testBlockId(1);
    expect(equalBlockIds(id, testBlockId(1))).to.equal(true);
    expect(equalBlockIds(id, { ...id, hash: new Uint8Array(32) })).to.equal(false);
    expect(equalBlockIds(id, { ...id, parts: { ...id.parts, total: 2 } })).to.equal(false);
    expect(equalBlockIds(id, { ...id, parts: { ...id.parts, hash: new Uint8Array(32) } })).to.equal(false);
    expect(equalVoteValues(null, null)).to.equal(true);
    expect(equalVoteValues(id, null)).to.equal(false);
    expect(equalVoteValues(id, testBlockId(1))).to.equal(true);
  });

  it("has a key of its hash and part set header; nil has the empty one", () => {
    expect(blockIdKey(null)).to.have.length(0);
    expect(blockIdKey(testBlockId(1))).to.have.length(32 + 2 + 2 + 32);
  });

  it("keeps nanoseconds that a number could not hold", () => {
    const time = toTimeNs(253_402_300_799n, 999_999_999);
    expect(decodeVote(encodeVote(testVote(key, { time }))).time).to.equal(time);
  });
});
