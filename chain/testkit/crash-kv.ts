import { toHex } from "../primitives/index.js";
import { createMemoryKv } from "../store/index.js";
import type { KvOp, KvStore } from "../store/index.js";

/** A key-value store that remembers its writes, so that a test can look at the disk of any crash. */
export interface CrashKv extends KvStore {
  /** Number of writes so far: the points a crash can fall between. */
  readonly writes: number;
  /** Number of keys stored now. */
  records(): number;
  /** What a machine finds on disk when it went down after the first `survived` writes. */
  crashAfter(survived: number): KvStore;
}

/** See `CrashKv`. */
export function createCrashKv(): CrashKv {
  const log: (readonly KvOp[])[] = [];
  const memory = createMemoryKv();
  const keys = new Set<string>();
  return {
    get: (key) => memory.get(key),
    write(ops) {
      log.push(ops);
      memory.write(ops);
      for (const { key, value } of ops) {
        if (value === undefined) keys.delete(toHex(key));
        else keys.add(toHex(key));
      }
    },
    records: () => keys.size,
    get writes() {
      return log.length;
    },
    crashAfter(survived) {
      const disk = createMemoryKv();
      for (const ops of log.slice(0, survived)) disk.write(ops);
      return disk;
    },
  };
}
