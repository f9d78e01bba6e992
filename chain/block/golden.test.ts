import { expect } from "chai";
import { leafHash, merkleRoot, sha256 } from "../crypto/index.js";
import {
  EMPTY_BYTES,
  ZERO_TIME,
  parseHex,
  toAddress,
  toGas,
  toHeight,
  toHex,
  toTimeNs,
  toVotingPower,
  utf8,
} from "../primitives/index.js";
import { ExecTxResult } from "../../proto/gen/tendermint/abci.js";
import { BlockID, CanonicalVote, CommitSig, HashedParams } from "../../proto/gen/tendermint/types.js";
import { ABSENT_SIG, EMPTY_COMMIT, commitHash, commitSigToWire } from "./commit.js";
import { ZERO_BLOCK_ID, blockIdToWire } from "./block-id.js";
import { dataHash } from "./block.js";
import { evidenceHash } from "./evidence.js";
import { headerHash } from "./header.js";
import { maxDataBytes } from "./limits.js";
import { DEFAULT_CONSENSUS_PARAMS, consensusParamsHash } from "./params.js";
import { encodeDeterministicResult, resultsHash } from "./results.js";
import { voteSignBytes } from "./sign-bytes.js";
import type { Header } from "./types.js";
import { validatorSetHash } from "./validator-codec.js";
import { createValidatorSet } from "./validator-set.js";
import { delimited, timestampOf } from "./wire.js";

/** The values of cosmos-formats.md §10, each reproduced from CometBFT's own tests or computed with other code. */

const EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const digest = (text: string): Uint8Array => sha256(utf8(text));

const testHeader: Header = {
  blockVersion: 1n,
  appVersion: 2n,
  chainId: "chainId",
  height: toHeight(3n),
  time: toTimeNs(BigInt(Date.UTC(2019, 9, 13, 16, 14, 44) / 1000), 0),
  lastBlockId: { hash: new Uint8Array(32), parts: { total: 6, hash: new Uint8Array(32) } },
  lastCommitHash: digest("last_commit_hash"),
  dataHash: digest("data_hash"),
  validatorsHash: digest("validators_hash"),
  nextValidatorsHash: digest("next_validators_hash"),
  consensusHash: digest("consensus_hash"),
  appHash: digest("app_hash"),
  lastResultsHash: digest("last_results_hash"),
  evidenceHash: digest("evidence_hash"),
  proposer: toAddress(digest("proposer_address").slice(0, 20)),
};

