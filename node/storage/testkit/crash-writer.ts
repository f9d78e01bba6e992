/** Child of the kill -9 test: writes numbered batches for ever and reports each one that is flushed. */
import { utf8 } from "../../../chain/primitives/index.js";
import type { KvOp } from "../../../chain/store/index.js";
import { openKv } from "../level-kv.js";

/** Keys per numbered batch, each holding the batch's number. */
export const KEYS_PER_BATCH = 40;

/** The k-th key of batch `n`; `k` up to KEYS_PER_BATCH. */
export const batchKey = (n: number, k: number): Uint8Array => utf8(`batch/${n}/${k}`);

/** Batch `n`: its own keys, a counter that every batch overwrites, and the removal of the previous batch's marker. */
export const batchOps = (n: number): KvOp[] => [
  { key: utf8(`marker/${n - 1}`), value: undefined },
  ...Array.from({ length: KEYS_PER_BATCH }, (_, k) => put(batchKey(n, k), batchValue(n))),
  put(utf8("head"), utf8(String(n))),
  put(utf8(`marker/${n}`), utf8("here")),
];

/** What each key of batch `n` holds. */
export const batchValue = (n: number): Uint8Array => utf8(String(n).repeat(200));

const put = (key: Uint8Array, value: Uint8Array): KvOp => ({ key, value });

async function main(dir: string, first: number): Promise<void> {
  const fatal = (): never => process.exit(1);
  const kv = await openKv({ dir, onFatal: fatal });
  for (let n = first; ; n += 3) {
    for (let burst = 0; burst < 3; burst += 1) kv.write(batchOps(n + burst), { sync: burst === 2 });
    await kv.flushed();
    process.stdout.write(`${n + 2}\n`);
  }
}

const [dir, first] = process.argv.slice(2);
if (dir !== undefined && first !== undefined && process.argv[1]?.endsWith("crash-writer.ts") === true) {
  await main(dir, Number(first));
}
