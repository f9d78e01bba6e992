/**
 * A trainer's sidecar that lies, for tests: it trains honestly but for one step, whose state it alters by a hair, and goes
 * on from there. It takes the sidecar's arguments; LIE_AT_STEP names the step.
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { readBase } from "../../sidecar/base/read.js";
import { createSidecarServer } from "../../sidecar/grpc/server.js";
import { watchParent } from "../../sidecar/parent-watch.js";
import { createRuntime } from "../../sidecar/runtime.js";
import { nudge, tamperingRuntime } from "./tampering.js";

interface Options {
  readonly listen: string;
  readonly tokenFile?: string;
}

async function main(): Promise<void> {
  const command = new Command().option("--listen <address>", "", "127.0.0.1:0").option("--token-file <file>").option("--watch-stdin");
  const { listen, tokenFile } = command.parse(process.argv).opts<Options>();
  const honest = await createRuntime();
  await honest.loadBase(readBase());
  const step = Number(process.env["LIE_AT_STEP"] ?? "3");
  const runtime = tamperingRuntime(honest, { step, change: nudge(0, 1e-3) });
  const token = tokenFile === undefined ? {} : { token: readFileSync(tokenFile, "utf8").trim() };
  const server = createSidecarServer({ runtime, listen, ...token });
  const address = await server.start();
  const stop = (): void => void server.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop).once("SIGINT", stop);
  watchParent(stop);
  process.stdout.write(`${JSON.stringify({ listening: address, lies: step })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
