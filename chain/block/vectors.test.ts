import { expect } from "chai";
import { sha256, verifyEd25519 } from "../crypto/index.js";
import { parseHex, toHeight, toHex, toTimeNs } from "../primitives/index.js";
import type { TimeNs } from "../primitives/index.js";
import { ExecTxResult } from "../../proto/gen/tendermint/abci.js";
import { BlockID as WireBlockId } from "../../proto/gen/tendermint/types.js";
import { VECTOR_CHAIN, cometVectors, partSetData } from "../testkit/comet-vectors.js";
import { passes } from "../testkit/rejects.js";
import { dataHash, decodeBlock, encodeBlock } from "./block.js";
import { blockId, blockIdToWire, parseBlockId } from "./block-id.js";
import { commitHash, decodeCommit, encodeCommit } from "./commit.js";
import { decodeEvidence, encodeEvidence, evidenceHash, verifyDuplicateVoteEvidence } from "./evidence.js";
import { decodeExtendedCommit, encodeExtendedCommit, toCommit } from "./extended-commit.js";
import { decodeHeader, encodeHeader, headerHash } from "./header.js";
import { DEFAULT_TRUST_LEVEL, verifyAdjacent, verifySkipping } from "./light.js";
import { medianTime } from "./median-time.js";
import {
  DEFAULT_CONSENSUS_PARAMS,
  checkParamsUpdate,
  consensusParamsHash,
  decodeConsensusParams,
  encodeConsensusParams,
} from "./params.js";
import { encodePart } from "./part.js";
import { makePartSet } from "./part-set.js";
import { decodeProposal, encodeProposal } from "./proposal.js";
import { resultsHash } from "./results.js";
import { commitSignBytes, proposalSignBytes, voteExtensionSignBytes, voteSignBytes } from "./sign-bytes.js";
import type { ConsensusParams } from "./types.js";
import { decodeValidatorSet } from "./validator-codec.js";
import {
  verifyCommit,
  verifyCommitLight,
  verifyCommitTrusting,
  verifyExtendedCommit,
} from "./verify-commit.js";
import { decodeVote, encodeVote } from "./vote.js";

function time(ns: string): TimeNs {
  return toTimeNs(BigInt(ns) / 1_000_000_000n, Number(BigInt(ns) % 1_000_000_000n));
}

