import type { Address, Height, TimeNs, VotingPower } from "../primitives/index.js";

/**
 * Domain shapes of what consensus agrees on. Wire forms are CometBFT 0.38's, byte for byte (cosmos-formats.md §4);
 * the conversions, hashes and sign bytes live beside this file.
 */

/** `total` parts of at most 65,536 bytes; `hash` is the RFC 6962 root over the raw parts. */
export interface PartSetHeader {
  readonly total: number;
  /** 32 bytes, or empty in the zero BlockID. */
  readonly hash: Uint8Array;
}

export interface BlockId {
  /** Header hash: 32 bytes, or empty in the zero BlockID (block 1's last block). */
  readonly hash: Uint8Array;
  readonly parts: PartSetHeader;
}

export type VoteType = "prevote" | "precommit";

export interface Vote {
  readonly type: VoteType;
  readonly height: Height;
  /** 0-based. */
  readonly round: number;
  /** null votes for nil. */
  readonly blockId: BlockId | null;
  readonly time: TimeNs;
  readonly validator: Address;
  /** Position in the validator set of this height. */
  readonly index: number;
  /** ed25519 over the delimited CanonicalVote; 64 bytes, empty before signing. */
  readonly signature: Uint8Array;
  /** Application bytes of a non-nil precommit; empty otherwise. */
  readonly extension: Uint8Array;
  /** ed25519 over the delimited CanonicalVoteExtension; mandatory for non-nil precommits when enabled. */
  readonly extensionSignature: Uint8Array;
}

export interface Proposal {
  readonly height: Height;
  readonly round: number;
  /** Round of the polka this proposal rests on, or -1. */
  readonly polRound: number;
  readonly blockId: BlockId;
  readonly time: TimeNs;
  readonly signature: Uint8Array;
}

/** One 64 KiB slice of a serialized block with its proof. */
export interface Part {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly proof: import("../crypto/index.js").MerkleProof;
}

export interface Validator {
  readonly address: Address;
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly power: VotingPower;
  /** Proposer priority, int64; not hashed. */
  readonly priority: bigint;
}

/** Ordered by power descending, then address ascending. Commits and bit arrays follow this order. */
export interface ValidatorSet {
  readonly validators: readonly Validator[];
  readonly totalPower: VotingPower;
  /** The proposer chosen by the last increment of priorities. */
  readonly proposer: Validator;
}

export type BlockIdFlag = "absent" | "commit" | "nil";

export interface CommitSig {
  readonly flag: BlockIdFlag;
  /** Empty when absent. */
  readonly validator: Uint8Array;
  /** ZERO_TIME when absent. */
  readonly time: TimeNs;
  readonly signature: Uint8Array;
}

export interface Commit {
  readonly height: Height;
  readonly round: number;
  readonly blockId: BlockId;
  readonly signatures: readonly CommitSig[];
}

export interface ExtendedCommitSig extends CommitSig {
  readonly extension: Uint8Array;
  readonly extensionSignature: Uint8Array;
}

/** What a node must keep of the last height in order to propose the next one. */
export interface ExtendedCommit {
  readonly height: Height;
  readonly round: number;
  readonly blockId: BlockId;
  readonly signatures: readonly ExtendedCommitSig[];
}

export interface Header {
  /** Block protocol, 11. */
  readonly blockVersion: bigint;
  readonly appVersion: bigint;
  /** At most 50 characters. */
  readonly chainId: string;
  readonly height: Height;
  readonly time: TimeNs;
  /** Zero BlockID at the initial height. */
  readonly lastBlockId: BlockId;
  readonly lastCommitHash: Uint8Array;
  readonly dataHash: Uint8Array;
  readonly validatorsHash: Uint8Array;
  readonly nextValidatorsHash: Uint8Array;
  readonly consensusHash: Uint8Array;
  readonly appHash: Uint8Array;
  readonly lastResultsHash: Uint8Array;
  readonly evidenceHash: Uint8Array;
  readonly proposer: Address;
}

/** Two votes of one validator for different values in one height, round and type. */
export interface DuplicateVoteEvidence {
  readonly kind: "duplicate-vote";
  /** voteA's BlockID key sorts before voteB's. */
  readonly voteA: Vote;
  readonly voteB: Vote;
  readonly totalVotingPower: VotingPower;
  readonly validatorPower: VotingPower;
  readonly time: TimeNs;
}

export type Evidence = DuplicateVoteEvidence;

export interface Block {
  readonly header: Header;
  readonly txs: readonly Uint8Array[];
  readonly evidence: readonly Evidence[];
  /** Empty commit (height 0, round 0, no signatures) at the initial height. */
  readonly lastCommit: Commit;
}

export interface BlockParams {
  /** -1 means 100 MiB. */
  readonly maxBytes: bigint;
  /** -1 means unlimited. */
  readonly maxGas: bigint;
}

export interface ConsensusParams {
  readonly block: BlockParams;
  readonly evidence: {
    readonly maxAgeNumBlocks: bigint;
    /** Nanoseconds. */
    readonly maxAgeDurationNs: bigint;
    readonly maxBytes: bigint;
  };
  readonly validator: { readonly pubKeyTypes: readonly string[] };
  readonly version: { readonly app: bigint };
  /** 0 disables vote extensions. */
  readonly abci: { readonly voteExtensionsEnableHeight: bigint };
}
