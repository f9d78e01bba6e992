/**
 * One validator as a process of its own over libp2p, for kill -9 tests: engine, sequence application, real stores.
 * Arguments: data directory, index, ports of all validators. Prints `height appHash` for each block, and answers a line
 * `tx <text>` on standard input by submitting it.
 */
import { createInterface } from "node:readline";
import { join } from "node:path";
import { toHex, utf8 } from "../../../chain/primitives/index.js";
import { createLocalConnection } from "../../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../../config/engine.js";
import { installNativeCrypto } from "../../crypto/native.js";
import { createP2p, identityFromSeed } from "../../p2p/index.js";
import { openKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";
import { createEngine } from "../engine.js";
import { keyFromSeed } from "../key-file.js";
import { CLUSTER_CHAIN, FAST, clusterGenesis, seedOf } from "./cluster.js";
import { createSequenceApp } from "./sequence-app.js";

const [dataDir = "", indexText = "0", ...ports] = process.argv.slice(2);
const index = Number(indexText);
const count = ports.length;
const address = (i: number): string => `/ip4/127.0.0.1/tcp/${ports[i] ?? ""}`;
const identityOf = (i: number) => identityFromSeed(new Uint8Array(32).fill(100 + i));

installNativeCrypto();
const log = silentLogger();
const fatal = (error: unknown): void => {
  process.stderr.write(`fatal: ${String(error)}\n`);
  process.exit(1);
};
const appKv = await openKv({ dir: join(dataDir, "app"), onFatal: fatal });
const others = Array.from({ length: count }, (_, i) => i).filter((i) => i !== index);
const p2p = createP2p(
  {
    identity: identityOf(index),
    chainId: CLUSTER_CHAIN,
    listen: [address(index)],
    persistentPeers: others.map((i) => `${address(i)}/p2p/${identityOf(i).peerId}`),
  },
  { log },
);
const engine = await createEngine(
  {
    dataDir,
    genesis: clusterGenesis(Array.from({ length: count }, () => 10n)),
    key: keyFromSeed(seedOf(index)),
    config: { ...FAST, commitMs: 100, propose: { baseMs: 1_000, growthMs: 500 } },
    mempool: DEFAULT_MEMPOOL_CONFIG,
  },
  { app: createLocalConnection(createSequenceApp(appKv)), p2p, log, onFatal: fatal },
);
engine.subscribe((event) => {
  if (event.kind !== "block") return;
  const { header, evidence } = { ...event.stored.block };
  const line = [header.height, toHex(event.stored.id.hash), toHex(event.results.appHash), evidence.length];
  process.stdout.write(`${line.join(" ")}\n`);
});
await p2p.start();
await engine.start();
createInterface({ input: process.stdin }).on("line", (line) => {
  void engine.pool.submit(utf8(line));
});
