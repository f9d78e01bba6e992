import { expect } from "chai";
import { BLOCK_PROTOCOL, EMPTY_COMMIT, checkBlock, commitHash, consensusParamsHash, dataHash, evidenceHash, resultsHash, toCommit, validatorSetHash } from "../../chain/block/index.js";
import type { Block, CommitSig, ExtendedCommit, Header } from "../../chain/block/index.js";
import { Reject, toHeight, utf8 } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { TEST_CHAIN, TEST_TIME, testBlockId, testCommit, testValidators } from "../../chain/testkit/validators.js";
import type { ChainState } from "./chain-state.js";
import { doubleVote, setOf, stateAt } from "./testkit/evidence.js";
import { checkBlockFollows } from "./validate-block.js";

const made = testValidators([10, 10, 10, 10]);
const HASH = new Uint8Array(32).fill(3);
const second = 1_000_000_000n;

/** After height 7, whose block is testBlockId(1) and was decided in round 1. */
const state: ChainState = {
  ...stateAt(7n, made.set),
  chainId: TEST_CHAIN,
  lastBlockId: testBlockId(1),
  lastTime: (TEST_TIME - second) as TimeNs,
  appHash: HASH,
  lastResultsHash: resultsHash([]),
};

function blockWith(header: Partial<Header> = {}, content: Partial<Block> = {}, commit: ExtendedCommit = testCommit(made, [])): Block {
  const lastCommit = content.lastCommit ?? toCommit(commit);
  const [txs, evidence] = [content.txs ?? [utf8("tx")], content.evidence ?? []];
  return {
    header: {
      blockVersion: BLOCK_PROTOCOL,
      appVersion: state.appVersion,
      chainId: TEST_CHAIN,
      height: toHeight(8n),
      time: TEST_TIME,
      lastBlockId: state.lastBlockId,
      lastCommitHash: commitHash(lastCommit),
      dataHash: dataHash(txs),
      validatorsHash: validatorSetHash(state.validators),
      nextValidatorsHash: validatorSetHash(state.nextValidators),
      consensusHash: consensusParamsHash(state.params),
      appHash: state.appHash,
      lastResultsHash: state.lastResultsHash,
      evidenceHash: evidenceHash(evidence),
      proposer: made.set.proposer.address,
      ...header,
    },
    txs,
    evidence,
    lastCommit,
  };
}

const refuseNone = (): void => undefined;

function verdict(block: Block, size = 1_000, on = state): string {
  try {
    checkBlockFollows(on, block, size, refuseNone);
  } catch (error) {
    if (error instanceof Reject) return `${error.codespace}/${error.code}`;
    throw error;
  }
  return "accepted";
}

function changeSig(index: number, change: Partial<CommitSig>): Block["lastCommit"] {
  const commit = toCommit(testCommit(made, []));
  return { ...commit, signatures: commit.signatures.map((s, i) => (i === index ? { ...s, ...change } : s)) };
}

