/** One machine of a page: a home, a shell in which `openledgerd` is the program, and a node with ports of its own. Tests only. */
import type { ChildProcess } from "node:child_process";
import { expect } from "chai";
import { createTestDaemon } from "./daemon.js";
import type { TestDaemon } from "./daemon.js";
import { freePort } from "../../testkit/free-port.js";

/** Ports of a node. */
export interface MachinePorts {
  readonly rpc: number;
  readonly p2p: number;
  readonly grpc: number;
  readonly api: number;
}

/** What a page writes for the doors of a node; a machine has others, since more than one test runs at a time. */
const STANDARD: readonly (readonly [keyof MachinePorts, string])[] = [["rpc", "26657"], ["grpc", "9090"], ["api", "1317"]];

export class Machine {
  readonly daemon: TestDaemon;
  readonly ports: MachinePorts;
  #node: ChildProcess | undefined;
  #log = "";

  private constructor(daemon: TestDaemon, ports: MachinePorts) {
    this.daemon = daemon;
    this.ports = ports;
  }

  static async create(): Promise<Machine> {
    const daemon = await createTestDaemon({ OPENLEDGER_KEYRING_BACKEND: "test" });
    return new Machine(daemon, { rpc: await freePort(), p2p: await freePort(), grpc: await freePort(), api: await freePort() });
  }

  /** A page's text, with this machine's ports in place of the standard ones. */
  here(text: string): string {
    return STANDARD.reduce((changed, [door, port]) => changed.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${this.ports[door]}`), text);
  }

  /** What the script prints; it must succeed. */
  async shell(script: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, out, err } = await this.daemon.shell(script, variables);
    expect(code, `${script}\n${out}${err}`).to.equal(0);
    return out;
  }

  /** Nodes of a page share this machine, so each needs ports of its own. `doors`: gRPC and REST too. */
  settle(doors = false): Promise<string> {
    const { rpc, p2p, grpc, api } = this.ports;
    const settings = [
      ["config", "rpc.laddr", `tcp://127.0.0.1:${rpc}`],
      ["config", "p2p.laddr", `tcp://127.0.0.1:${p2p}`],
      ["config", "consensus.timeout_commit_ms", "400"],
      ["app", "grpc.enable", String(doors)],
      ["app", "grpc.address", `127.0.0.1:${grpc}`],
      ["app", "api.enable", String(doors)],
      ["app", "api.address", `tcp://127.0.0.1:${api}`],
      ["client", "node", `tcp://127.0.0.1:${rpc}`],
    ] as const;
    return this.shell(settings.map((words) => `openledgerd config set ${words.join(" ")}`).join("\n"));
  }

  start(): void {
    const node = this.daemon.spawn(["start"]);
    node.stdout?.on("data", (bytes: Buffer) => (this.#log = (this.#log + bytes.toString()).slice(-4_000)));
    node.stderr?.on("data", (bytes: Buffer) => (this.#log = (this.#log + bytes.toString()).slice(-4_000)));
    this.#node = node;
  }

  async stop(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    if (node === undefined || node.exitCode !== null) return;
    const exited = new Promise((resolve) => node.once("exit", resolve));
    node.kill("SIGTERM");
    await exited;
  }

  /** Asks again until the answer satisfies. */
  async until<T>(args: readonly string[], holds: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const { code, out } = await this.daemon.runHere([...args, "--output", "json"]);
      if (code === 0 && holds(JSON.parse(out) as T)) return JSON.parse(out) as T;
      const node = this.#node;
      if (node !== undefined) expect(node.exitCode, this.#log).to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  caughtUp(): Promise<unknown> {
    type Status = { readonly sync_info: { readonly latest_block_height: string; readonly catching_up: boolean } };
    return this.until<Status>(["status"], ({ sync_info }) => Number(sync_info.latest_block_height) > 1 && !sync_info.catching_up);
  }
}
