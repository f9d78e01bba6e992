/**
 * CPU time per write of the tree, batch by batch: sorted writes to random keys, hashing, and the records for the disk.
 * CPU rather than wall time, because machines that measure are rarely idle (performance.md); it includes the collector.
 * Run by hand: npm run build && node dist/bench/iavl.js [leaves=100000] [batch=4000] [rounds=8]
 */
import { createHash } from "node:crypto";
import { compareBytes, utf8 } from "../chain/primitives/index.js";
import { createIavlTree, createMemoryKv } from "../chain/store/index.js";
import type { KvOp } from "../chain/store/index.js";
import { installNativeCrypto } from "../node/crypto/native.js";

const [leaves = 100_000, batch = 4_000, rounds = 8] = process.argv.slice(2).map(Number);

/** 27-byte keys, as performance.md §3.8 measures. */
function keyOf(n: number): Uint8Array {
  return createHash("sha256").update(String(n)).digest().subarray(0, 27);
}

/** The order of keys is random, the sequence is the same on each run. */
function* draws(): Generator<number> {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield (state >>> 8) % leaves;
  }
}

interface Timing {
  readonly set: number;
  readonly hash: number;
  readonly save: number;
  readonly ops: number;
}

/** Milliseconds of CPU since the process began, all threads. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function main(): void {
  installNativeCrypto();
  const kv = createMemoryKv();
  const tree = createIavlTree({ reader: kv, prefix: utf8("s/") });
  const keys = Array.from({ length: leaves }, (_, n) => keyOf(n));
  const commit = (changes: readonly Uint8Array[], value: Uint8Array): Timing => {
    const sorted = changes.toSorted(compareBytes);
    const start = cpuMs();
    for (const key of sorted) tree.set(key, value);
    const set = cpuMs();
    tree.workingHash();
    const hashed = cpuMs();
    const { ops } = tree.saveVersion() as { ops: readonly KvOp[] };
    const save = cpuMs();
    const each = 1000 / sorted.length;
    return { set: (set - start) * each, hash: (hashed - set) * each, save: (save - hashed) * each, ops: ops.length };
  };
  const build = commit(keys, utf8("0"));
  console.log(`build ${leaves}: set ${build.set.toFixed(1)} hash ${build.hash.toFixed(1)} save ${build.save.toFixed(1)} us/leaf`);
  const random = draws();
  const timings = Array.from({ length: rounds }, (_, i) => {
    const picks = new Set(Array.from({ length: batch }, () => random.next().value as number));
    return commit([...picks].map((n) => keys[n] as Uint8Array), utf8(String(i)));
  });
  const of = (part: keyof Timing): string => median(timings.map((t) => t[part])).toFixed(1);
  console.log(`batch ${batch}: set ${of("set")} hash ${of("hash")} save ${of("save")} us/leaf, ${of("ops")} records`);
  const start = cpuMs();
  for (let i = 0; i < 200_000; i++) tree.get(keys[random.next().value as number] as Uint8Array);
  console.log(`get ${((cpuMs() - start) / 200).toFixed(2)} us; heap ${process.memoryUsage().heapUsed >> 20} MB`);
}

main();
