/** Restores from a folder of snapshots into a store, for tests that kill it: `restore-process.ts <snapshots> <store> <work>`. */
import { installNativeCrypto } from "../../crypto/native.js";
import { openKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";
import { createSnapshots } from "../service.js";
import { TEST_CHUNK_BYTES, appOver, openState } from "./state.js";

installNativeCrypto();
const [from = "", store = "", work = ""] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const log = silentLogger();
const kv = await openKv({ dir: store, onFatal: () => process.exit(9) });
const state = openState(kv);
const app = appOver(state);
const source = createSnapshots({ dir: from, interval: 0, keepRecent: 0, chunkBytes: TEST_CHUNK_BYTES }, { kv, app, log });
const target = createSnapshots({ dir: work, interval: 0, keepRecent: 0, chunkBytes: TEST_CHUNK_BYTES }, { kv, app, log });
await source.start();
await target.start();
const [snapshot] = await source.list();
if (snapshot === undefined) process.exit(8);
const appHash = new Uint8Array(Buffer.from(process.argv[5] ?? "", "hex"));
const before = await target.restoring();
say(`next ${state.last.version > 0n ? "done" : String(before?.next ?? 0)}`);
if (state.last.version === 0n) {
  const offered = await target.offer(snapshot, appHash);
  if (offered !== "accept") process.exit(7);
  for (let index = (await target.restoring())?.next ?? 0; index < snapshot.chunks; index++) {
    const chunk = await source.loadChunk({ height: snapshot.height, format: snapshot.format, chunk: index });
    say(`chunk ${index}`);
    const { result } = await target.applyChunk({ index, chunk, sender: "" });
    if (result !== "accept") process.exit(6);
  }
}
say(`height ${state.last.version}`);
await kv.close();
