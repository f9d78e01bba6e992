/** Nodes of the product as processes, on CometBFT: homes as `testnet init-files` writes them, ports of loopback. Tests only. */
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeTestnetFiles } from "../../cli/testnet-files.js";
import type { TestnetValidator } from "../../cli/testnet-files.js";
import { createTestDaemon } from "../../cli/testkit/daemon.js";
import type { TestDaemon } from "../../cli/testkit/daemon.js";
import { EdgeFailure, errorText } from "../../errors.js";
import { findCometBft } from "../binary.js";
import { freePort } from "../../testkit/free-port.js";
import { cometHomeOf } from "../paths.js";
import { PORT_OFFSET } from "../peers.js";

const LOOK_MS = 100;

/** Why the tests of this file are not run here; undefined where they are. */
export function cometMissing(): string | undefined {
  if (findCometBft() !== undefined) return undefined;
  return "    skipped: no cometbft on the PATH or in OPENLEDGER_COMETBFT";
}

/** Looks until there is something. @throws EdgeFailure "timeout" with the last reason. */
export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined, limitMs = 90_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  let last = "";
  while (Date.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = errorText(error);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new EdgeFailure("timeout", `${what} did not come: ${last}`);
}

/** A port that is free, and whose companion for CometBFT is. */
async function p2pPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port + PORT_OFFSET < 65_536) return port;
  }
}

export interface CometNode {
  readonly files: TestnetValidator;
  readonly rpc: string;
  readonly api: string;
  /** Standard output and error so far. */
  log(): string;
  child(): ChildProcess;
  /** Starts it, with more arguments if wanted. */
  start(...args: readonly string[]): void;
  /** Ends it with this signal and waits. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Process id of its CometBFT, if one runs. */
  cometPid(): number | undefined;
  height(): Promise<bigint>;
  reached(height: bigint): Promise<bigint>;
  /** A method of its JSON-RPC. @throws EdgeFailure "remote". */
  call(method: string, params?: Readonly<Record<string, unknown>>): Promise<Record<string, never>>;
}

export interface CometNet {
  readonly daemon: TestDaemon;
  readonly nodes: readonly CometNode[];
  stop(): Promise<void>;
}

export interface CometNetOptions {
  readonly validators: number;
  readonly commitTimeoutMs?: number;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody waited for is no process any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function callAt(url: string, method: string, params: Readonly<Record<string, unknown>>): Promise<Record<string, never>> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" }, signal: AbortSignal.timeout(20_000) });
  const { result, error } = (await response.json()) as { result?: Record<string, never>; error?: { data?: string; message: string } };
  if (result === undefined) throw new EdgeFailure("remote", error?.data ?? error?.message ?? "no answer");
  return result;
}

function createNode(files: TestnetValidator, daemon: TestDaemon): CometNode {
  const { doors, home } = files;
  const rpc = `http://127.0.0.1:${doors.rpc}`;
  let child: ChildProcess | undefined;
  let log = "";
  const current = (): ChildProcess => {
    if (child === undefined) throw new EdgeFailure("not-running", "the node was not started");
    return child;
  };
  const height = async (): Promise<bigint> => {
    const { sync_info: info } = (await callAt(rpc, "status", {})) as unknown as { sync_info: { latest_block_height: string } };
    return BigInt(info.latest_block_height);
  };
  return {
    files,
    rpc,
    api: `http://127.0.0.1:${doors.api}`,
    log: () => log,
    child: current,
    start(...args) {
      child = daemon.spawn(["start", "--home", home.dir, ...args]);
      const keep = (bytes: Buffer): void => void (log += bytes.toString());
      child.stdout?.on("data", keep);
      child.stderr?.on("data", keep);
    },
    end(signal = "SIGTERM") {
      const ending = current();
      const ended = new Promise<number | null>((resolve) => ending.once("exit", (code) => resolve(code)));
      if (ending.exitCode !== null || ending.signalCode !== null) return Promise.resolve(ending.exitCode);
      ending.kill(signal);
      return ended;
    },
    cometPid() {
      try {
        const pid = Number(readFileSync(cometHomeOf(home).pidFile, "utf8"));
        return isAlive(pid) ? pid : undefined;
      } catch {
        return undefined;
      }
    },
    height,
    reached: (wanted) => until(`height ${wanted} of ${files.name}`, async () => ((await height()) >= wanted ? height() : undefined)),
    call: (method, params = {}) => callAt(rpc, method, params),
  };
}

/** Writes the homes; nothing runs yet. */
export async function createCometNet({ validators, commitTimeoutMs = 200 }: CometNetOptions): Promise<CometNet> {
  const binary = findCometBft();
  const daemon = await createTestDaemon(binary === undefined ? {} : { OPENLEDGER_COMETBFT: binary });
  const doors = [];
  for (let i = 0; i < validators; i++) {
    doors.push({ host: "127.0.0.1", p2p: await p2pPort(), rpc: await freePort(), grpc: await freePort(), api: await freePort() });
  }
  const files = await writeTestnetFiles({
    dir: join(daemon.home, "..", "net"),
    chainId: "comet-test-1",
    doors,
    nodePrefix: "node",
    daemonHome: "",
    minimumGasPrices: "0uopen",
    commitTimeoutMs,
    keyringBackend: "test",
    engine: "cometbft",
  });
  const nodes = files.map((file) => createNode(file, daemon));
  return {
    daemon,
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.end("SIGTERM").catch(() => null)));
      daemon.remove();
    },
  };
}
