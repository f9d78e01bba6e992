/**
 * What the doors of a node (JSON-RPC, gRPC, blob gateway) need of the engine, as ports over the domain types. An adapter
 * binds them to node/engine; tests bind them to blocks in memory. Queries never see half a block: every answer is of a
 * committed height.
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
  Proposal,
  Validator,
  ValidatorSet,
  Vote,
} from "../../chain/block/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";

/** A port may answer at once or later. */
export type Awaitable<T> = T | Promise<T>;

/** A block as the block store holds it. */
export interface StoredBlock {
  readonly id: BlockId;
  readonly block: Block;
  /** Bytes of the encoded block. */
  readonly size: number;
}

/** Who this node is. `version` must start with "0.38." (cosmos-formats.md §0): clients choose their dialect by it. */
export interface NodeIdentity {
  /** 20 bytes. */
  readonly id: Uint8Array;
  /** Address of the peer-to-peer listener, not empty. */
  readonly listenAddress: string;
  readonly network: string;
  readonly version: string;
  readonly moniker: string;
  readonly appVersion: bigint;
  /** Address of the RPC listener, for `node_info.other`. */
  readonly rpcAddress: string;
  /** Whether transactions can be searched: relayers refuse a node without. */
  readonly isIndexed: boolean;
}

export interface BlockSummary {
  readonly height: Height;
  readonly hash: Uint8Array;
  /** The application hash after the block named here. */
  readonly appHash: Uint8Array;
  readonly time: TimeNs;
}

export interface ChainStatus {
  readonly node: NodeIdentity;
  /** null before the first block. */
  readonly latest: BlockSummary | null;
  readonly earliest: BlockSummary | null;
  readonly isCatchingUp: boolean;
  /** This node's key; power 0 when it is not in the set. */
  readonly validator: Pick<Validator, "address" | "publicKey" | "power">;
}

export interface PeerInfo {
  readonly id: string;
  readonly address: string;
  readonly isOutbound: boolean;
  readonly moniker: string;
}

export interface NetInfo {
  readonly listeners: readonly string[];
  readonly peers: readonly PeerInfo[];
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

/** What the node knows of the chain. Methods by height answer undefined for what is pruned or not there yet. */
export interface ChainReader {
  status(): Awaitable<ChainStatus>;
  /** Lowest height held; 0 before the first block. */
  earliestHeight(): Height;
  /** Height of the last committed block; 0 before the first. */
  latestHeight(): Height;
  block(height: Height): Awaitable<StoredBlock | undefined>;
  heightOfHash(hash: Uint8Array): Awaitable<Height | undefined>;
  results(height: Height): Awaitable<FinalizeBlockResponse | undefined>;
  /** Canonical when taken from the next block; otherwise the precommits that this node saw. */
  commit(height: Height): Awaitable<{ readonly commit: Commit; readonly isCanonical: boolean } | undefined>;
  /** Also for latest + 1. */
  validators(height: Height): Awaitable<ValidatorSet | undefined>;
  /** Also for latest + 1. */
  consensusParams(height: Height): Awaitable<ConsensusParams | undefined>;
  /** The genesis document, UTF-8 JSON. */
  genesis(): Uint8Array;
  query(request: QueryRequest): Awaitable<QueryResponse>;
  info(): Awaitable<InfoResponse>;
  netInfo(): Awaitable<NetInfo>;
  consensus(): Awaitable<ConsensusState>;
}

/** Why a transaction never reached the application. */
export type RefusalReason = "in-cache" | "full" | "too-large" | "not-ready";

/** What the mempool says of a transaction. */
export type Submission =
  | { readonly kind: "checked"; readonly response: CheckTxResponse }
  | { readonly kind: "refused"; readonly reason: RefusalReason; readonly message: string };

export interface PoolStatus {
  readonly count: number;
  readonly bytes: number;
}

export interface TxPool {
  /** The answer holds the events of CheckTx only when they are wanted. */
  submit(tx: Uint8Array, options?: { readonly wantsEvents?: boolean }): Promise<Submission>;
  /** CheckTx without entering the pool. */
  check(tx: Uint8Array): Awaitable<CheckTxResponse>;
  status(): PoolStatus;
  /** The first `limit` in order of proposal. */
  list(limit: number): Awaitable<readonly Uint8Array[]>;
  /** Takes evidence from outside. @throws Reject when it convicts nobody. */
  addEvidence(evidence: Evidence): Awaitable<void>;
}

/** A block that was committed, with what it did. Published once per height, in order. */
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

export type ChainEvent = BlockEvent | RoundEvent | VoteEvent;

/** Listeners are called synchronously and must not throw; the returned function ends the subscription. */
export interface EventFeed {
  subscribe(listener: (event: ChainEvent) => void): () => void;
}

/** Told of each answered request: the method, "ok" or the code of its error, and how long it took. */
export type RequestObserver = (method: string, status: string, seconds: number) => void;

/** Whether this node is fit to be asked, and why not. */
export interface Fitness {
  readonly isHealthy: boolean;
  readonly reasons: readonly string[];
}

/** Answers an ABCI query: the node's own services first, then the application. */
export interface QueryDoor {
  query(request: QueryRequest): Promise<QueryResponse>;
}