describe("formats against CometBFT's own bytes", () => {
  it("headers: bytes and hash, with empty fields, odd times and the largest numbers", () => {
    for (const { bytes, hash } of cometVectors.headers) {
      const header = decodeHeader(parseHex(bytes));
      expect(toHex(encodeHeader(header))).to.equal(bytes);
      expect(toHex(headerHash(header))).to.equal(hash);
    }
  });

  it("votes: bytes, sign bytes and signatures of votes and extensions", () => {
    for (const { bytes, signBytes, extensionSignBytes, key, extended } of cometVectors.votes) {
      const vote = decodeVote(parseHex(bytes));
      expect(toHex(encodeVote(vote))).to.equal(bytes);
      const signed = voteSignBytes(VECTOR_CHAIN, vote);
      expect(toHex(signed)).to.equal(signBytes);
      expect(verifyEd25519(parseHex(key), signed, vote.signature)).to.equal(true);
      const extension = voteExtensionSignBytes(VECTOR_CHAIN, vote);
      expect(toHex(extension)).to.equal(extensionSignBytes);
      expect(verifyEd25519(parseHex(key), extension, vote.extensionSignature)).to.equal(extended);
    }
  });

  it("proposals: bytes, sign bytes and signature, with and without a POL round", () => {
    for (const { bytes, signBytes, key } of cometVectors.proposals) {
      const proposal = decodeProposal(parseHex(bytes));
      expect(toHex(encodeProposal(proposal))).to.equal(bytes);
      expect(toHex(proposalSignBytes(VECTOR_CHAIN, proposal))).to.equal(signBytes);
      expect(verifyEd25519(parseHex(key), parseHex(signBytes), proposal.signature)).to.equal(true);
    }
  });

  for (const vector of cometVectors.commits) {
    it(`commits: same bytes, hash, median time and verdicts: ${vector.name}`, () => {
      const commit = decodeCommit(parseHex(vector.bytes));
      expect(toHex(encodeCommit(commit))).to.equal(vector.bytes);
      expect(toHex(commitHash(commit))).to.equal(vector.hash);
      const validators = decodeValidatorSet(parseHex(vector.set));
      const claim = {
        chainId: VECTOR_CHAIN,
        validators,
        height: toHeight(BigInt(vector.height)),
        blockId: parseBlockId(WireBlockId.decode(parseHex(vector.blockId))),
      };
      expect(passes(() => verifyCommit(claim, commit))).to.equal(vector.verified);
      expect(passes(() => verifyCommitLight(claim, commit))).to.equal(vector.light);
      expect(
        passes(() => verifyCommitTrusting(VECTOR_CHAIN, validators, commit, DEFAULT_TRUST_LEVEL)),
      ).to.equal(vector.trusting);
      let median = "";
      passes(() => (median = String(medianTime(commit, validators))));
      expect(median).to.equal(vector.time);
      const first = commit.signatures[0];
      const signed =
        first === undefined || first.flag === "absent"
          ? ""
          : toHex(commitSignBytes(VECTOR_CHAIN, commit, first));
      expect(signed).to.equal(vector.signBytes);
    });
  }

  it("extended commits: bytes, the commit inside and both signatures of each vote", () => {
    for (const { bytes, commit: inner, set } of cometVectors.extendedCommits) {
      const commit = decodeExtendedCommit(parseHex(bytes));
      expect(toHex(encodeExtendedCommit(commit))).to.equal(bytes);
      expect(toHex(encodeCommit(toCommit(commit)))).to.equal(inner);
      const { height, blockId: id } = commit;
      const claim = {
        chainId: VECTOR_CHAIN,
        validators: decodeValidatorSet(parseHex(set)),
        height,
        blockId: id,
      };
      verifyExtendedCommit(claim, commit, true);
    }
  });

  it("part sets: root, proofs and encoded parts around the part size", () => {
    for (const vector of cometVectors.partSets) {
      const { header, parts } = makePartSet(partSetData(vector.seed, vector.size));
      expect(header.total).to.equal(vector.total);
      expect(toHex(header.hash)).to.equal(vector.hash);
      const flat = parts.map((part) => ({
        leafHash: toHex(part.proof.leafHash),
        aunts: part.proof.aunts.map(toHex),
        digest: toHex(sha256(encodePart(part))),
      }));
      expect(flat).to.deep.equal(vector.parts);
    }
  });

  it("evidence: bytes, hashes and verdicts", () => {
    const all = cometVectors.evidence.map((vector) => {
      const evidence = decodeEvidence(parseHex(vector.bytes));
      expect(toHex(encodeEvidence(evidence))).to.equal(vector.bytes);
      expect(toHex(evidenceHash([evidence]))).to.equal(vector.hash);
      const set = decodeValidatorSet(parseHex(vector.set));
      const verified = passes(() => verifyDuplicateVoteEvidence(evidence, VECTOR_CHAIN, set));
      expect(verified, vector.name).to.equal(vector.verified);
      return evidence;
    });
    expect(toHex(evidenceHash(all))).to.equal(cometVectors.evidenceHash);
  });

  it("blocks: bytes, the hashes in the header, the block id", () => {
    for (const vector of cometVectors.blocks) {
      const bytes = parseHex(vector.bytes);
      const block = decodeBlock(bytes);
      expect(toHex(encodeBlock(block))).to.equal(vector.bytes);
      expect(toHex(headerHash(block.header))).to.equal(vector.hash);
      expect(toHex(dataHash(block.txs))).to.equal(vector.dataHash);
      expect(toHex(commitHash(block.lastCommit))).to.equal(vector.commitHash);
      expect(toHex(evidenceHash(block.evidence))).to.equal(vector.evidenceHash);
      const id = blockId(headerHash(block.header), makePartSet(bytes).header);
      expect(toHex(WireBlockId.encode(blockIdToWire(id)))).to.equal(vector.blockId);
    }
  });

  it("consensus parameters: bytes, hash and which are valid", () => {
    for (const { bytes, hash, valid } of cometVectors.params) {
      let params: ConsensusParams | undefined;
      expect(
        passes(() => (params = decodeConsensusParams(parseHex(bytes)))),
        bytes,
      ).to.equal(valid);
      if (params === undefined) continue;
      expect(toHex(encodeConsensusParams(params))).to.equal(bytes);
      expect(toHex(consensusParamsHash(params))).to.equal(hash);
    }
  });

  it("updates of the vote extension height: allowed and refused alike", () => {
    const at = (height: string): ConsensusParams => ({
      ...DEFAULT_CONSENSUS_PARAMS,
      abci: { voteExtensionsEnableHeight: BigInt(height) },
    });
    for (const { before, after, height, valid } of cometVectors.paramsUpdates) {
      const allowed = passes(() => checkParamsUpdate(at(before), at(after), BigInt(height)));
      expect(allowed, `${before} to ${after} at ${height}`).to.equal(valid);
    }
  });

  it("results: the hash over code, data and gas", () => {
    for (const { results, hash } of cometVectors.results) {
      const decoded = results.map((bytes) => ExecTxResult.decode(parseHex(bytes)));
      expect(toHex(resultsHash(decoded))).to.equal(hash);
      expect(decoded.map((r) => toHex(ExecTxResult.encode(r)))).to.deep.equal(results);
    }
  });

  it("light client steps: the same ones are trusted, adjacent and skipping, early, late and expired", () => {
    const { blocks, steps, periodNs, driftNs } = cometVectors.light;
    const chain = blocks.map((b) => ({
      header: decodeHeader(parseHex(b.header)),
      commit: decodeCommit(parseHex(b.commit)),
      validators: decodeValidatorSet(parseHex(b.set)),
      nextValidators: decodeValidatorSet(parseHex(b.next)),
    }));
    for (const { from, to, now, verified } of steps) {
      const trusted = chain[from];
      const next = chain[to];
      if (trusted === undefined || next === undefined) return expect.fail("the step names a block");
      const options = {
        now: time(now),
        trustingPeriodNs: BigInt(periodNs),
        maxClockDriftNs: BigInt(driftNs),
      };
      const step = (): void =>
        to === from + 1
          ? verifyAdjacent(trusted.header, next, options)
          : verifySkipping({ ...trusted, level: DEFAULT_TRUST_LEVEL }, next, options);
      expect(passes(step), `${from} to ${to} at ${now}`).to.equal(verified);
    }
  });
});
