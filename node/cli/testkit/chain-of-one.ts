/** A chain of one validator as a process, and nodes that follow it. */
import type { ChildProcess } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { createTestDaemon } from "./daemon.js";
import type { Ran, TestDaemon } from "./daemon.js";
import { freePort } from "../../testkit/free-port.js";

const TEST = ["--keyring-backend", "test"] as const;

/** The command's end must be a good one. */
export async function must(ran: Promise<Ran>): Promise<Ran> {
  const done = await ran;
  expect(done.code, done.err + done.out).to.equal(0);
  return done;
}

interface Status {
  readonly node_info: { readonly id: string };
  readonly sync_info: { readonly latest_block_height: string; readonly latest_app_hash: string; readonly earliest_block_height: string };
}

export class ChainNode {
  readonly daemon: TestDaemon;
  readonly rpc: number;
  readonly p2p: number;
  #node: ChildProcess | undefined;
  #said = "";

  constructor(daemon: TestDaemon, rpc: number, p2p: number) {
    this.daemon = daemon;
    this.rpc = rpc;
    this.p2p = p2p;
  }

  static async create(): Promise<ChainNode> {
    return new ChainNode(await createTestDaemon(), await freePort(), await freePort());
  }

  /** A home whose genesis has this node's validator alone, and accounts with 1,000 OPEN each. */
  async initValidator(chainId = "one-1", accounts: readonly string[] = []): Promise<void> {
    for (const args of [
      ["init", "ada", "--chain-id", chainId],
      ["keys", "add", "ada", ...TEST],
      ["genesis", "add-account", "ada", "9000000uopen", ...TEST],
      ...accounts.map((address) => ["genesis", "add-account", address, "1000000000uopen", ...TEST]),
      ["genesis", "gentx", "ada", "5000000uopen", ...TEST],
      ["genesis", "collect-gentxs"],
    ])
      await must(this.daemon.runHere(args));
    await this.settle();
  }

  /** A home that follows the chain of `other`, which runs. */
  async initFollower(other: ChainNode): Promise<void> {
    await must(this.daemon.runHere(["init", "bob", "--chain-id", "any-1"]));
    copyFileSync(join(other.daemon.home, "config/genesis.json"), join(this.daemon.home, "config/genesis.json"));
    const { out } = await must(other.daemon.runHere(["comet", "show-node-id", "--output", "json"]));
    const { peer_id: peer } = JSON.parse(out) as { peer_id: string };
    await this.settle();
    await this.set("config", "p2p.persistent_peers", `/ip4/127.0.0.1/tcp/${other.p2p}/p2p/${peer}`);
  }

  async set(file: string, name: string, value: string): Promise<void> {
    await must(this.daemon.runHere(["config", "set", file, name, value]));
  }

  async settle(): Promise<void> {
    await this.set("config", "rpc.laddr", `tcp://127.0.0.1:${this.rpc}`);
    await this.set("config", "p2p.laddr", `tcp://127.0.0.1:${this.p2p}`);
    await this.set("config", "consensus.timeout_commit_ms", "100");
    await this.set("app", "grpc.enable", "false");
    await this.set("app", "api.enable", "false");
    await this.set("client", "node", `tcp://127.0.0.1:${this.rpc}`);
  }

  get pid(): number | undefined {
    return this.#node?.pid;
  }

  start(): void {
    const node = this.daemon.spawn(["start"]);
    for (const stream of [node.stdout, node.stderr])
      stream?.on("data", (bytes: Buffer) => (this.#said = (this.#said + bytes.toString()).slice(-4_000)));
    this.#node = node;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    if (node === undefined || node.exitCode !== null) return;
    const exited = new Promise((resolve) => node.once("exit", resolve));
    node.kill(signal);
    await exited;
  }

  /** undefined while the node does not answer. */
  async status(): Promise<Status | undefined> {
    const { code, out } = await this.daemon.runHere(["status"]);
    return code === 0 ? (JSON.parse(out) as Status) : undefined;
  }

  async height(): Promise<number> {
    return Number((await this.status())?.sync_info.latest_block_height ?? 0);
  }

  async reach(height: number): Promise<void> {
    while ((await this.height()) < height) {
      const node = this.#node;
      if (node !== undefined) expect(node.exitCode, this.#said).to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The answer of a JSON-RPC method, or its error's text. */
  async ask<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`http://127.0.0.1:${this.rpc}/${path}`)).json()) as { result?: T; error?: { data: string } };
    if (answer.result === undefined) throw new TypeError(answer.error?.data ?? "no answer");
    return answer.result;
  }

  /** `hash appHash` of a committed block: the application hash before it. */
  async block(height: number): Promise<string> {
    const { block_id: id, block } = await this.ask<{ block_id: { hash: string }; block: { header: { app_hash: string } } }>(`block?height=${height}`);
    return `${id.hash} ${block.header.app_hash}`;
  }

  async remove(): Promise<void> {
    await this.stop("SIGKILL");
    this.daemon.remove();
  }
}
