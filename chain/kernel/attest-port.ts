import type {
  CommitInfo,
  ExtendVoteRequest,
  ExtendedCommitInfo,
  Verdict,
  VerifyVoteExtensionRequest,
} from "../abci/index.js";
import type { Height } from "../primitives/index.js";
import type { Context, ReadContext } from "./context.js";

/**
 * What the kernel asks of attestation (design §5). Transaction 0 is *due* in every block whose previous height had vote
 * extensions; the kernel works that out from the consensus parameters and calls `prepare`, `process` and `finalize`
 * for those blocks only. All contexts but that of `finalize` are the last committed state.
 */
export interface AttestHooks {
  /**
   * The transaction that carries the pruned extended commit of the previous height, or undefined when no valid one of
   * at most `maxBytes` can be made; the proposal is then empty, and peers will reject it.
   */
  prepare(ctx: ReadContext, request: PrepareTx0): Uint8Array | undefined;
  /** Pure and total: whether `tx` is a valid carrier for the commit that the proposal contains. */
  process(ctx: ReadContext, request: ProcessTx0): boolean;
  /** Applies transaction 0 of a decided block, before the modules' beginBlock. Bad parts are ignored, never thrown. */
  finalize(ctx: Context, request: FinalizeTx0): void;
  /** After the modules' endBlock, in every block: closes phases, resolves tasks. */
  finish(ctx: Context): void;
  /** Never fails and never waits; empty when there is nothing to say. */
  extend(ctx: ReadContext, request: ExtendVoteRequest): Uint8Array;
  /** Pure and total. Doubtful extensions are accepted and ignored later. */
  verify(ctx: ReadContext, request: VerifyVoteExtensionRequest): Verdict;
}

export interface PrepareTx0 {
  readonly height: Height;
  readonly localLastCommit: ExtendedCommitInfo;
  readonly maxBytes: number;
}

export interface ProcessTx0 {
  readonly height: Height;
  readonly tx: Uint8Array;
  readonly proposedLastCommit: CommitInfo;
}

export interface FinalizeTx0 {
  readonly height: Height;
  readonly tx: Uint8Array;
  readonly decidedLastCommit: CommitInfo;
}

/** For chains and tests without attestation: no transaction 0 is valid, extensions are empty. */
export const NO_ATTESTATION: AttestHooks = {
  prepare: () => undefined,
  process: () => false,
  finalize: () => undefined,
  finish: () => undefined,
  extend: () => new Uint8Array(0),
  verify: (_, request) => (request.extension.length === 0 ? "accept" : "reject"),
};
