/**
 * Bank sends through networks of one and of four validators, each a process of its own, over JSON-RPC, signed beforehand:
 * how many a second they take, how long one waits for its block at half of that, and what they cost. The load generator shares
 * the machine; its own CPU time stands in the last column. No sidecars run.
 *
 * Build first: npm run build && npx tsx bench/sends.ts [options]
 *   --engine embedded|cometbft
 *   --validators 1,4   --sends 40000   --commit 200 (timeout_commit, ms)   --batch 10 (sends per HTTP request)
 *   --index kv|null    --senders 2000  --window 4500   --set section.name=toml (config.toml of every node; may come again)
 *   --profile DIR (a CPU profile of each node)          --idle 0 (idle blocks to time first)
 */
import { parseArgs } from "node:util";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { StargateClient } from "@cosmjs/stargate";
import { toUopen } from "../chain/primitives/index.js";
import { createSigner } from "../chain/testkit/signer.js";
import { installNativeCrypto } from "../node/crypto/native.js";
import { queryStatus } from "../testnet/launcher/node-status.js";
import { runLoad } from "./load.js";
import type { LoadReport } from "./load.js";
import { cpuMs, median, printMachine, printTable } from "./machine.js";
import { CHAIN_ID, blocks, pause, startCometNetwork, startNetwork } from "./network.js";
import type { BenchNetwork, NetworkMaker } from "./network.js";
import { createSenders, signSends, verifyMicros } from "./signed-sends.js";

const { values: flags } = parseArgs({
  options: {
    engine: { type: "string", default: "embedded" },
    validators: { type: "string", default: "1,4" },
    sends: { type: "string", default: "40000" },
    commit: { type: "string", default: "200" },
    batch: { type: "string", default: "10" },
    index: { type: "string", default: "kv" },
    senders: { type: "string", default: "2000" },
    window: { type: "string", default: "4500" },
    connections: { type: "string", default: "8" },
    idle: { type: "string", default: "0" },
    set: { type: "string", multiple: true, default: [] },
    profile: { type: "string", default: "" },
  },
});

/** Engines under the same application, by name. */
const ENGINES: Readonly<Record<string, NetworkMaker>> = { embedded: startNetwork, cometbft: startCometNetwork };

const FACTS = { chainId: CHAIN_ID, gas: 100_000n, fee: 100n };
/** Sends before anything is measured: machine code for what is hot is made meanwhile. */
const WARM_UP = 6_000;
/** How long the second load lasts, at half of what the first one reached. */
const HALF_SECONDS = 15;
const MIB = 2 ** 20;

interface Measured extends LoadReport {
  /** Milliseconds of CPU per send and validator. */
  readonly nodeCpu: number;
  readonly ownCpu: number;
}

/** Each call takes the next sequences of every sender. */
class Wallet {
  readonly #senders: ReturnType<typeof createSenders>;
  #sequence = 0;

  constructor(firstNumber: bigint) {
    this.#senders = createSenders(Number(flags.senders), firstNumber);
  }

