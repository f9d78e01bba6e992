/** Validators as processes on a mesh of wires, and what is done to them. Tests only. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestnet } from "../../../node/config/testnet.js";
import type { TestnetNode, TestnetOptions } from "../../../node/config/testnet.js";
import { logTail, startChild } from "../../../testnet/launcher/child.js";
import type { Child } from "../../../testnet/launcher/child.js";
import { callRpc, queryStatus } from "../../../testnet/launcher/node-status.js";
import { choosePorts } from "../../../testnet/launcher/ports.js";
import { REPOSITORY, built } from "../../../testnet/root.js";
import { createMesh } from "./mesh.js";
import type { Mesh } from "./mesh.js";

export const PERTURBED_CHAIN = "perturbed-1";

/** As CometBFT's end-to-end tests have them (performance.md §2.1). */
export const PERTURBATIONS = ["disconnect", "pause", "kill", "restart"] as const;
export type Perturbation = (typeof PERTURBATIONS)[number];

const OUTAGE_MS = 10_000;
const POLL_MS = 100;

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface BlockMeta {
  readonly block_id: { readonly hash: string };
  readonly header: { readonly height: string; readonly app_hash: string };
}

export class PerturbedNetwork {
  readonly dir: string;
  readonly rpcs: readonly string[];
  readonly #nodes: readonly TestnetNode[];
  readonly #mesh: Mesh;
  readonly #children = new Map<number, Child>();

  private constructor(dir: string, nodes: readonly TestnetNode[], mesh: Mesh) {
    this.dir = dir;
    this.#nodes = nodes;
    this.#mesh = mesh;
    this.rpcs = nodes.map(({ ports }) => `http://127.0.0.1:${ports.rpc}`);
  }

  static async start(validators: number, accounts: TestnetOptions["accounts"]): Promise<PerturbedNetwork> {
    const dir = mkdtempSync(join(tmpdir(), "openledger-perturbed-"));
    const ports = await choosePorts(validators);
    const baseModel = join(REPOSITORY, "sidecar", "base", "model");
    const options = { chainId: PERTURBED_CHAIN, ports, accounts, baseModel, timeoutCommitMs: 1_000, nowMs: Date.now() };
    const nodes = await createTestnet({ dir, ...options });
    const mesh = await createMesh(ports.map(({ p2p }) => p2p));
    mkdirSync(join(dir, "logs"));
    const network = new PerturbedNetwork(dir, nodes, mesh);
    for (const i of nodes.keys()) network.#rewire(i);
    for (const i of nodes.keys()) network.#launch(i);
    return network;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.stop(10_000)));
    await this.#mesh.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Does it, and returns when the node could be well again. */
  async perturb(i: number, what: Perturbation): Promise<void> {
    if (what === "disconnect") return this.#disconnect(i);
    const child = this.#child(i);
    if (what === "pause") {
      child.kill("SIGSTOP");
      await pause(OUTAGE_MS);
      return child.kill("SIGCONT");
    }
    child.kill(what === "kill" ? "SIGKILL" : "SIGTERM");
    await child.exited;
    this.#launch(i);
  }

  async height(i: number): Promise<number> {
    const status = await queryStatus(this.rpcs[i] ?? "").catch(() => undefined);
    return status?.height ?? 0;
  }

  /** Resolves when the node has what the others have; milliseconds that took. @throws Error when it takes too long. */
  async atTheTip(i: number, withinMs: number): Promise<number> {
    const from = performance.now();
    const others = this.rpcs.map((_, j) => j).filter((j) => j !== i);
    for (;;) {
      const top = Math.max(...(await Promise.all(others.map((j) => this.height(j)))));
      const own = await this.height(i);
      const took = performance.now() - from;
      if (own >= top && own > 0) return took;
      if (took > withinMs) throw new Error(`node ${i} is at ${own} of ${top} after ${Math.round(took)} ms\n${this.log(i)}`);
      await pause(POLL_MS);
    }
  }

  async reached(height: number, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (const i of this.rpcs.keys()) {
      while ((await this.height(i)) < height) {
        if (performance.now() > deadline) throw new Error(`node ${i} did not reach ${height}\n${this.log(i)}`);
        await pause(POLL_MS);
      }
    }
  }

  peers(i: number): Promise<number> {
    return callRpc(this.rpcs[i] ?? "", "net_info").then((info) => Number((info as { n_peers: string }).n_peers));
  }

  /** "block hash application hash" of every height up to this one. */
  async history(i: number, height: number): Promise<string[]> {
    const lines: string[] = [];
    for (let low = 1; low <= height; low += 20) {
      const range = { minHeight: low.toString(), maxHeight: Math.min(low + 19, height).toString() };
      const { block_metas: metas } = (await callRpc(this.rpcs[i] ?? "", "blockchain", range)) as { block_metas: readonly BlockMeta[] };
      lines.push(...metas.toReversed().map(({ block_id: id, header }) => `${header.height} ${id.hash} ${header.app_hash}`));
    }
    return lines;
  }

  log(i: number): string {
    return logTail(this.#logFile(i), 20);
  }

  async #disconnect(i: number): Promise<void> {
    this.#mesh.cut(i);
    await pause(OUTAGE_MS);
    const left = await this.peers(i);
    this.#mesh.mend(i);
    if (left > 0) throw new Error(`node ${i} still has ${left} peers: there is another way`);
  }

  /** Its neighbours are at the near ends of their wires. */
  #rewire(i: number): void {
    const file = join(this.#node(i).home.dir, "config", "config.toml");
    let text = readFileSync(file, "utf8");
    for (const [j, { ports }] of this.#nodes.entries()) {
      if (j !== i) text = text.replaceAll(`/tcp/${ports.p2p}/p2p/`, `/tcp/${this.#mesh.port(i, j)}/p2p/`);
    }
    writeFileSync(file, text);
  }

  #launch(i: number): void {
    const args = [built("node/main.js"), "start", "--home", this.#node(i).home.dir, "--watch-parent"];
    this.#children.set(i, startChild({ name: `validator-${i}`, command: process.execPath, args, logFile: this.#logFile(i) }));
  }

  #logFile(i: number): string {
    return join(this.dir, "logs", `validator-${i}.log`);
  }

  #node(i: number): TestnetNode {
    const node = this.#nodes[i];
    if (node === undefined) throw new RangeError(`no node ${i}`);
    return node;
  }

  #child(i: number): Child {
    const child = this.#children.get(i);
    if (child === undefined) throw new RangeError(`node ${i} was not started`);
    return child;
  }
}