describe("whether a block follows from the state", () => {
  it("is so for the block that an honest proposer makes", () => {
    expect(verdict(blockWith())).to.equal("accepted");
  });

  const other = { hash: new Uint8Array(32).fill(9), number: 99n };
  const headers: readonly (readonly [string, Partial<Header>])[] = [
    ["block version", { blockVersion: 10n }],
    ["application version", { appVersion: other.number }],
    ["chain id", { chainId: "other" }],
    ["height", { height: toHeight(9n) }],
    ["last block id", { lastBlockId: testBlockId(2) }],
    ["application hash", { appHash: other.hash }],
    ["consensus hash", { consensusHash: other.hash }],
    ["last results hash", { lastResultsHash: other.hash }],
    ["validators hash", { validatorsHash: other.hash }],
    ["next validators hash", { nextValidatorsHash: other.hash }],
    ["proposer, who is not in the set", { proposer: setOf(1).proposer.address }],
    ["data hash", { dataHash: other.hash }],
    ["last commit hash", { lastCommitHash: other.hash }],
    ["evidence hash", { evidenceHash: other.hash }],
    ["time, a nanosecond after the median", { time: (TEST_TIME + 1n) as TimeNs }],
    ["time, a nanosecond before the median", { time: (TEST_TIME - 1n) as TimeNs }],
    ["time, that of the block before", { time: state.lastTime }],
  ];
  for (const [what, header] of headers)
    it(`is not so with another ${what}`, () => {
      expect(verdict(blockWith(header))).to.equal("comet/15");
    });

  it("is not so when the median of its commit does not advance", () => {
    expect(verdict(blockWith(), 1_000, { ...state, lastTime: TEST_TIME })).to.equal("comet/15");
  });

  it("is not so above the size that the parameters allow", () => {
    const tight: ChainState = { ...state, params: { ...state.params, block: { maxBytes: 999n, maxGas: -1n } } };
    const block = blockWith({ consensusHash: consensusParamsHash(tight.params) });
    expect([verdict(block, 999, tight), verdict(block, 1_000, tight)]).to.deep.equal(["accepted", "comet/3"]);
    const open: ChainState = { ...state, params: { ...state.params, block: { maxBytes: -1n, maxGas: -1n } } };
    const free = blockWith({ consensusHash: consensusParamsHash(open.params) });
    expect([verdict(free, 104_857_600, open), verdict(free, 104_857_601, open)]).to.deep.equal(["accepted", "comet/3"]);
  });

  it("checks every signature of the last commit, and that each place names its own validator (CSA-2026-001)", () => {
    const [, b] = made.keys;
    expect(verdict(blockWith({}, { lastCommit: changeSig(3, { signature: new Uint8Array(64) }) })), "one bad signature beyond two thirds").to.equal("comet/16");
    expect(verdict(blockWith({}, { lastCommit: changeSig(0, { validator: b?.address ?? HASH }) })), "another validator's address").to.match(/^comet\/1[0268]$/);
    expect(verdict(blockWith({}, { lastCommit: changeSig(0, { time: (TEST_TIME + second) as TimeNs }) })), "a time that was not signed").to.equal("comet/16");
    const flags = ["commit", "commit", "absent", "absent"] as const;
    expect(verdict(blockWith({}, {}, testCommit(made, flags))), "half of the power").to.equal("comet/17");
    expect(verdict(blockWith({}, {}, testCommit(made, ["commit", "commit", "commit", "nil"]))), "a vote for nil beside").to.equal("accepted");
    const short = toCommit(testCommit(made, []));
    expect(verdict(blockWith({}, { lastCommit: { ...short, signatures: short.signatures.slice(1) } })), "a place too few").to.equal("comet/10");
    expect(verdict(blockWith({}, { lastCommit: { ...short, height: toHeight(6n) } })), "of another height").to.match(/^comet\/1[05]$/);
    expect(verdict(blockWith({}, { lastCommit: EMPTY_COMMIT })), "no commit").to.match(/^comet\//);
  });

  it("is not so with evidence that is too much, twice the same, or that does not convict", () => {
    const set = setOf(4);
    const one = doubleVote(set, { who: 0, height: 5n });
    const with2 = (max: bigint, check = refuseNone): string => {
      const on: ChainState = { ...state, params: { ...state.params, evidence: { ...state.params.evidence, maxBytes: max } } };
      const block = blockWith({}, { evidence: [one, one] });
      try {
        checkBlockFollows(on, block, 1_000, check);
      } catch (error) {
        if (error instanceof Reject) return `${error.codespace}/${error.code}`;
        throw error;
      }
      return "accepted";
    };
    expect(with2(1_000_000n)).to.equal("comet/12");
    expect(with2(100n)).to.equal("comet/3");
    const refuse = (): never => {
      throw new Reject("comet", 12, "convicts nobody", {});
    };
    expect(with2(1_000_000n, refuse)).to.equal("comet/12");
    checkBlock(blockWith({}, { evidence: [one] }));
    expect(verdict(blockWith({}, { evidence: [one] }))).to.equal("accepted");
  });

  it("of the initial height has the genesis time and no commit", () => {
    const genesis: ChainState = { ...state, lastHeight: toHeight(0n), initialHeight: toHeight(8n), lastValidators: null, lastTime: TEST_TIME };
    const first = blockWith({}, { lastCommit: EMPTY_COMMIT });
    expect(verdict(first, 1_000, genesis)).to.equal("accepted");
    expect(verdict(blockWith({ time: (TEST_TIME + 1n) as TimeNs }, { lastCommit: EMPTY_COMMIT }), 1_000, genesis)).to.equal("comet/15");
    expect(verdict(blockWith(), 1_000, genesis)).to.equal("comet/10");
  });
});