  sign(total: number): Uint8Array[][] {
    const each = Math.max(1, Math.ceil(total / this.#senders.length));
    const first = this.#sequence;
    this.#sequence += each;
    return this.#senders.map((sender) => signSends(sender, FACTS, first, each));
  }
}

async function measureLoad(network: BenchNetwork, queues: readonly Uint8Array[][], rate: number): Promise<Measured> {
  const used = (): { readonly nodes: number; readonly own: number } => ({ nodes: network.cpuMs(), own: cpuMs() });
  const before = used();
  let after = before;
  const [batch, window] = [Number(flags.batch), Number(flags.window)];
  const connections = Math.ceil(Number(flags.connections) / network.rpcs.length);
  const report = await runLoad(queues, { rpcs: network.rpcs, connections, batch: rate === 0 ? batch : 1, rate, window, onEnd: () => void (after = used()) });
  const nodeCpu = (after.nodes - before.nodes) / report.sent / network.rpcs.length;
  return { ...report, nodeCpu, ownCpu: (after.own - before.own) / report.sent };
}

async function idleBlockMs([rpc = ""]: readonly string[], count: number): Promise<string> {
  if (count === 0) return "-";
  const { height } = await queryStatus(rpc);
  let to = height;
  while (to < height + count) {
    await pause(100);
    to = (await queryStatus(rpc)).height;
  }
  const times = (await blocks(rpc, height, to)).map((b) => b.time);
  return median(times.slice(1).map((time, i) => time - (times[i] ?? time))).toFixed(0);
}

function at(sorted: readonly number[], share: number): string {
  return ((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN) / 1_000).toFixed(2);
}

function profileFlags(): string[] {
  if (flags.profile === "") return [];
  const dir = resolve(flags.profile);
  mkdirSync(dir, { recursive: true });
  return ["--cpu-prof", `--cpu-prof-dir=${dir}`, "--cpu-prof-interval=500"];
}

async function firstAccount(rpc: string): Promise<bigint> {
  const client = await StargateClient.connect(rpc);
  const { accountNumber } = await client.getSequence(createSigner("sender 0").text);
  client.disconnect();
  return accountNumber;
}

async function measure(maker: NetworkMaker, validators: number): Promise<string[]> {
  const funded = Array.from({ length: Number(flags.senders) }, (_, i) => createSigner(`sender ${i}`).address);
  const accounts = funded.map((address) => ({ address, amount: toUopen(1_000_000_000n), from: "community" as const }));
  const settings = { "tx_index.indexer": JSON.stringify(flags.index), ...Object.fromEntries(flags.set.map((s) => s.split("=", 2))) } as Record<string, string>;
  const network = await maker({ validators, accounts, timeoutCommitMs: Number(flags.commit), settings, flags: profileFlags() });
  try {
    const idle = await idleBlockMs(network.rpcs, Number(flags.idle));
    const wallet = new Wallet(await firstAccount(network.rpcs[0] ?? ""));
    await measureLoad(network, wallet.sign(WARM_UP), 0);
    const full = await measureLoad(network, wallet.sign(Number(flags.sends)), 0);
    const rate = full.sent / full.seconds;
    const half = await measureLoad(network, wallet.sign((HALF_SECONDS * rate) / 2), rate / 2);
    return [
      validators.toString(),
      idle,
      rate.toFixed(0),
      `${full.blocks.length} of ${median(full.blocks)}`,
      full.nodeCpu.toFixed(3),
      full.ownCpu.toFixed(3),
      `${at(full.latencies, 0.5)} / ${at(full.latencies, 0.99)}`,
      (half.sent / half.seconds).toFixed(0),
      `${at(half.latencies, 0.5)} / ${at(half.latencies, 0.99)}`,
      half.nodeCpu.toFixed(3),
      (Math.max(...network.rss()) / MIB).toFixed(0),
    ];
  } finally {
    await network.stop();
  }
}

installNativeCrypto();
printMachine();
const maker = ENGINES[flags.engine];
if (maker === undefined) throw new Error(`no engine "${flags.engine}": ${Object.keys(ENGINES).join(", ")}`);
const rows: string[][] = [];
/** CPU times of runs under different load are compared by these. */
const speeds = [verifyMicros()];
for (const validators of flags.validators.split(",")) {
  rows.push(await measure(maker, Number(validators)));
  speeds.push(verifyMicros());
}
console.log(`one signature check, between the runs: ${speeds.map((us) => us.toFixed(0)).join(", ")} us of CPU`);
printTable(
  [
    "validators",
    "idle block ms",
    "sends/s",
    "blocks, median size",
    "CPU ms per send and validator",
    "generator",
    "p50 / p99 s",
    "half: sends/s",
    "p50 / p99 s",
    "CPU ms",
    "MiB",
  ],
  rows,
);
