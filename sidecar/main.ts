import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { toHex } from "../chain/primitives/index.js";
import { SHIPPED_BASE, readBase } from "./base/read.js";
import { formatReport, passesSelfTest, report } from "./command/info.js";
import { encodeProbe, probeHere } from "./command/probe.js";
import type { ProbeOptions } from "./command/probe.js";
import { createSidecarServer } from "./grpc/server.js";
import { LANE_B_KINDS } from "./lane-b/backends.js";
import { watchParent } from "./parent-watch.js";
import { createRuntime } from "./runtime.js";

interface StartOptions {
  readonly listen: string;
  readonly tokenFile?: string;
  readonly base: string;
  readonly watchStdin: boolean;
  readonly helpers: number;
}

interface ReportOptions {
  readonly base: string;
  readonly json: boolean;
}

/** Consensus has a second to answer, an answer of a model has many: on few cores the sidecar gives way. */
function giveWay(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A system that forbids it runs the sidecar at the normal priority: slower blocks, same bytes.
  }
}

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(options: StartOptions): Promise<void> {
  giveWay();
  if (!(await passesSelfTest())) throw new Error("self-test failed: this machine computes other bits than lane A's (see `info`)");
  const token = options.tokenFile === undefined ? undefined : readFileSync(options.tokenFile, "utf8").trim();
  const runtime = await createRuntime({ helpers: options.helpers });
  const base = await runtime.loadBase(readBase(options.base));
  const server = createSidecarServer({ runtime, listen: options.listen, ...(token === undefined ? {} : { token }) });
  const address = await server.start();
  const stop = (): void => void server.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop).once("SIGINT", stop);
  if (options.watchStdin) watchParent(stop);
  const { runtimeId, backend } = runtime.info();
  say({
    listening: address,
    pid: process.pid,
    runtimeId: toHex(runtimeId),
    backend,
    base: toHex(base.baseId),
    parameters: base.parameters,
    context: base.context,
  });
}

async function tell({ base, json }: ReportOptions, bench: boolean): Promise<void> {
  const found = await report({ base, bench });
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : formatReport(found));
}

const MOST_HELPERS = 256;

function parseHelpers(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0 || count > MOST_HELPERS) throw new InvalidArgumentError(`0 to ${MOST_HELPERS} threads`);
  return count;
}

/** Ends the process: a backend's threads and devices would keep it alive. */
async function answerProbe(kind: string, options: ProbeOptions): Promise<void> {
  const known = LANE_B_KINDS.find((k) => k === kind);
  if (known === undefined) throw new Error(`unknown backend ${kind}: one of ${LANE_B_KINDS.join(", ")}`);
  const answer = encodeProbe(await probeHere(known, options));
  process.stdout.write(answer, () => process.exit(0));
}

function commandLine(): Command {
  const program = new Command("openledger-sidecar").description("The machine-learning runtime process.");
  const base = ["--base <folder>", "base model: config.json, tokenizer.json, model.safetensors", SHIPPED_BASE] as const;
  program
    .command("start", { isDefault: true })
    .description("serve openledger.sidecar.v1 over gRPC (what happens without a subcommand)")
    .option("--listen <host:port>", "address to listen on; port 0 picks a free one", "127.0.0.1:26670")
    .option("--token-file <file>", "calls must carry the text of this file as their bearer token")
    .option(...base)
    .option("--helpers <threads>", "threads that help with a training job's tangents; the bits are the same", parseHelpers, 0)
    .option("--watch-stdin", "stop when standard input closes or the parent process is gone", false)
    .action((options: StartOptions) => serve(options));
  for (const [name, what] of [["info", "say what this machine can run, and why not the rest"], ["bench", "info, and how fast each lane is"]] as const) {
    program
      .command(name)
      .description(what)
      .option(...base)
      .option("--json", "one line of JSON", false)
      .action((options: ReportOptions) => tell(options, name === "bench"));
  }
  program
    .command("probe <backend>", { hidden: true })
    .option("--bench <folder>", "measure on this base model")
    .action((backend: string, options: ProbeOptions) => answerProbe(backend, options));
  return program;
}

commandLine()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`sidecar: ${reason}\n`);
    process.exit(1);
  });
