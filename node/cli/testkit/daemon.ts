/** openledgerd as a child process, built from the sources once per test run. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A temporary home, and the program to use on it. */
export interface TestDaemon {
  readonly home: string;
  /** Runs to the end. `input`: what stands on standard input. */
  run(args: readonly string[], input?: string): Promise<Ran>;
  /** The node itself, going on until `kill`. */
  spawn(args: readonly string[]): ReturnType<typeof spawn>;
  remove(): void;
}

let program: Promise<string> | undefined;

/** One file, under the repository so that it finds the packages, by its real path, which main.ts compares; removed when the tests end. */
async function buildProgram(): Promise<string> {
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const dir = realpathSync(mkdtempSync(join(cache, "openledgerd-")));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const outfile = join(dir, "openledgerd.mjs");
  await build({
    entryPoints: [join(ROOT, "node/main.ts")],
    outfile,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20.19",
    logLevel: "warning",
  });
  return outfile;
}

/** Each has a home of its own that does not exist yet. */
export async function createTestDaemon(env: Readonly<Record<string, string>> = {}): Promise<TestDaemon> {
  const file = await (program ??= buildProgram());
  const dir = mkdtempSync(join(tmpdir(), "openledgerd-"));
  const home = join(dir, "home");
  const start = (args: readonly string[]): ReturnType<typeof spawn> =>
    spawn(process.execPath, [file, ...args], {
      env: { PATH: process.env["PATH"] ?? "", HOME: dir, OPENLEDGER_HOME: home, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
  return {
    home,
    spawn: start,
    run(args, input = "") {
      const child = start(args);
      let [out, err] = ["", ""];
      child.stdout?.on("data", (bytes: Buffer) => (out += bytes.toString()));
      child.stderr?.on("data", (bytes: Buffer) => (err += bytes.toString()));
      // A program that ends without reading its input closes the pipe.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(input);
      return new Promise((resolve, reject) => child.once("error", reject).once("close", (code) => resolve({ code, out, err })));
    },
    remove: () => {
      if (existsSync(dir)) rmSync(dir, { recursive: true, force: true });
    },
  };
}
