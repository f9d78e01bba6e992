import type { ProofOp } from "../abci/index.js";
import type { Hash32, Height } from "../primitives/index.js";
import type { ReadStores, Stores } from "../store/index.js";

/** A version and what its stores hash to. */
export interface StateId {
  /** 0 before the first commit. */
  readonly version: Height;
  readonly appHash: Hash32;
}

/** What the kernel asks of the multistore of chain/store: a working version, committed versions, one atomic commit. */
export interface StateStore extends Stores {
  /** Of all stores, ascending. */
  readonly names: readonly string[];
  readonly last: StateId;
  readonly earliest: Height;
  workingHash(): Hash32;
  commit(): StateId;
  /** Forgets the working version. */
  rollback(): void;
  /** Keeps a version from being pruned until the answer is called. @throws Reject sdk/26. */
  hold(version: Height): () => void;
  /** Continues from a version that was imported below. @throws Fault when there is none, or it has other stores. */
  reload(): void;
  /** @throws Reject sdk/26 for a version that is not kept. */
  at(version: Height): ReadStores;
  /** @throws Reject sdk/26, sdk/18, sdk/6 or sdk/37. */
  queryWithProof(
    store: string,
    key: Uint8Array,
    version: Height,
  ): { readonly value: Uint8Array | undefined; readonly ops: readonly ProofOp[] };
}
