import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { NODE_FLAGS, built } from "../root.js";
import type { TestnetHome, TestnetState } from "../home.js";
import { waitFor } from "../wait.js";
import { logTail } from "./child.js";
import { queryStatus } from "./node-status.js";
import { isPortFree } from "./ports.js";
import type { ValidatorPorts } from "./ports.js";
import { Supervisor } from "./supervisor.js";
import type { OnExit } from "./supervisor.js";

/** A running testnet. */
export interface Testnet {
  readonly endpoints: readonly NodeEndpoint[];
  readonly supervisor: Supervisor;
  /** Starts a validator that was ended before. */
  startValidator(index: number): void;
  /** Validators first, then sidecars; nothing is left. */
  stop(): Promise<void>;
}

export interface NodeEndpoint {
  readonly name: string;
  readonly rpc: string;
  readonly grpc: string;
  readonly api: string;
  readonly sidecar: string;
}

export interface LaunchOptions {
  readonly home: TestnetHome;
  readonly state: TestnetState;
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
  readonly onProgress: (text: string) => void;
  /** Arguments of the sidecar of a validator, before the usual ones; a test may put another program there. */
  readonly sidecarProgram?: (index: number) => string | undefined;
}

const SIDECAR_POLICY: OnExit = { kind: "restart", attempts: 5, pauseMs: 500 };
const START_MS = 90_000;

export function endpointsOf(ports: readonly ValidatorPorts[]): NodeEndpoint[] {
  return ports.map((port, i) => ({
    name: `validator-${i}`,
    rpc: `http://127.0.0.1:${port.rpc}`,
    grpc: `127.0.0.1:${port.grpc}`,
    api: `http://127.0.0.1:${port.api}`,
    sidecar: `127.0.0.1:${port.sidecar}`,
  }));
}

/** @throws Error naming a port that something else listens on. */
async function checkPortsFree({ ports, engine }: TestnetState): Promise<void> {
  const comet = engine === "cometbft" ? ports.map((p) => p.comet) : [];
  const wanted = new Set([...ports.flatMap((p) => [p.p2p, p.rpc, p.grpc, p.api, p.sidecar]), ...comet]);
  for (const port of wanted) {
    if (await isPortFree(port)) continue;
    throw new Error(`port ${port} is in use: is this testnet running already? Stop it, or start another one with --home`);
  }
}

/** @throws Error when the product was not built. */
function checkBuilt(): void {
  if (!existsSync(built("node/main.js"))) throw new Error('dist/ holds no node: run "npm run build" first');
}

function startSidecar(options: LaunchOptions, supervisor: Supervisor, index: number): void {
  const { home, state } = options;
  const program = options.sidecarProgram?.(index) ?? built("sidecar/main.js");
  const port = state.ports[index]?.sidecar ?? 0;
  const token = join(home.validator(index), "config", "sidecar_token");
  const name = `sidecar-${index}`;
  const args = [program, "--listen", `127.0.0.1:${port}`, "--token-file", token, "--watch-stdin"];
  supervisor.start({ name, command: process.execPath, args, logFile: home.log(name) }, SIDECAR_POLICY);
}

function startValidator({ home }: LaunchOptions, supervisor: Supervisor, index: number): void {
  const name = `validator-${index}`;
  const args = [...NODE_FLAGS, built("node/main.js"), "start", "--home", home.validator(index), "--watch-parent"];
  supervisor.start({ name, command: process.execPath, args, logFile: home.log(name) }, { kind: "report" });
}

async function awaitFirstBlock(options: LaunchOptions, supervisor: Supervisor, endpoints: readonly NodeEndpoint[]): Promise<void> {
  for (const { name, rpc } of endpoints) {
    await waitFor(`${name} reaches its first block`, async () => {
      if (supervisor.child(name)?.isRunning() !== true) {
        throw new Error(`${name} ended before its first block; its log (${options.home.log(name)}) says:\n${logTail(options.home.log(name))}`);
      }
      const status = await queryStatus(rpc).catch(() => undefined);
      options.onProgress(`${name} at height ${status?.height ?? 0}`);
      return status !== undefined && status.height >= 1 ? status : undefined;
    }, { timeoutMs: START_MS, signal: options.signal, advice: `Read ${options.home.log(name)}.` });
  }
}

/**
 * Starts a sidecar for each validator (one for all where the ports say so), then the validators, and waits until each
 * has its first block. What was started is stopped again when that fails.
 */
export async function launch(options: LaunchOptions): Promise<Testnet> {
  const { home, state } = options;
  checkBuilt();
  await checkPortsFree(state);
  mkdirSync(home.logs, { recursive: true });
  const supervisor = new Supervisor({ onNotice: options.onNotice });
  const endpoints = endpointsOf(state.ports);
  try {
    const sidecars = new Map(state.ports.map((port, i) => [port.sidecar, i] as const).reverse());
    for (const index of [...sidecars.values()].sort((a, b) => a - b)) startSidecar(options, supervisor, index);
    for (const index of state.ports.keys()) startValidator(options, supervisor, index);
    await awaitFirstBlock(options, supervisor, endpoints);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  return {
    endpoints,
    supervisor,
    startValidator: (index) => startValidator(options, supervisor, index),
    stop: () => supervisor.stop(),
  };
}
