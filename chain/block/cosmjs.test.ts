import { expect } from "chai";
import * as abci from "cosmjs-types/tendermint/abci/types";
import { Block } from "cosmjs-types/tendermint/types/block";
import { Evidence } from "cosmjs-types/tendermint/types/evidence";
import { ConsensusParams } from "cosmjs-types/tendermint/types/params";
import { Commit, ExtendedCommit, Header, Proposal, Vote } from "cosmjs-types/tendermint/types/types";
import { ValidatorSet } from "cosmjs-types/tendermint/types/validator";
import { parseHex, splitTime, toHex } from "../primitives/index.js";
import type { TimeNs } from "../primitives/index.js";
import * as ours from "../../proto/gen/tendermint/abci.js";
import { cometVectors } from "../testkit/comet-vectors.js";
import { decodeBlock } from "./block.js";
import { decodeCommit, flagToWire } from "./commit.js";
import { decodeHeader } from "./header.js";
import { decodeProposal } from "./proposal.js";
import { decodeValidatorSet } from "./validator-codec.js";
import { decodeVote, voteTypeToWire } from "./vote.js";

/** cosmjs-types is an independent reader of the same .proto files: what it reads must be what we read. */

interface CosmTime {
  readonly seconds: bigint;
  readonly nanos: number;
}

const plainTime = ({ seconds, nanos }: CosmTime): unknown => ({ seconds, nanos });
const ourTime = (time: TimeNs): unknown => splitTime(time);

describe("messages as cosmjs-types reads them", () => {
  it("votes have the same fields", () => {
    for (const { bytes } of cometVectors.votes) {
      const theirs = Vote.decode(parseHex(bytes));
      const vote = decodeVote(parseHex(bytes));
      expect(theirs.type).to.equal(voteTypeToWire(vote.type));
      expect(theirs.height).to.equal(vote.height);
      expect(theirs.round).to.equal(vote.round);
      expect(toHex(theirs.blockId.hash)).to.equal(vote.blockId === null ? "" : toHex(vote.blockId.hash));
      expect(theirs.blockId.partSetHeader.total).to.equal(vote.blockId?.parts.total ?? 0);
      expect(plainTime(theirs.timestamp)).to.deep.equal(ourTime(vote.time));
      expect(toHex(theirs.validatorAddress)).to.equal(toHex(vote.validator));
      expect(theirs.validatorIndex).to.equal(vote.index);
      expect(toHex(theirs.signature)).to.equal(toHex(vote.signature));
      expect(toHex(theirs.extension)).to.equal(toHex(vote.extension));
      expect(toHex(theirs.extensionSignature)).to.equal(toHex(vote.extensionSignature));
    }
  });

  it("proposals have the same fields", () => {
    for (const { bytes } of cometVectors.proposals) {
      const theirs = Proposal.decode(parseHex(bytes));
      const proposal = decodeProposal(parseHex(bytes));
      expect([theirs.type, theirs.height, theirs.round]).to.deep.equal([32, proposal.height, proposal.round]);
      expect(theirs.polRound).to.equal(proposal.polRound);
      expect(toHex(theirs.blockId.partSetHeader.hash)).to.equal(toHex(proposal.blockId.parts.hash));
      expect(plainTime(theirs.timestamp)).to.deep.equal(ourTime(proposal.time));
    }
  });

  it("headers have the same fields", () => {
    for (const { bytes } of cometVectors.headers) {
      const theirs = Header.decode(parseHex(bytes));
      const header = decodeHeader(parseHex(bytes));
      expect(theirs.version).to.deep.include({ block: header.blockVersion, app: header.appVersion });
      expect([theirs.chainId, theirs.height]).to.deep.equal([header.chainId, header.height]);
      expect(plainTime(theirs.time)).to.deep.equal(ourTime(header.time));
      const hashes: readonly (readonly [Uint8Array, Uint8Array])[] = [
        [theirs.lastBlockId.hash, header.lastBlockId.hash],
        [theirs.lastCommitHash, header.lastCommitHash],
        [theirs.dataHash, header.dataHash],
        [theirs.validatorsHash, header.validatorsHash],
        [theirs.nextValidatorsHash, header.nextValidatorsHash],
        [theirs.consensusHash, header.consensusHash],
        [theirs.appHash, header.appHash],
        [theirs.lastResultsHash, header.lastResultsHash],
        [theirs.evidenceHash, header.evidenceHash],
        [theirs.proposerAddress, header.proposer],
      ];
      for (const [a, b] of hashes) expect(toHex(a)).to.equal(toHex(b));
    }
  });

  it("commits have the same places", () => {
    for (const { bytes } of cometVectors.commits) {
      const theirs = Commit.decode(parseHex(bytes));
      const commit = decodeCommit(parseHex(bytes));
      expect([theirs.height, theirs.round]).to.deep.equal([commit.height, commit.round]);
      const flat = theirs.signatures.map((s) => [
        s.blockIdFlag,
        toHex(s.validatorAddress),
        plainTime(s.timestamp),
        toHex(s.signature),
      ]);
      expect(flat).to.deep.equal(
        commit.signatures.map((s) => [
          flagToWire(s.flag),
          toHex(s.validator),
          ourTime(s.time),
          toHex(s.signature),
        ]),
      );
    }
  });

  it("validator sets have the same members", () => {
    for (const { bytes } of cometVectors.validatorSets) {
      const theirs = ValidatorSet.decode(parseHex(bytes));
      const set = decodeValidatorSet(parseHex(bytes));
      const flat = theirs.validators.map((v) => [
        toHex(v.address),
        toHex(v.pubKey.ed25519 ?? new Uint8Array(0)),
        v.votingPower,
        v.proposerPriority,
      ]);
      expect(flat).to.deep.equal(
        set.validators.map((v) => [toHex(v.address), toHex(v.publicKey), v.power, v.priority]),
      );
      expect(toHex(theirs.proposer?.address ?? new Uint8Array(0))).to.equal(toHex(set.proposer.address));
    }
  });

  it("blocks have the same transactions, evidence and last commit", () => {
    for (const { bytes } of cometVectors.blocks) {
      const theirs = Block.decode(parseHex(bytes));
      const block = decodeBlock(parseHex(bytes));
      expect(theirs.data.txs.map(toHex)).to.deep.equal(block.txs.map(toHex));
      expect(theirs.evidence.evidence).to.have.length(block.evidence.length);
      expect(theirs.lastCommit?.signatures).to.have.length(block.lastCommit.signatures.length);
      theirs.evidence.evidence.forEach((e, i) => {
        const mine = block.evidence[i];
        expect(e.duplicateVoteEvidence?.totalVotingPower).to.equal(mine?.totalVotingPower);
        expect(e.duplicateVoteEvidence?.validatorPower).to.equal(mine?.validatorPower);
      });
    }
  });

  it("every vector is encoded alike by both", () => {
    const same = (
      codec: { decode(b: Uint8Array): unknown; encode(m: never): { finish(): Uint8Array } },
      hex: string,
    ): void => {
      expect(toHex(codec.encode(codec.decode(parseHex(hex)) as never).finish())).to.equal(hex);
    };
    for (const { bytes } of cometVectors.blocks) same(Block, bytes);
    for (const { bytes } of cometVectors.evidence) same(Evidence, bytes);
    for (const { bytes } of cometVectors.extendedCommits) same(ExtendedCommit, bytes);
    for (const { bytes } of cometVectors.params) same(ConsensusParams, bytes);
  });
});

