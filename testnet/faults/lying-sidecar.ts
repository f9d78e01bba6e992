/**
 * A sidecar that lies, for tests: everything is computed honestly, and then one contributor's influence is raised by
 * half. It takes the sidecar's arguments; LIE_FOR_INDEX names the friend by position among the contributors.
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { readBase } from "../../sidecar/base/read.js";
import { createSidecarServer } from "../../sidecar/grpc/server.js";
import { watchParent } from "../../sidecar/parent-watch.js";
import { createRuntime } from "../../sidecar/runtime.js";
import type { AttributeResult, Runtime } from "../../sidecar/types.js";

interface Options {
  readonly listen: string;
  readonly tokenFile?: string;
}

/** Half as much again, and at least one. */
export function raiseScore(result: AttributeResult, friend: number): AttributeResult {
  const influence = result.influence.map((entry, i) => {
    if (i !== friend) return entry;
    const size = entry.score < 0n ? -entry.score : entry.score;
    return { ...entry, score: entry.score + size / 2n + 1n };
  });
  return { ...result, influence };
}

/** A runtime that is honest but for one friend's scores. */
export function lyingRuntime(honest: Runtime, friend: number): Runtime {
  return {
    ...honest,
    attribute: async (request, signal) => raiseScore(await honest.attribute(request, signal), friend),
  };
}

async function main(): Promise<void> {
  const command = new Command().option("--listen <address>", "", "127.0.0.1:0").option("--token-file <file>").option("--watch-stdin");
  const { listen, tokenFile } = command.parse(process.argv).opts<Options>();
  const honest = await createRuntime();
  await honest.loadBase(readBase());
  const runtime = lyingRuntime(honest, Number(process.env["LIE_FOR_INDEX"] ?? "0"));
  const token = tokenFile === undefined ? {} : { token: readFileSync(tokenFile, "utf8").trim() };
  const server = createSidecarServer({ runtime, listen, ...token });
  const address = await server.start();
  const stop = (): void => void server.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop).once("SIGINT", stop);
  watchParent(stop);
  process.stdout.write(`${JSON.stringify({ listening: address, lies: true })}\n`);
}

if (process.argv[1]?.endsWith("lying-sidecar.js") === true) {
  main().catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
}
