/**
 * What the rest of the node sees of the embedded engine. RPC, gRPC and the command line import this file only;
 * `createEngine` (engine.ts) is called by node/main.ts alone. Every answer is of a committed height.
 */
import type {
  CheckTxResponse,
  FinalizeBlockResponse,
  InfoResponse,
  QueryRequest,
  QueryResponse,
} from "../../chain/abci/index.js";
import type {
  Block,
  BlockId,
  Commit,
  ConsensusParams,
  Evidence,
  ExtendedCommit,
  Proposal,
  Validator,
  ValidatorSet,
  Vote,
} from "../../chain/block/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";

/** A block as the block store holds it. */
export interface StoredBlock {
  readonly id: BlockId;
  readonly block: Block;
  /** Bytes of the encoded block. */
  readonly size: number;
}

export interface BlockSummary {
  readonly height: Height;
  readonly hash: Uint8Array;
  /** The application hash after the block named here. */
  readonly appHash: Uint8Array;
  readonly time: TimeNs;
}

/** Where this node stands. */
export interface EngineStatus {
  readonly chainId: string;
  /** null before the first block. */
  readonly latest: BlockSummary | null;
  readonly earliest: BlockSummary | null;
  /** Peers hold blocks that we lack, more than the one in progress. */
  readonly isCatchingUp: boolean;
  /** This node's key; power 0 when it is not in the set. null on a node without a key. */
  readonly validator: Pick<Validator, "address" | "publicKey" | "power"> | null;
}

/** The votes of one round, one place per validator in set order. */
export interface RoundVotes {
  readonly round: number;
  readonly prevotes: readonly (Vote | null)[];
  readonly precommits: readonly (Vote | null)[];
}

/** Where consensus stands, for explorers and operators. */
export interface ConsensusState {
  readonly height: Height;
  readonly round: number;
  /** CometBFT's number of the step: 1 NewHeight, 3 Propose, 4 Prevote, 6 Precommit, 8 Commit. */
  readonly step: number;
  /** When this height began, by our clock. */
  readonly startTime: TimeNs;
  readonly validators: ValidatorSet;
  readonly votes: readonly RoundVotes[];
  /** Hash of the proposed block, empty if none is here. */
  readonly proposal: Uint8Array;
  /** The proposal of this round, if it is here. */
  readonly proposalMessage: Proposal | null;
  readonly locked: Uint8Array;
  readonly valid: Uint8Array;
  /** -1 without a lock. */
  readonly lockedRound: number;
  /** -1 without a valid value. */
  readonly validRound: number;
}

/** Committed chain data. Methods by height answer undefined for what is pruned or not there yet. */
export interface ChainReader {
  status(): EngineStatus;
  /** Lowest height held; 0 before the first block. */
  earliestHeight(): Height;
  /** Height of the last committed block; 0 before the first. */
  latestHeight(): Height;
  block(height: Height): StoredBlock | undefined;
  heightOfHash(hash: Uint8Array): Height | undefined;
  results(height: Height): FinalizeBlockResponse | undefined;
  /** Canonical when taken from the next block; otherwise the precommits that this node saw. */
  commit(height: Height): { readonly commit: Commit; readonly isCanonical: boolean } | undefined;
  /** With vote extensions; the last heights only. */
  extendedCommit(height: Height): ExtendedCommit | undefined;
  /** Also for latest + 1 and latest + 2. */
  validators(height: Height): ValidatorSet | undefined;
  /** Also for latest + 1. */
  consensusParams(height: Height): ConsensusParams | undefined;
  /** The genesis document, UTF-8 JSON. */
  genesis(): Uint8Array;
  query(request: QueryRequest): Promise<QueryResponse>;
  info(): Promise<InfoResponse>;
  consensus(): Promise<ConsensusState>;
}

/** Why a transaction never reached the application. */
export type RefusalReason = "in-cache" | "full" | "too-large" | "not-ready";

/** What the mempool says of a transaction. `message` of a refusal is CometBFT's text. */
export type Submission =
  | { readonly kind: "checked"; readonly response: CheckTxResponse }
  | { readonly kind: "refused"; readonly reason: RefusalReason; readonly message: string };

export interface PoolStatus {
  readonly count: number;
  readonly bytes: number;
}

/** Counters since start. */
export interface PoolStats {
  /** Failed CheckTx. */
  readonly failed: number;
  /** Found no room, or were too long. */
  readonly rejected: number;
  /** Were dropped later: driven out, expired, or failed when checked again. */
  readonly evicted: number;
  /** Checked again after a block. */
  readonly rechecked: number;
}

export interface SubmitOptions {
  /** The answer holds the events of CheckTx; without it none. */
  readonly wantsEvents?: boolean;
}

export interface TxPool {
  submit(tx: Uint8Array, options?: SubmitOptions): Promise<Submission>;
  /** CheckTx without entering the pool. */
  check(tx: Uint8Array): Promise<CheckTxResponse>;
  status(): PoolStatus;
  stats(): PoolStats;
  /** The first `limit` in order of proposal. */
  list(limit: number): Promise<readonly Uint8Array[]>;
  /** Takes evidence from outside. @throws Reject when it convicts nobody. */
  addEvidence(evidence: Evidence): Promise<void>;
}

/** A block that was committed, with what it did. Published once per height, in order, after the app's commit. */
export interface BlockEvent {
  readonly kind: "block";
  readonly stored: StoredBlock;
  readonly results: FinalizeBlockResponse;
}

/** CometBFT's names of the steps of a round. */
export type RoundStepName =
  | "NewRound"
  | "NewRoundStep"
  | "CompleteProposal"
  | "Polka"
  | "Lock"
  | "Relock"
  | "ValidBlock"
  | "TimeoutPropose"
  | "TimeoutWait";

export interface RoundEvent {
  readonly kind: "round";
  readonly name: RoundStepName;
  readonly height: Height;
  readonly round: number;
  /** "RoundStepPropose" and the like. */
  readonly step: string;
}

export interface VoteEvent {
  readonly kind: "vote";
  readonly vote: Vote;
}

export type EngineEvent = BlockEvent | RoundEvent | VoteEvent;

/** The network of an engine that has one of its own, beside libp2p. */
export interface EngineNetwork {
  readonly listeners: readonly string[];
  readonly peers: readonly { readonly id: string; readonly address: string; readonly isOutbound: boolean; readonly moniker: string }[];
}

/** The embedded Tendermint engine: orders transactions, drives the application, keeps the chain. */
export interface Engine extends ChainReader {
  readonly pool: TxPool;
  /**
   * Brings the application up to the block store, then joins consensus.
   * @throws Fault when application and block store disagree; EdgeFailure "storage" on a damaged WAL or store.
   */
  start(): Promise<void>;
  /** Finishes the step in progress, flushes and releases everything. */
  stop(): Promise<void>;
  /** Absent where libp2p is its network. */
  network?(): Promise<EngineNetwork>;
  /** Listeners are called synchronously and must not throw; the returned function ends the subscription. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
}
