/** A network of real processes without sidecars, for measurements of the chain itself. */
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTomlValue } from "../node/config/edit-toml.js";
import type { EngineChoice } from "../node/config/settings.js";
import { createTestnet } from "../node/config/testnet.js";
import type { TestnetOptions } from "../node/config/testnet.js";
import { startChild } from "../testnet/launcher/child.js";
import type { Child } from "../testnet/launcher/child.js";
import { callRpc, queryStatus } from "../testnet/launcher/node-status.js";
import { choosePorts } from "../testnet/launcher/ports.js";
import type { ValidatorPorts } from "../testnet/launcher/ports.js";
import { NODE_FLAGS, REPOSITORY, built } from "../testnet/root.js";

export const CHAIN_ID = "openledger-bench-1";

export interface BenchNetwork {
  /** JSON-RPC of each validator. */
  readonly rpcs: readonly string[];
  /** All that each listens on. */
  readonly ports: readonly ValidatorPorts[];
  /** Milliseconds of CPU that all validators have used together; NaN where /proc is missing. */
  cpuMs(): number;
  /** Bytes of memory that each validator holds; NaN where /proc is missing. */
  rss(): readonly number[];
  /** Ends every process and removes the folder. */
  stop(): Promise<void>;
}

export interface BenchNetworkOptions {
  readonly validators: number;
  readonly accounts: TestnetOptions["accounts"];
  /** Pace of idle blocks, see node/config/engine.ts. */
  readonly timeoutCommitMs: number;
  /** What every node's config.toml has beside the defaults: `section.name` and its TOML. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The same of app.toml. */
  readonly appSettings?: Readonly<Record<string, string>>;
  /** Flags of the runtime, for a profile. */
  readonly flags?: readonly string[];
}

/** Starts a network to be measured: ours, or another engine under the same application. */
export type NetworkMaker = (options: BenchNetworkOptions) => Promise<BenchNetwork>;

const MS_PER_TICK = 10;

function cpuOfProcess(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return Number.NaN;
  }
}

function rssOfProcess(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1_024;
  } catch {
    return Number.NaN;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function awaitHeight(rpc: string, height: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const status = await queryStatus(rpc).catch(() => undefined);
    if (status !== undefined && status.height >= height) return;
    await pause(100);
  }
  throw new Error(`${rpc} did not reach height ${height}: was the product built (npm run build)?`);
}

function changed(toml: string, settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings).reduce((text, [place, value]) => {
    const dot = place.lastIndexOf(".");
    return setTomlValue(text, { section: place.slice(0, Math.max(0, dot)), name: place.slice(dot + 1) }, value);
  }, toml);
}

/** A process and those that it started: where CometBFT is the engine, each node has one. */
function familyOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
  } catch {
    return [pid];
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Milliseconds of CPU that a process and those that it started have used. */
export function cpuOfFamily(pid: number): number {
  return sum(familyOf(pid).map(cpuOfProcess));
}

async function start(engine: EngineChoice, options: BenchNetworkOptions): Promise<BenchNetwork> {
  const { validators, accounts, timeoutCommitMs, settings = {}, appSettings = {}, flags = [] } = options;
  const dir = mkdtempSync(join(tmpdir(), "openledger-bench-"));
  const ports = await choosePorts(validators);
  const baseModel = join(REPOSITORY, "sidecar", "base", "model");
  const nodes = await createTestnet({ dir, engine, chainId: CHAIN_ID, ports, accounts, baseModel, timeoutCommitMs, nowMs: Date.now() });
  mkdirSync(join(dir, "logs"));
  for (const { home } of nodes) {
    writeFileSync(home.config, changed(readFileSync(home.config, "utf8"), settings));
    writeFileSync(home.app, changed(readFileSync(home.app, "utf8"), appSettings));
  }
  const children: Child[] = nodes.map(({ home }, i) =>
    startChild({
      name: `validator-${i}`,
      command: process.execPath,
      args: [...NODE_FLAGS, ...flags, built("node/main.js"), "start", "--home", home.dir, "--watch-parent"],
      logFile: join(dir, "logs", `validator-${i}.log`),
    }),
  );
  const rpcs = ports.map((p) => `http://127.0.0.1:${p.rpc}`);
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop(10_000)));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await Promise.all(rpcs.map((rpc) => awaitHeight(rpc, 2)));
  } catch (error) {
    await stop();
    throw error;
  }
  const cpuMs = (): number => sum(children.map(({ pid }) => cpuOfFamily(pid)));
  return { rpcs, ports, cpuMs, rss: () => children.map(({ pid }) => sum(familyOf(pid).map(rssOfProcess))), stop };
}

export const startNetwork: NetworkMaker = (options) => start("embedded", options);

/** CometBFT under the same application and behind the same RPC, which passes transactions on to CometBFT's. */
export const startCometNetwork: NetworkMaker = (options) => start("cometbft", options);

export interface BlockFacts {
  readonly height: number;
  /** Milliseconds since 1970, from the header. */
  readonly time: number;
  readonly transactions: number;
}

interface BlockMeta {
  readonly header: { readonly height: string; readonly time: string };
  readonly num_txs: string;
}

/** Blocks `from` to `to`, in order; transaction 0 is not counted. */
export async function blocks(rpc: string, from: number, to: number): Promise<BlockFacts[]> {
  const found: BlockFacts[] = [];
  for (let low = from; low <= to; low += 20) {
    const range = { minHeight: low.toString(), maxHeight: Math.min(low + 19, to).toString() };
    const { block_metas: metas } = (await callRpc(rpc, "blockchain", range)) as { block_metas: readonly BlockMeta[] };
    for (const { header, num_txs } of metas.toReversed()) {
      const height = Number(header.height);
      const injected = height > 1 ? 1 : 0;
      found.push({ height, time: Date.parse(header.time), transactions: Math.max(0, Number(num_txs) - injected) });
    }
  }
  return found;
}
