import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { EdgeFailure } from "../errors.js";

/** A sidecar that this process started, and ends. */
export interface OwnSidecar {
  readonly address: string;
  readonly token: string;
  stop(): Promise<void>;
}

const START_MS = 60_000;
const GRACE_MS = 5_000;

/** dist/sidecar/main.js beside dist/node/. @throws EdgeFailure "config" when the product was not built. */
export function sidecarProgram(): string {
  const path = fileURLToPath(new URL("../../sidecar/main.js", import.meta.url));
  if (!existsSync(path)) throw new EdgeFailure("config", "dist/ holds no sidecar; run `npm run build` first", { path });
  return path;
}

/** The first line of its output says where it listens. */
async function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new EdgeFailure("unreachable", `the sidecar did not start: ${reason}`));
    const timer = setTimeout(() => fail("it said nothing"), START_MS);
    child.once("exit", (code) => fail(`it ended with code ${code ?? "none"}`));
    child.once("error", (error) => fail(error.message));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const address = /"listening":"([^"]+)"/.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await gone;
  clearTimeout(timer);
}

/** Starts a sidecar on a free loopback port, behind a token of its own. @throws EdgeFailure "unreachable", "config". */
export async function startOwnSidecar(program: string = sidecarProgram()): Promise<OwnSidecar> {
  const folder = mkdtempSync(join(tmpdir(), "openledger-sidecar-"));
  const token = randomBytes(24).toString("hex");
  const file = join(folder, "token");
  writeFileSync(file, token, { mode: 0o600 });
  const args = [...process.execArgv, program, "--listen", "127.0.0.1:0", "--token-file", file, "--watch-stdin"];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { address: await addressOf(child), token, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs the sidecar's own command line in place of ours; resolves to its exit code. */
export async function runSidecarProgram(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, sidecarProgram(), ...args], { stdio: "inherit" });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new EdgeFailure("unreachable", `the sidecar did not start: ${error.message}`)));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
