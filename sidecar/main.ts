import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { Command } from "commander";
import { toHex } from "../chain/primitives/index.js";
import { SHIPPED_BASE, readBase } from "./base/read.js";
import { createSidecarServer } from "./grpc/server.js";
import { watchParent } from "./parent-watch.js";
import { createRuntime } from "./runtime.js";

interface Options {
  readonly listen: string;
  readonly tokenFile?: string;
  readonly base: string;
  readonly watchStdin: boolean;
}

function parseOptions(argv: readonly string[]): Options {
  return new Command("openledger-sidecar")
    .description("The machine-learning runtime process: serves openledger.sidecar.v1 over gRPC.")
    .option("--listen <host:port>", "address to listen on; port 0 picks a free one", "127.0.0.1:26670")
    .option("--token-file <file>", "calls must carry the text of this file as their bearer token")
    .option("--base <folder>", "base model to load: config.json, tokenizer.json, model.safetensors", SHIPPED_BASE)
    .option("--watch-stdin", "stop when standard input closes or the parent process is gone", false)
    .parse(argv)
    .opts<Options>();
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

async function main(): Promise<void> {
  const options = parseOptions(process.argv);
  giveWay();
  const token = options.tokenFile === undefined ? undefined : readFileSync(options.tokenFile, "utf8").trim();
  const runtime = await createRuntime();
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

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`sidecar did not start: ${reason}\n`);
  process.exit(1);
});
