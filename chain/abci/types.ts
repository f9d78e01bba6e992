import type { BlockIdFlag, ConsensusParams } from "../block/types.js";
import type { Gas, Height, TimeNs, VotingPower } from "../primitives/index.js";

/**
 * ABCI 2.0 as engine and application agree on it, in domain types. node/abci-server maps the same calls to the wire for
 * a real CometBFT. All calls are synchronous and total: bad input is answered with a code or REJECT, never thrown; a
 * thrown Fault halts the node.
 */

export interface EventAttribute {
  readonly key: string;
  readonly value: string;
  readonly index: boolean;
}

export interface Event {
  readonly type: string;
  readonly attributes: readonly EventAttribute[];
}

/** code, data, gasWanted and gasUsed are hashed into LastResultsHash; the rest may differ between nodes. */
export interface ExecTxResult {
  readonly code: number;
  readonly data: Uint8Array;
  readonly log: string;
  readonly info: string;
  readonly gasWanted: Gas;
  readonly gasUsed: Gas;
  readonly events: readonly Event[];
  readonly codespace: string;
}

export interface ValidatorUpdate {
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 0 removes the validator. */
  readonly power: VotingPower;
}

/** A validator as the application sees it in commit info. */
export interface AbciValidator {
  /** 20 bytes. */
  readonly address: Uint8Array;
  readonly power: VotingPower;
}

export interface VoteInfo {
  readonly validator: AbciValidator;
  readonly flag: BlockIdFlag;
}

export interface CommitInfo {
  readonly round: number;
  /** In validator-set order of the committed height. */
  readonly votes: readonly VoteInfo[];
}

export interface ExtendedVoteInfo extends VoteInfo {
  readonly extension: Uint8Array;
  readonly extensionSignature: Uint8Array;
}

export interface ExtendedCommitInfo {
  readonly round: number;
  readonly votes: readonly ExtendedVoteInfo[];
}

export interface Misbehavior {
  readonly kind: "duplicate-vote" | "light-client-attack";
  readonly validator: AbciValidator;
  readonly height: Height;
  readonly time: TimeNs;
  readonly totalVotingPower: VotingPower;
}

export interface InfoResponse {
  readonly data: string;
  readonly version: string;
  readonly appVersion: bigint;
  /** The last *committed* height; 0 before the first commit. */
  readonly lastBlockHeight: Height;
  readonly lastBlockAppHash: Uint8Array;
}

export interface InitChainRequest {
  readonly time: TimeNs;
  readonly chainId: string;
  readonly consensusParams: ConsensusParams;
  readonly validators: readonly ValidatorUpdate[];
  /** app_state of the genesis document, UTF-8 JSON. */
  readonly appState: Uint8Array;
  readonly initialHeight: Height;
}

export interface InitChainResponse {
  readonly consensusParams: ConsensusParams | null;
  /** Empty keeps the validators of the request. */
  readonly validators: readonly ValidatorUpdate[];
  readonly appHash: Uint8Array;
}

export interface QueryRequest {
  readonly path: string;
  readonly data: Uint8Array;
  /** 0 means the last committed height. */
  readonly height: Height;
  readonly prove: boolean;
}

export interface ProofOp {
  readonly type: string;
  readonly key: Uint8Array;
  readonly data: Uint8Array;
}

export interface QueryResponse {
  readonly code: number;
  readonly log: string;
  readonly info: string;
  readonly index: bigint;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly proofOps: readonly ProofOp[];
  readonly height: Height;
  readonly codespace: string;
}

export interface CheckTxRequest {
  readonly tx: Uint8Array;
  readonly kind: "new" | "recheck";
  /** Of a mempool that has just begun: what was checked for the one before it, and is in no block, counts no more. Not part of the wire. */
  readonly isFirst?: boolean;
  /**
   * The account number for which another thread of this node has found the one signature good, made in SIGN_MODE_DIRECT with the key that
   * the transaction brings. Taken on trust, so never from outside: not part of the wire.
   */
  readonly signedFor?: bigint;
  /** The answer has no events: nobody will read them, and they cost much to make and to pass on. Not part of the wire. */
  readonly withoutEvents?: boolean;
}

export interface CheckTxResponse {
  readonly code: number;
  readonly data: Uint8Array;
  readonly log: string;
  readonly gasWanted: Gas;
  readonly gasUsed: Gas;
  readonly events: readonly Event[];
  readonly codespace: string;
  /** For the mempool of the embedded engine: who sent it and in which order. Not part of the wire. */
  readonly sender: string;
  readonly sequence: bigint;
  /** It has no place among the sender's other transactions, and `sequence` means nothing. Not part of the wire. */
  readonly isUnordered?: boolean;
  /** uopen per unit of gas, times 10^6; higher first. Not part of the wire. */
  readonly priority: bigint;
}

export interface PrepareProposalRequest {
  readonly maxTxBytes: number;
  readonly txs: readonly Uint8Array[];
  /** The extended commit of the previous height as this proposer saw it; no votes at the initial height. */
  readonly localLastCommit: ExtendedCommitInfo;
  readonly misbehavior: readonly Misbehavior[];
  readonly height: Height;
  readonly time: TimeNs;
  readonly nextValidatorsHash: Uint8Array;
  readonly proposer: Uint8Array;
}

export interface ProcessProposalRequest {
  readonly txs: readonly Uint8Array[];
  readonly proposedLastCommit: CommitInfo;
  readonly misbehavior: readonly Misbehavior[];
  readonly hash: Uint8Array;
  readonly height: Height;
  readonly time: TimeNs;
  readonly nextValidatorsHash: Uint8Array;
  readonly proposer: Uint8Array;
}

export interface ExtendVoteRequest {
  readonly hash: Uint8Array;
  readonly height: Height;
  readonly round: number;
}

export interface VerifyVoteExtensionRequest {
  readonly hash: Uint8Array;
  readonly validator: Uint8Array;
  readonly height: Height;
  readonly extension: Uint8Array;
}

export type Verdict = "accept" | "reject";

export interface FinalizeBlockRequest {
  readonly txs: readonly Uint8Array[];
  readonly decidedLastCommit: CommitInfo;
  readonly misbehavior: readonly Misbehavior[];
  readonly hash: Uint8Array;
  readonly height: Height;
  readonly time: TimeNs;
  readonly nextValidatorsHash: Uint8Array;
  readonly proposer: Uint8Array;
}

export interface FinalizeBlockResponse {
  readonly events: readonly Event[];
  readonly txResults: readonly ExecTxResult[];
  readonly validatorUpdates: readonly ValidatorUpdate[];
  readonly consensusParamUpdates: ConsensusParams | null;
  readonly appHash: Uint8Array;
}

export interface CommitResponse {
  /** Blocks below may be pruned; 0 keeps all. */
  readonly retainHeight: Height;
}

/** The application: one object, driven by the embedded engine or by node/abci-server. */
export interface Application {
  info(): InfoResponse;
  initChain(request: InitChainRequest): InitChainResponse;
  query(request: QueryRequest): QueryResponse;
  checkTx(request: CheckTxRequest): CheckTxResponse;
  prepareProposal(request: PrepareProposalRequest): { readonly txs: readonly Uint8Array[] };
  processProposal(request: ProcessProposalRequest): Verdict;
  extendVote(request: ExtendVoteRequest): Uint8Array;
  verifyVoteExtension(request: VerifyVoteExtensionRequest): Verdict;
  finalizeBlock(request: FinalizeBlockRequest): FinalizeBlockResponse;
  /** Persists what the last finalizeBlock computed: one atomic write to the key-value port. */
  commit(): CommitResponse;
}
