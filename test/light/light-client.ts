/** CometBFT's own light client as a process: `cometbft light`, asked over the proxy that it serves. Tests only. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnyJson } from "./relay.js";
import { freePort } from "../../node/testkit/free-port.js";

export interface LightClientOptions {
  readonly binary: string;
  readonly chainId: string;
  readonly primary: string;
  readonly witnesses: readonly string[];
  /** Trusted from the start. */
  readonly trusted: { readonly height: bigint; readonly hash: string };
  readonly isSequential: boolean;
}

export interface LightAnswer {
  readonly result?: AnyJson;
  readonly error?: { readonly data?: string; readonly message: string };
}

export interface LightClient {
  /** One call of its RPC; what it cannot verify is an `error`. */
  call(path: string): Promise<LightAnswer>;
  stop(): Promise<void>;
}

async function isServing(url: string, process: ChildProcess): Promise<boolean> {
  while (process.exitCode === null) {
    const isUp = await fetch(`${url}/health`).then(() => true, () => false);
    if (isUp) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function asHost(url: string): string {
  return url.replace("http://", "tcp://");
}

export async function startLightClient(options: LightClientOptions): Promise<LightClient> {
  const { binary, chainId, primary, witnesses, trusted, isSequential } = options;
  const dir = mkdtempSync(join(tmpdir(), "light-"));
  const port = await freePort();
  const args = [
    ...["light", chainId, "--primary", asHost(primary), "--witnesses", witnesses.map(asHost).join(",")],
    ...["--height", trusted.height.toString(), "--hash", trusted.hash, "--home-dir", dir],
    ...["--laddr", `tcp://127.0.0.1:${port}`, ...(isSequential ? ["--sequential"] : [])],
  ];
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (said = (said + bytes.toString()).slice(-4_000)));
  const url = `http://127.0.0.1:${port}`;
  if (!(await isServing(url, child))) throw new Error(`the light client ended: ${said}`);
  return {
    call: async (path) => (await (await fetch(`${url}/${path}`)).json()) as LightAnswer,
    stop: async () => {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill("SIGKILL")) await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
