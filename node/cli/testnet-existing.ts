/** A network that an earlier `testnet` command left in a folder, and whether the flags of this one fit it. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { loadGenesis } from "../config/genesis-file.js";
import { homeAt, readSettings } from "../config/home.js";
import type { Home } from "../config/home.js";
import type { EngineChoice } from "../config/settings.js";
import { EdgeFailure } from "../errors.js";

/** Names of the folders of the nodes, in order; empty where there is no network. */
export function nodesIn(dir: string, prefix: string): readonly string[] {
  if (!existsSync(dir)) return [];
  const number = (name: string): number => Number(name.slice(prefix.length));
  return readdirSync(dir)
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .toSorted((a, b) => number(a) - number(b));
}

/** What flags say of a network; those that nobody typed are absent. */
export interface WantedNetwork {
  readonly validatorCount?: number;
  readonly chainId?: string;
  readonly engine?: EngineChoice;
  readonly minGasPriceMicro?: bigint;
  readonly commitMs?: number;
  /** Of the first node. */
  readonly p2pPort?: number;
  readonly rpcPort?: number;
  readonly grpcPort?: number;
  readonly apiPort?: number;
}

/** A flag, what it says, and what the network has: both as they would be typed. */
type Row = readonly [flag: string, wanted: unknown, found: unknown];

function formatGasPrice(micro: bigint): string {
  const parts = (micro % 1_000_000n).toString().padStart(6, "0").replace(/0+$/, "");
  return `${micro / 1_000_000n}${parts === "" ? "" : `.${parts}`}uopen`;
}

function formatMs(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

function rowsOf(wanted: WantedNetwork, homes: readonly Home[]): readonly Row[] {
  return homes.flatMap((home, i): readonly Row[] => {
    const { engine, minGasPriceMicro, consensus, p2p, rpc, grpc, api } = readSettings(home);
    const shared: readonly Row[] = [
      ["--engine", wanted.engine, engine],
      ["--minimum-gas-prices", wanted.minGasPriceMicro === undefined ? undefined : formatGasPrice(wanted.minGasPriceMicro), formatGasPrice(minGasPriceMicro)],
      ["--commit-timeout", wanted.commitMs === undefined ? undefined : formatMs(wanted.commitMs), formatMs(consensus.commitMs)],
    ];
    if (i > 0) return shared;
    return [
      ["--validator-count", wanted.validatorCount, homes.length],
      ["--chain-id", wanted.chainId, loadGenesis(home).chainId],
      ...shared,
      ["--p2p-port", wanted.p2pPort, p2p.port],
      ["--rpc-port", wanted.rpcPort, rpc.port],
      ["--grpc-port", wanted.grpcPort, grpc.port],
      ["--api-port", wanted.apiPort, api.port],
    ];
  });
}

/** A flag that did nothing would mislead: it says how a network is made. @throws EdgeFailure "config". */
export function checkWanted(dir: string, wanted: WantedNetwork, homes: readonly Home[]): void {
  const [flag, , found] = rowsOf(wanted, homes).find(([, asked, has]) => asked !== undefined && asked !== has) ?? [];
  if (flag === undefined) return;
  const moving = flag === "--engine" ? "; `openledgerd engine move` moves a chain from one engine to the other (docs/engines.md)" : "";
  throw new EdgeFailure("config", `the network in ${dir} was made with ${flag} ${String(found)}: leave the flag out, or make another with --output-dir${moving}`);
}

/** Homes below a network's folder. */
export function homesIn(dir: string, names: readonly string[], daemonHome: string): readonly Home[] {
  return names.map((name) => homeAt(join(dir, name, daemonHome)));
}
