/** A home of the real CometBFT for tests: one validator on loopback, blocks as fast as the machine makes them. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INSTALL_COMMAND, findCometBft } from "../../comet/binary.js";
import { formatKeyFile } from "../../engine/key-file.js";
import { EdgeFailure } from "../../errors.js";
import { freePort } from "../../testkit/free-port.js";


/** For a `before` hook: prints why, and skips. */
export function cometOrSkip(context: { skip(): void }): string {
  const binary = findCometBft();
  if (binary === undefined) {
    process.stdout.write(`      skipped: no CometBFT 0.38 on the PATH or in OPENLEDGER_COMETBFT (${INSTALL_COMMAND})\n`);
    context.skip();
  }
  return binary ?? "";
}

const config = (stateFile: string): string => `
priv_validator_state_file = "${stateFile}"
db_backend = "goleveldb"
log_level = "info"
[rpc]
unsafe = true
[p2p]
pex = false
addr_book_strict = false
allow_duplicate_ip = true
[consensus]
timeout_propose = "1s"
timeout_commit = "100ms"
create_empty_blocks = true
[tx_index]
indexer = "kv"
`;

export interface CometHomeOptions {
  readonly dir: string;
  readonly genesis: string;
  /** 32 bytes: the validator's key. */
  readonly seed: Uint8Array;
  /** Where it notes what it signed, if not in its own data directory. */
  readonly validatorState?: string;
}

/** Writes what `cometbft start` reads. The file of what was signed is left alone if it is there. */
export function writeCometHome({ dir, genesis, seed, ...more }: CometHomeOptions): void {
  const signed = more.validatorState ?? join(dir, "data", "priv_validator_state.json");
  for (const name of ["config", "data"]) mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, "config", "config.toml"), config(signed));
  writeFileSync(join(dir, "config", "genesis.json"), genesis);
  writeFileSync(join(dir, "config", "priv_validator_key.json"), formatKeyFile(seed));
  if (!existsSync(signed)) writeFileSync(signed, JSON.stringify({ height: "0", round: 0, step: 0 }));
}

/** What `GET /status` and the like answer with. */
type Json = Readonly<Record<string, unknown>>;

export class CometProcess {
  readonly #binary: string;
  readonly #dir: string;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #rpc = "";
  /** The end of what it printed. */
  log = "";

  constructor(binary: string, dir: string) {
    this.#binary = binary;
    this.#dir = dir;
  }

  get rpcUrl(): string {
    return this.#rpc;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** "id@host:port" of this one, for others. @param port of p2p */
  peerAddress(port: number): string {
    const key = join(this.#dir, "config", "node_key.json");
    if (!existsSync(key)) execFileSync(this.#binary, ["gen-node-key", "--home", this.#dir]);
    return `${execFileSync(this.#binary, ["show-node-id", "--home", this.#dir], { encoding: "utf8" }).trim()}@127.0.0.1:${port}`;
  }

  /** @param app where the application listens, as the server printed it. @param p2p port of its own and its peers, if it has any */
  async start(app: string, p2p: { readonly port: number; readonly peers: readonly string[] } = { port: 0, peers: [] }): Promise<void> {
    const isGrpc = app.startsWith("grpc://");
    const rpc = `tcp://127.0.0.1:${await freePort()}`;
    this.#rpc = rpc.replace("tcp", "http");
    const args = ["start", "--home", this.#dir, "--rpc.laddr", rpc, "--p2p.laddr", `tcp://127.0.0.1:${p2p.port}`];
    if (p2p.peers.length > 0) args.push("--p2p.persistent_peers", p2p.peers.join(","));
    args.push("--proxy_app", isGrpc ? app.slice("grpc://".length) : app, "--abci", isGrpc ? "grpc" : "socket");
    const child = spawn(this.#binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    const keep = (chunk: Buffer): void => void (this.log = (this.log + chunk.toString()).slice(-20_000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.#child = child;
    this.#exited = new Promise((resolve) =>
      child.once("exit", () => {
        this.#child = undefined;
        resolve();
      }),
    );
  }

  /**
   * For when its application died. CometBFT 0.38 may then end by itself, hang in its own shutdown, or (over gRPC) live on with a consensus
   * that has halted in the middle of a block: as whoever runs it would, waits a little and then kills it.
   */
  async end(): Promise<void> {
    const late = setTimeout(() => this.#child?.kill("SIGKILL"), 5_000);
    await this.#exited;
    clearTimeout(late);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#child?.kill(signal);
    await this.#exited;
  }

  /** @throws EdgeFailure "remote" with CometBFT's error. */
  async call(method: string, params: Json = {}): Promise<Json> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const response = await fetch(this.#rpc, { method: "POST", body, headers: { "content-type": "application/json" } });
    const { result, error } = (await response.json()) as { readonly result?: Json; readonly error?: unknown };
    if (result === undefined) throw new EdgeFailure("remote", JSON.stringify(error));
    return result;
  }

  /** 0 while it does not answer. */
  async height(): Promise<bigint> {
    try {
      const { sync_info: sync } = await this.call("status");
      return BigInt((sync as { readonly latest_block_height: string }).latest_block_height);
    } catch {
      return 0n;
    }
  }

  /** @throws EdgeFailure "timeout" after a minute, or when the process has ended, with what it printed. */
  async reached(height: bigint): Promise<void> {
    const deadline = Date.now() + 60_000;
    while ((await this.height()) < height) {
      if (Date.now() > deadline || !this.isRunning) throw new EdgeFailure("timeout", `height ${height} not reached:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
