import { Command, InvalidArgumentError, Option } from "commander";
import { join } from "node:path";
import { requireCometBft } from "../node/comet/index.js";
import type { EngineChoice } from "../node/config/settings.js";
import { openHome } from "./home.js";
import { prepare } from "./launcher/prepare.js";
import type { Testnet } from "./launcher/launch.js";
import { createProgress } from "./progress.js";
import type { Progress } from "./progress.js";
import { REPOSITORY } from "./root.js";
import { bringUp, runStory } from "./session.js";
import type { Outcome } from "./session.js";
import { STORY } from "./story/options.js";
import { renderReport } from "./story/table.js";

interface Options {
  readonly reset: boolean;
  readonly once: boolean;
  readonly sharedSidecar: boolean;
  readonly home: string;
  readonly validators: number;
  readonly quiet: boolean;
  readonly engine?: EngineChoice;
}

/** Pace of idle blocks, milliseconds: quick to watch, and two cores have time for the sidecars. */
const TIMEOUT_COMMIT_MS = 700;
const MAX_VALIDATORS = 16;

function parseValidators(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MAX_VALIDATORS) {
    throw new InvalidArgumentError(`a whole number from 1 to ${MAX_VALIDATORS}`);
  }
  return count;
}

function parseOptions(argv: readonly string[]): Options {
  return new Command("npm start --")
    .description("Starts a local OpenLedger network and tells its story: data in, an adapter out, OPEN paid.")
    .option("--reset", "forget the earlier network and start over", false)
    .option("--once", "tell the story, print the table, stop; exit code 0 only if every check held", false)
    .option("--shared-sidecar", "one sidecar for all validators (when a network is made)", false)
    .option("--home <folder>", "where the network lives", join(REPOSITORY, ".openledger", "testnet"))
    .option("--validators <n>", "how many (when a network is made)", parseValidators, 4)
    .addOption(new Option("--engine <engine>", "who orders transactions (when a network is made): this program (default), or CometBFT 0.38").choices(["embedded", "cometbft"]))
    .option("--quiet", "no progress, only the table", false)
    .parse(argv)
    .opts<Options>();
}

function printOutcome(progress: Progress, { answers, checks, times }: Outcome): boolean {
  progress.print(renderReport(answers, checks));
  const total = times.reduce((sum, time) => sum + time.seconds, 0);
  const stages = times.map(({ title, seconds }) => `  ${seconds.toFixed(1).padStart(7)} s  ${title}`);
  progress.print(["Seconds by stage", ...stages, `  ${total.toFixed(1).padStart(7)} s  in all`, ""].join("\n"));
  return checks.every((check) => check.holds);
}

function printEndpoints(progress: Progress, { endpoints }: Testnet, home: string): void {
  const lines = endpoints.map(
    ({ name, rpc, grpc, api, sidecar }) => `  ${name}  RPC ${rpc}  gRPC ${grpc}  blobs ${api}  sidecar ${sidecar}`,
  );
  progress.print(["The network stays up. Ctrl-C stops it.", ...lines, `  files and logs in ${home}`].join("\n"));
}

/** Resolves when a signal asks to stop. A second Ctrl-C is the operator's last word. */
function onStopSignal(abort: AbortController): void {
  const stop = (): void => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort(new Error("stopped"));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // An abort listener alone keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      clearInterval(alive);
      resolve();
    }, { once: true });
  });
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv);
  const abort = new AbortController();
  onStopSignal(abort);
  const { stdout } = process;
  const terminal = {
    isTTY: stdout.isTTY,
    get columns() {
      return stdout.isTTY ? stdout.columns : 200;
    },
    write: (text: string) => void stdout.write(text),
  };
  const progress = createProgress({ terminal, quiet: options.quiet, now: () => performance.now() });
  const home = openHome(options.home);
  if (options.reset) home.reset();
  const { validators, sharedSidecar, engine } = options;
  if (engine === "cometbft") await requireCometBft();
  const { state, isNew } = await prepare(home, { validators, sharedSidecar, timeoutCommitMs: TIMEOUT_COMMIT_MS, ...(engine === undefined ? {} : { engine }) });
  progress.print(isNew ? `A new network in ${home.root}` : `Going on with the network in ${home.root}`);
  const session = { home, state, story: STORY, progress, signal: abort.signal };
  const { testnet, seconds } = await bringUp(session);
  try {
    const held = printOutcome(progress, await runStory(session, testnet, seconds));
    if (options.once) return held ? 0 : 1;
    printEndpoints(progress, testnet, home.root);
    await aborted(abort.signal);
    return held ? 0 : 1;
  } finally {
    progress.stop();
    await testnet.stop();
    if (!options.quiet) progress.print("Stopped; nothing runs any more.");
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isStop = error instanceof Error && (error.message === "stopped" || error.name === "AbortError");
    if (!isStop) process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(isStop ? 130 : 1);
  },
);
