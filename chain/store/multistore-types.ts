import type { Hash32, Height } from "../primitives/index.js";
import type { ProofOp } from "./ics23/index.js";
import type { KvStore } from "./kv.js";
import type { ReadStores, Stores } from "./types.js";

/** A version and what its stores hash to. */
export interface CommitId {
  /** 0 before the first commit. */
  readonly version: Height;
  readonly appHash: Hash32;
}

/** A committed version, for queries. Valid until it is pruned; take a new one for each query. */
export interface CommittedStores extends ReadStores, CommitId {}

/** A value with its way to the app hash of `version`. */
export interface ProvenValue {
  /** Undefined when the key is absent, which is then what the proof shows. */
  readonly value: Uint8Array | undefined;
  /** `ics23:iavl`, then `ics23:simple`. */
  readonly ops: readonly ProofOp[];
}

/**
 * The state of the chain: named trees that are committed together. `store` gives the working version, which the block's
 * branch is flushed into; everybody else reads a committed version with `at`.
 */
export interface MultiStore extends Stores {
  /** Of all stores, ascending. */
  readonly names: readonly string[];
  readonly last: CommitId;
  /** Oldest version that `at` still has; 0 before the first commit. */
  readonly earliest: Height;
  /** The app hash that `commit` will give: what FinalizeBlock answers, before anything is on disk. */
  workingHash(): Hash32;
  /** Saves the working version of every store in one atomic write, and prunes. */
  commit(): CommitId;
  /** Forgets the working version of every store. */
  rollback(): void;
  /**
   * Keeps a version, and those after it, from being pruned until the function that it answers is called. Nothing is held
   * across a restart.
   *
   * @throws Reject sdk/26 as `at`.
   */
  hold(version: Height): () => void;
  /** Continues from the version that an import has put on the disk below. @throws Fault when its stores are not ours. */
  reload(): void;
  /** @throws Reject sdk/26 for a version that does not exist, yet or any more. */
  at(version: Height): CommittedStores;
  /**
   * @throws Reject sdk/26 as `at`; sdk/18 at versions up to 1, whose app hash no client can ask for; sdk/6 for an unknown
   * store; sdk/37 for absence from an empty store, which ICS23 cannot show.
   */
  queryWithProof(store: string, key: Uint8Array, version: Height): ProvenValue;
}

/** What to open, and how much to keep. */
export interface MultiStoreOptions {
  readonly kv: KvStore;
  /** Names in ASCII, one per module. */
  readonly stores: readonly string[];
  /** First version of a new chain. Default 1. */
  readonly initialVersion?: Height;
  /** Versions to keep, at least 2; 0 keeps all. Default 0. Never changes the app hash. */
  readonly keepRecent?: number;
  /** Continue from this version instead of the last: an operator's rollback. */
  readonly version?: Height;
  /** Stores that an upgrade brings or takes away; any other difference from the disk is a Fault. */
  readonly upgrade?: { readonly added: readonly string[]; readonly removed: readonly string[] };
}