describe("ABCI messages as cosmjs-types writes them", () => {
  it("a finalize-block request and response are the same bytes", () => {
    const request = {
      txs: [Uint8Array.of(1, 2)],
      decidedLastCommit: {
        round: 1,
        votes: [{ validator: { address: new Uint8Array(20).fill(7), power: 5n }, blockIdFlag: 2 }],
      },
      misbehavior: [
        {
          type: 1,
          validator: { address: new Uint8Array(20), power: 5n },
          height: 3n,
          time: { seconds: 5n, nanos: 6 },
          totalVotingPower: 9n,
        },
      ],
      hash: new Uint8Array(32).fill(3),
      height: 8n,
      time: { seconds: 1_700_000_000n, nanos: 1 },
      nextValidatorsHash: new Uint8Array(32).fill(4),
      proposerAddress: new Uint8Array(20).fill(5),
    };
    const theirs = abci.Request.encode(abci.Request.fromPartial({ finalizeBlock: request })).finish();
    expect(toHex(ours.Request.encode(ours.Request.create({ finalizeBlock: request })))).to.equal(
      toHex(theirs),
    );

    const result = {
      code: 5,
      data: Uint8Array.of(1),
      log: "l",
      info: "i",
      gasWanted: 100n,
      gasUsed: -1n,
      events: [{ type: "t", attributes: [{ key: "k", value: "v", index: true }] }],
      codespace: "sdk",
    };
    const response = {
      events: [],
      txResults: [result],
      validatorUpdates: [
        { pubKey: { ed25519: new Uint8Array(32).fill(1), secp256k1: undefined }, power: 0n },
      ],
      consensusParamUpdates: undefined,
      appHash: new Uint8Array(32).fill(6),
    };
    const answer = abci.Response.encode(
      abci.Response.fromPartial({
        finalizeBlock: {
          txResults: [result],
          validatorUpdates: [{ pubKey: { ed25519: new Uint8Array(32).fill(1) }, power: 0n }],
          appHash: response.appHash,
        },
      }),
    ).finish();
    expect(toHex(ours.Response.encode(ours.Response.create({ finalizeBlock: response })))).to.equal(
      toHex(answer),
    );
  });

  it("an injected extended commit is the same bytes", () => {
    const info = {
      round: 2,
      votes: [
        {
          validator: { address: new Uint8Array(20).fill(1), power: 10n },
          voteExtension: Uint8Array.of(1, 2, 3),
          extensionSignature: new Uint8Array(64).fill(2),
          blockIdFlag: 2,
        },
        {
          validator: { address: new Uint8Array(20).fill(2), power: 9n },
          voteExtension: new Uint8Array(0),
          extensionSignature: new Uint8Array(0),
          blockIdFlag: 1,
        },
      ],
    };
    const theirs = abci.ExtendedCommitInfo.encode(abci.ExtendedCommitInfo.fromPartial(info)).finish();
    expect(toHex(ours.ExtendedCommitInfo.encode(info))).to.equal(toHex(theirs));
    expect(ours.ExtendedCommitInfo.decode(theirs)).to.deep.equal(info);
  });
});
