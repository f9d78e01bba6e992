import { keyText } from "../primitives/index.js";

/** One change to the key-value port; `value` undefined deletes the key. */
export interface KvOp {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Synchronous point reads of the disk below the trees. Reads see every earlier `write`, flushed or not. */
export interface KvReader {
  get(key: Uint8Array): Uint8Array | undefined;
}

/**
 * The disk. One `write` is atomic, writes keep their order, and after a crash a prefix of the writes survives: the
 * implementation may flush later, but never a later write without all earlier ones.
 */
export interface KvStore extends KvReader {
  /** Within one call the last op on a key wins. The caller does not touch the arrays afterwards. */
  write(ops: readonly KvOp[]): void;
}

/** The portable default: everything in memory, nothing survives. */
export function createMemoryKv(): KvStore {
  const entries = new Map<string, Uint8Array>();
  return {
    get: (key) => entries.get(keyText(key)),
    write(ops) {
      for (const op of ops) {
        if (op.value === undefined) entries.delete(keyText(op.key));
        else entries.set(keyText(op.key), op.value.slice()); // a view would keep the whole page alive
      }
    },
  };
}
