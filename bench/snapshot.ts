/**
 * What a snapshot costs: records and bytes a second of export and import over LevelDB, and what compression would save.
 * `npx tsx bench/snapshot.ts [keys]`; default 200,000 keys of 27 bytes with values of 100.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { sha256 } from "../chain/crypto/index.js";
import { concatBytes, toHex, u64be } from "../chain/primitives/index.js";
import { CHUNK_BYTES, StateImporter, exportVersion, exportedStores, openMultiStore } from "../chain/store/index.js";
import { installNativeCrypto } from "../node/crypto/native.js";
import { openKv } from "../node/storage/index.js";

const keys = Number(process.argv[2] ?? 200_000);
const dir = mkdtempSync(join(tmpdir(), "bench-snapshot-"));
const say = (what: string, facts: string): void => void process.stdout.write(`${what.padEnd(28)} ${facts}\n`);
const onFatal = (error: unknown): never => {
  throw error;
};

installNativeCrypto();
const kv = await openKv({ dir: join(dir, "from"), onFatal });
const state = openMultiStore({ kv, stores: ["bench"] });
for (let i = 0; i < keys; ) {
  for (const end = Math.min(keys, i + 10_000); i < end; i++) {
    const seed = sha256(u64be(BigInt(i)));
    state.store("bench").set(concatBytes(Uint8Array.of(1), seed.subarray(0, 26)), concatBytes(seed, u64be(BigInt(i)), new Uint8Array(28), seed));
  }
  state.commit();
  await kv.flushed();
}

/** The version in another process would be read from the disk: so it is here, through a store opened anew. */
await kv.close();
const from = await openKv({ dir: join(dir, "from"), onFatal });
const height = state.last.version;

let cpu = process.cpuUsage();
const spent = (): number => {
  const used = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  return (used.user + used.system) / 1e6;
};

const pieces: Uint8Array[] = [];
let records = 0;
for (const record of exportVersion(from, height)) {
  pieces.push(record);
  records++;
}
const exported = spent();
const stream = new Uint8Array(Buffer.concat(pieces));
const mib = stream.length / 1_048_576;
say("stream", `${records} records, ${mib.toFixed(1)} MiB, sha256 ${toHex(sha256(stream)).slice(0, 16)}`);
say("export", `${exported.toFixed(2)} CPU-s, ${Math.round(records / exported)} records/s, ${(mib / exported).toFixed(1)} MiB/s`);

const into = await openKv({ dir: join(dir, "into"), onFatal });
spent();
const importer = new StateImporter({ height, stores: exportedStores(from, height) });
for (let at = 0; at < stream.length; at += CHUNK_BYTES) into.write(importer.push(stream.subarray(at, at + CHUNK_BYTES)));
into.write(importer.finish());
const imported = spent();
say("import, before the flush", `${imported.toFixed(2)} CPU-s, ${Math.round(records / imported)} records/s, ${(mib / imported).toFixed(1)} MiB/s`);
await into.flushed();
say("flush", `${spent().toFixed(2)} CPU-s`);

for (const level of [1, 7]) {
  spent();
  const { length } = deflateSync(stream, { level });
  say(`zlib level ${level}`, `${spent().toFixed(2)} CPU-s, ${((100 * length) / stream.length).toFixed(0)} % of the bytes`);
}
await from.close();
await into.close();
rmSync(dir, { recursive: true, force: true });
