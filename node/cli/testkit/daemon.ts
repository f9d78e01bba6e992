/** openledgerd as a child process, built from the sources once per test run. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { EdgeFailure } from "../../errors.js";
import { runCommandLine } from "../program.js";
import type { Commands } from "../program.js";
import type { Terminal } from "../terminal.js";

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
  /** The same within this process: quicker, for what needs no process of its own. */
  runHere(args: readonly string[], input?: string): Promise<Ran>;
  /** A script of a shell in which `openledgerd` is this program; stops at the first command that fails. */
  shell(script: string, variables?: Readonly<Record<string, string>>): Promise<Ran>;
  /** At a terminal, where the answers are typed as their prompts appear. `out` is the screen. */
  runAtTerminal(args: readonly string[], answers: readonly (readonly [prompt: string, answer: string])[]): Promise<Ran>;
  /** The node itself, going on until `kill`. */
  spawn(args: readonly string[]): ReturnType<typeof spawn>;
  remove(): void;
}

const NO_COMMANDS: Commands = {
  start: () => Promise.reject(new TypeError("a node needs a process")),
  replay: () => Promise.reject(new TypeError("a replay needs a process")),
  signer: () => Promise.resolve(0),
      sidecar: () => Promise.reject(new TypeError("a sidecar needs a process")),
};

/** A terminal that a script is at: lines from a text. */
function scripted(input: string): { readonly terminal: Terminal; readonly said: { out: string; err: string } } {
  const lines = input.split("\n").slice(0, -1);
  const said = { out: "", err: "" };
  const line = (): Promise<string> => {
    const next = lines.shift();
    return next === undefined ? Promise.reject(new EdgeFailure("aborted", "the input ended before all questions were answered")) : Promise.resolve(next);
  };
  const terminal = {
    isInteractive: false,
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    line,
    secret: line,
    close: () => undefined,
  };
  return { terminal, said };
}

let program: Promise<string> | undefined;

/** Under the repository, so that it finds the packages; removed when the tests end. */
async function buildProgram(): Promise<string> {
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, "openledgerd-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  // What bin/openledgerd.mjs holds, on the sources.
  const contents = `import { runProcess } from "./node/cli/process.ts";
    runProcess(async (options) => (await import("./node/main.ts")).start(options));`;
  await build({
    stdin: { contents, resolveDir: ROOT, sourcefile: "openledgerd.ts", loader: "ts" },
    // Index and application run in threads, whose programs stand beside the node's.
    entryPoints: { worker: join(ROOT, "node/indexer/worker.ts"), "application-thread": join(ROOT, "node/application-thread.ts") },
    outdir: join(dir, "program"),
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20.19",
    logLevel: "warning",
  });
  writeFileSync(join(dir, "program", "package.json"), '{"type":"module"}');
  // The gRPC door describes itself from these files, which lie beside the program's folder.
  symlinkSync(join(ROOT, "proto"), join(dir, "proto"));
  return join(dir, "program", "stdin.js");
}

function toEnd(child: ReturnType<typeof spawn>, input: string): Promise<Ran> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr?.on("data", (bytes: Buffer) => (err += bytes.toString()));
  // A program that ends without reading its input closes the pipe.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return new Promise((resolve, reject) => child.once("error", reject).once("close", (code) => resolve({ code, out, err })));
}

/** Each has a home of its own that does not exist yet. */
export async function createTestDaemon(env: Readonly<Record<string, string>> = {}): Promise<TestDaemon> {
  const file = await (program ??= buildProgram());
  const dir = mkdtempSync(join(tmpdir(), "openledgerd-"));
  const home = join(dir, "home");
  const execute = (command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): ReturnType<typeof spawn> =>
    spawn(command, args, {
      cwd: dir,
      env: { PATH: process.env["PATH"] ?? "", HOME: dir, OPENLEDGER_HOME: home, ...env, ...more },
      stdio: ["pipe", "pipe", "pipe"],
    });
  const start = (args: readonly string[]): ReturnType<typeof spawn> => execute(process.execPath, [file, ...args]);
  return {
    home,
    spawn: start,
    async runHere(args, input = "") {
      const { terminal, said } = scripted(input);
      const code = await runCommandLine([...args, "--home", home], NO_COMMANDS, { terminal, env: { HOME: dir, ...env } });
      return { code: code ?? null, ...said };
    },
    run: (args, input = "") => toEnd(start(args), input),
    shell(script, variables = {}) {
      const bin = join(dir, "bin");
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, "openledgerd"), `#!/bin/sh\nexec "${process.execPath}" "${file}" "$@"\n`, { mode: 0o755 });
      return toEnd(execute("bash", ["--norc", "-euo", "pipefail", "-c", script], { ...variables, PATH: `${bin}:${process.env["PATH"] ?? ""}` }), "");
    },
    runAtTerminal(args, answers) {
      const script = join(ROOT, "node/cli/testkit/at-terminal.py");
      return toEnd(execute("python3", [script, JSON.stringify({ command: [process.execPath, file, ...args], answers })]), "");
    },
    remove: () => {
      if (existsSync(dir)) rmSync(dir, { recursive: true, force: true });
    },
  };
}