describe("golden vectors of cosmos-formats §10", () => {
  it("hashes the header of CometBFT's TestHeaderHash", () => {
    expect(toHex(headerHash(testHeader)).toUpperCase()).to.equal(
      "F740121F553B5418C3EFBD343C2DBFE9E007BB67B0D020A0741374BAB65242A4",
    );
  });

  it("hashes consensus parameters as plain SHA-256 over the block limits", () => {
    const block = { maxBytes: 22_020_096n, maxGas: -1n };
    expect(toHex(HashedParams.encode({ blockMaxBytes: block.maxBytes, blockMaxGas: block.maxGas }))).to.equal(
      "088080c00a10ffffffffffffffffff01",
    );
    expect(toHex(consensusParamsHash({ ...DEFAULT_CONSENSUS_PARAMS, block }))).to.equal(
      "048091bc7ddc283f77bfbf91d73c44da58c3df8a9cbc867405d8b7f3daada22f",
    );
  });

  it("gives SHA-256 of nothing as the root of no leaves, and so for block 1's hashes", () => {
    expect(toHex(merkleRoot([]))).to.equal(EMPTY_ROOT);
    expect(toHex(commitHash(EMPTY_COMMIT))).to.equal(EMPTY_ROOT);
    expect(toHex(dataHash([]))).to.equal(EMPTY_ROOT);
    expect(toHex(evidenceHash([]))).to.equal(EMPTY_ROOT);
    expect(toHex(resultsHash([]))).to.equal(EMPTY_ROOT);
  });

  it("writes the empty part set header of the zero block id, in the header's leaf too", () => {
    const bytes = BlockID.encode(blockIdToWire(ZERO_BLOCK_ID));
    expect(toHex(bytes)).to.equal("1200");
    expect(toHex(leafHash(bytes))).to.equal(
      "9c756c25331a1f5ff13ccfd1a88fcc299e31565eb82ef911e7f9661c13ca81e2",
    );
  });

  it("encodes an absent signature with Go's zero time, and hashes a commit of one", () => {
    expect(toHex(CommitSig.encode(commitSigToWire(ABSENT_SIG)))).to.equal("08011a0b088092b8c398feffffff01");
    expect(toHex(commitHash({ ...EMPTY_COMMIT, signatures: [ABSENT_SIG] }))).to.equal(
      "6fb51a82c8bfeb9e3583c87e8fbaa5b527cf46a815c9bfbb3eff934175058117",
    );
  });

  it("gives the sign bytes of a nil precommit at height 1, round 1, without a chain id", () => {
    const vote = {
      type: "precommit",
      height: toHeight(1n),
      round: 1,
      blockId: null,
      time: ZERO_TIME,
    } as const;
    expect(toHex(voteSignBytes("", vote))).to.equal(
      "21" + "0802" + "110100000000000000" + "190100000000000000" + "2a0b088092b8c398feffffff01",
    );
  });

  it("gives the sign bytes of a vote without type on a named chain, and of the zero vote", () => {
    const zero = {
      type: 0,
      height: 0n,
      round: 0n,
      blockId: undefined,
      timestamp: timestampOf(ZERO_TIME),
      chainId: "",
    };
    const named = { ...zero, height: 1n, round: 1n, chainId: "test_chain_id" };
    expect(toHex(delimited(CanonicalVote.encode(zero)))).to.equal("0d2a0b088092b8c398feffffff01");
    expect(toHex(delimited(CanonicalVote.encode(named)))).to.equal(
      "2e" +
        "110100000000000000" +
        "190100000000000000" +
        "2a0b088092b8c398feffffff01" +
        "320d746573745f636861696e5f6964",
    );
  });

  it("derives the address and hashes the set of one validator", () => {
    const set = createValidatorSet([{ publicKey: new Uint8Array(32).fill(1), power: toVotingPower(10n) }]);
    expect(toHex(set.proposer.address)).to.equal("72cd6e8422c407fb6d098690f1130b7ded7ec2f7");
    expect(toHex(validatorSetHash(set))).to.equal(
      "474e18e14056c9154c140efbc25cd9fdf6c2f75627d5335a3dba7260bbef14c8",
    );
  });

  it("hashes transactions twice for the data hash", () => {
    expect(toHex(dataHash([utf8("a"), utf8("b")]))).to.equal(
      "ad5ca6cddc0b27c6a83e332bf28011769236e6c6a1f786ebf7b5267b37a5bd22",
    );
  });

  it("hashes only code, data and gas of a result", () => {
    const result = {
      ...ExecTxResult.create(),
      data: parseHex("0102"),
      gasWanted: toGas(100n),
      gasUsed: toGas(50n),
      log: "not hashed",
    };
    expect(toHex(encodeDeterministicResult(result))).to.equal("1202010228643032");
    expect(toHex(resultsHash([result]))).to.equal(
      "ca82bf86038c10f4974b211b5217fb79e237f0b12fc8412d7d6e78524b1a5021",
    );
    const zero = { code: 0, data: EMPTY_BYTES, gasWanted: 0n, gasUsed: 0n };
    expect(toHex(resultsHash([zero]))).to.equal(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
  });

  it("leaves the documented room for transactions", () => {
    expect(maxDataBytes(22_020_096n, 4, 0)).to.equal(22_020_096 - 11 - 626 - (94 + 111 * 4));
    expect(maxDataBytes(-1n, 1, 100)).to.equal(104_857_600 - 11 - 626 - (94 + 111) - 100);
  });
});
