import type { Hash32 } from "../../primitives/index.js";
import type { KvOp } from "../kv.js";
import type { ReadStore, Store } from "../types.js";
import type { Leaf } from "./node.js";
import type { Step } from "./walk.js";

/** A saved version: it never changes. Once its version is pruned, walking to a node not yet loaded is a Fault. */
export interface TreeView extends ReadStore {
  readonly version: number;
  /** SHA-256 of nothing for an empty tree. */
  readonly rootHash: Hash32;
  /** Number of keys. */
  readonly size: number;
  /** Height of the root: 0 for a single leaf or none. */
  readonly height: number;
  /** The leaf at `key`, or beside it where there is none, and the way to it; undefined in an empty tree. */
  path(key: Uint8Array): { readonly leaf: Leaf; readonly steps: readonly Step[] } | undefined;
  /** The hash of the child that a step does not take. */
  sibling(step: Step): Hash32;
}

/** A new version, computed but not on disk: it is saved once the caller has written `ops`, which is one atomic write. */
export interface SavedVersion {
  readonly version: number;
  readonly rootHash: Hash32;
  readonly ops: readonly KvOp[];
}

/**
 * A versioned Merkle tree over ordered keys: a saved version, and a working one on top of it that the Store methods read
 * and write. The tree's shape, and so its hash, depends on the order of the writes.
 */
export interface MutableTree extends Store {
  /** The version last saved or loaded; 0 before any. */
  readonly version: number;
  /** The version that `saveVersion` will make. */
  readonly workingVersion: number;
  /** Root of the version last saved. */
  readonly rootHash: Hash32;
  /** Root that `saveVersion` would give now. Nothing is saved; later writes change it. */
  workingHash(): Hash32;
  /** Freezes the working version. The tree counts on the ops being written before the next call that reads the disk. */
  saveVersion(): SavedVersion;
  /** Forgets the writes since the last version. */
  rollback(): void;
  /**
   * Drops the working version and continues from this one.
   *
   * @throws Fault when it is not on disk.
   */
  loadVersion(version: number): void;
  /** A saved version, or undefined when it is not on disk. */
  at(version: number): TreeView | undefined;
  /** The deletions that forget one version, whose next version is on disk. Versions are forgotten oldest first. */
  prune(version: number): readonly KvOp[];
}
