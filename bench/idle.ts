/**
 * What an idle network does: the time between blocks (of their headers), the rounds that heights took, and what a block without
 * transactions costs. Each engine runs the same application with the same timeouts; each validator is a process of its own (two where
 * CometBFT is the engine: both are counted). No sidecars run.
 *
 * Build first: npm run build && npx tsx bench/idle.ts [options]
 *   --engines embedded,cometbft   --validators 1,4   --blocks 100   --commit 200 (timeout_commit, ms)
 */
import { parseArgs } from "node:util";
import { callRpc, queryStatus } from "../testnet/launcher/node-status.js";
import { percentile, printMachine, printTable } from "./machine.js";
import { blocks, pause, startCometNetwork, startNetwork } from "./network.js";
import type { BenchNetwork, NetworkMaker } from "./network.js";

const { values: flags } = parseArgs({
  options: {
    engines: { type: "string", default: "embedded,cometbft" },
    validators: { type: "string", default: "1,4" },
    blocks: { type: "string", default: "100" },
    commit: { type: "string", default: "200" },
  },
});

const ENGINES: Readonly<Record<string, NetworkMaker>> = { embedded: startNetwork, cometbft: startCometNetwork };
/** Blocks before anything is measured: peers find each other, and machine code for what is hot is made. */
const WARM_UP = 30;
const MIB = 2 ** 20;

/** Looks seldom: what is measured should be the chain's work and not the answers to us. Returns the height, which may be above. */
async function reach(rpc: string, height: number): Promise<number> {
  for (;;) {
    const { height: now } = await queryStatus(rpc);
    if (now >= height) return now;
    await pause(500);
  }
}

/** The round that decided each height; 0 is the first. */
async function rounds(rpc: string, from: number, to: number): Promise<number[]> {
  const found: number[] = [];
  for (let height = from; height <= to; height++) {
    const answer = (await callRpc(rpc, "commit", { height: height.toString() })) as { signed_header: { commit: { round: number } } };
    found.push(answer.signed_header.commit.round);
  }
  return found;
}

async function watch(network: BenchNetwork): Promise<string[]> {
  const [rpc = ""] = network.rpcs;
  const from = await reach(rpc, WARM_UP);
  const before = network.cpuMs();
  const to = await reach(rpc, from + Number(flags.blocks));
  const cpu = (network.cpuMs() - before) / (to - from) / network.rpcs.length;
  const rss = Math.max(...network.rss()) / MIB;
  const times = (await blocks(rpc, from, to)).map((b) => b.time);
  const intervals = times.slice(1).map((time, i) => time - (times[i] ?? time));
  const taken = (await rounds(rpc, from + 1, to)).map((round) => round + 1);
  const mean = taken.reduce((sum, n) => sum + n, 0) / taken.length;
  return [
    percentile(intervals, 0.5).toFixed(0),
    percentile(intervals, 0.99).toFixed(0),
    mean.toFixed(2),
    Math.max(...taken).toString(),
    cpu.toFixed(2),
    rss.toFixed(0),
  ];
}

async function measure(engine: string, validators: number): Promise<string[]> {
  const maker = ENGINES[engine];
  if (maker === undefined) throw new Error(`no engine "${engine}": ${Object.keys(ENGINES).join(", ")}`);
  const network = await maker({ validators, accounts: [], timeoutCommitMs: Number(flags.commit) });
  try {
    return [engine, validators.toString(), ...(await watch(network))];
  } finally {
    await network.stop();
  }
}

printMachine();
const rows: string[][] = [];
for (const validators of flags.validators.split(",")) {
  for (const engine of flags.engines.split(",")) {
    rows.push(await measure(engine, Number(validators)));
    console.log(rows.at(-1)?.join("  "));
  }
}
printTable(["engine", "validators", "block ms p50", "p99", "rounds per height", "most", "CPU ms per block and validator", "MiB"], rows);
