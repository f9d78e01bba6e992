/** Runs the nodes of a local network as processes, until it is told to stop. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readClientSettings } from "../config/client-settings.js";
import { homeAt } from "../config/home.js";
import { EdgeFailure } from "../errors.js";
import type { CommandContext } from "./common-options.js";
import { createRpc, readField, readObject } from "./rpc.js";

export interface LocalNetwork {
  readonly dir: string;
  /** Folders of the nodes. */
  readonly names: readonly string[];
  readonly daemonHome: string;
}

interface Running {
  readonly name: string;
  readonly url: string;
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
}

/** What a node has to end by itself. */
const GRACE_MS = 20_000;
const READY_MS = 120_000;
const POLL_MS = 300;

/** This very program; its standard input closes when we are gone, and then it stops. */
function startNode(name: string, { dir, daemonHome }: LocalNetwork): Running {
  const home = homeAt(join(dir, name, daemonHome));
  const [program = ""] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, program, "start", "--home", home.dir, "--watch-parent"], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const log = createWriteStream(join(dir, `${name}.log`), { flags: "a" });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  child.stdin.on("error", () => undefined);
  const exited = new Promise<number | null>((settle) => child.once("exit", (code) => settle(code)).once("error", () => settle(null)));
  return { name, url: readClientSettings(home).node, child, exited };
}

/** The last thing that a node said, and where the rest stands. */
function lastLine(file: string): string {
  const line = existsSync(file) ? (readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "") : "";
  return `${line.slice(0, 300)} (${file})`;
}

async function heightOf(url: string): Promise<bigint> {
  try {
    const status = await createRpc(url).call("status", {}, AbortSignal.timeout(5_000));
    return BigInt(readField(readObject(status["sync_info"], "sync_info"), "latest_block_height"));
  } catch (error) {
    if (error instanceof EdgeFailure) return 0n;
    throw error;
  }
}

async function ready({ name, url, child }: Running, { dir }: LocalNetwork, signal: AbortSignal): Promise<void> {
  const end = Date.now() + READY_MS;
  while ((await heightOf(url)) === 0n) {
    if (child.exitCode !== null || Date.now() > end) throw new EdgeFailure("not-running", `${name} did not start: ${lastLine(join(dir, `${name}.log`))}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function stop({ child, exited }: Running): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await exited;
  clearTimeout(timer);
}

/** Resolves when the process is asked to stop, or a node ends by itself. */
function ended(nodes: readonly Running[], signal: AbortSignal): Promise<string | undefined> {
  return Promise.race([
    new Promise<undefined>((settle) => signal.addEventListener("abort", () => settle(undefined))),
    ...nodes.map(({ name, exited }) => exited.then(() => name)),
  ]);
}

/** @throws EdgeFailure "not-running" when a node does not start, or ends. */
export async function runTestnet(network: LocalNetwork, { terminal }: CommandContext): Promise<void> {
  const stopping = new AbortController();
  const onSignal = (): void => stopping.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const nodes = network.names.map((name) => startNode(name, network));
  try {
    for (const node of nodes) await ready(node, network, stopping.signal);
    terminal.err(nodes.map(({ name, url }) => `${name}  RPC ${url}  log ${join(network.dir, `${name}.log`)}\n`).join(""));
    terminal.err("The network is up. Ctrl-C stops it.\n");
    const who = await ended(nodes, stopping.signal);
    if (who !== undefined) throw new EdgeFailure("not-running", `${who} ended by itself: ${lastLine(join(network.dir, `${who}.log`))}`);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    await Promise.all(nodes.map(stop));
  }
}
