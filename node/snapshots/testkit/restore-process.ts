/**
 * Restores from a folder of snapshots into a store, and kills itself on the way if told to, so many turns of the event loop after it has
 * begun with a chunk: `restore-process.ts <snapshots> <store> <work> <app hash> [<chunk> <turns>]`. Tests only.
 */
import { installNativeCrypto } from "../../crypto/native.js";
import { openKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";
import { createSnapshots } from "../service.js";
import { TEST_CHUNK_BYTES, appOver, openState } from "./state.js";

installNativeCrypto();
const [from = "", store = "", work = "", hash = "", killAt, turns = "0"] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const log = silentLogger();
async function die(): Promise<never> {
  for (let turn = 0; turn < Number(turns); turn++) await new Promise((resolve) => setImmediate(resolve));
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
}

const kv = await openKv({ dir: store, onFatal: () => process.exit(9) });
const state = openState(kv);
const app = appOver(state);
const source = createSnapshots({ dir: from, interval: 0, keepRecent: 0, chunkBytes: TEST_CHUNK_BYTES }, { kv, app, log });
const target = createSnapshots({ dir: work, interval: 0, keepRecent: 0, chunkBytes: TEST_CHUNK_BYTES }, { kv, app, log });
await source.start();
await target.start();
const [snapshot] = await source.list();
if (snapshot === undefined) process.exit(8);
const appHash = new Uint8Array(Buffer.from(hash, "hex"));
const before = await target.restoring();
say(`next ${state.last.version > 0n ? "done" : String(before?.next ?? 0)}`);
if (state.last.version === 0n) {
  const offered = await target.offer(snapshot, appHash);
  if (offered !== "accept") process.exit(7);
  for (let index = (await target.restoring())?.next ?? 0; index < snapshot.chunks; index++) {
    const chunk = await source.loadChunk({ height: snapshot.height, format: snapshot.format, chunk: index });
    const dying = String(index) === killAt ? die() : undefined;
    const { result } = await target.applyChunk({ index, chunk, sender: "" });
    await dying;
    if (result !== "accept") process.exit(6);
  }
}
say(`height ${state.last.version}`);
await kv.close();
