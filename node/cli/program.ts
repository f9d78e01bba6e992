import { Command, CommanderError, InvalidArgumentError } from "commander";
import { parseGasPrice } from "../config/settings.js";
import { runSidecarProgram } from "./own-sidecar.js";
import { runReplay } from "./replay-command.js";
import type { ReplayOptions } from "./replay-command.js";

export interface StartOptions {
  readonly home: string;
  readonly watchParent: boolean;
}

/** What the command line starts. Each resolves to the exit code, or to undefined for what goes on running. */
export interface Commands {
  start(options: StartOptions): Promise<number | undefined>;
  replay(jobId: bigint, options: ReplayOptions): Promise<number>;
  sidecar(args: readonly string[]): Promise<number>;
}

/** A command line that cannot be understood (EX_USAGE of sysexits). */
const USAGE = 64;

function parseId(text: string): bigint {
  if (!/^[1-9]\d{0,18}$/.test(text)) throw new InvalidArgumentError("a job is named by its number.");
  return BigInt(text);
}

function parseWhole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number from 1.");
  return Number(text);
}

function parseUrl(text: string): string {
  if (!/^https?:\/\/[^\s/]+\/?$/.test(text)) throw new InvalidArgumentError("it looks like http://127.0.0.1:26657.");
  return text.replace(/\/$/, "");
}

function parsePrice(text: string): string {
  try {
    parseGasPrice(text);
    return text;
  } catch {
    throw new InvalidArgumentError("it looks like 0.025uopen.");
  }
}

/** The command line of openledgerd; the code of what ran is handed to `done`. */
export function createProgram(commands: Commands, done: (code: number) => void): Command {
  const program = new Command("openledgerd").description("A node of OpenLedger, and tools beside it.").helpCommand(false);
  program
    .command("start")
    .description("Run the node of a home.")
    .requiredOption("--home <folder>", "home made by a testnet or an operator")
    .option("--watch-parent", "stop when standard input closes", false)
    .action(async (options: StartOptions) => {
      const code = await commands.start(options);
      if (code !== undefined) done(code);
    });
  program
    .command("replay")
    .description("Run a training job again from public data. Exit code 0: it matches; 1: it differs; 2: data cannot be had, or its trainer had another runtime.")
    .argument("<job>", "number of the training job", parseId)
    .option("--segment <n>", "only the steps up to the n-th checkpoint, from the one before", parseWhole)
    .option("--node <url>", "RPC of any node", parseUrl, "http://127.0.0.1:26657")
    .option("--gateway <url>", "blob gateway of any node", parseUrl, "http://127.0.0.1:1317")
    .option("--sidecar <host:port>", "a running sidecar; one is started when absent")
    .option("--sidecar-token <file>", "its token")
    .option("--wait <seconds>", "how long to look for a blob before it counts as withheld", parseWhole, 20)
    .option("--json", "one line of JSON", false)
    .option("--dispute", "dispute what differs, and play the challenger to the end", false)
    .option("--from <keyfile>", "hex secp256k1 key of the challenger, who puts up the bond")
    .option("--gas-price <price>", "with --dispute", parsePrice, "0.025uopen")
    .action(async (jobId: bigint, options: ReplayOptions, command: Command) => {
      if (options.dispute && options.from === undefined) command.error("error: --dispute needs --from <keyfile>");
      done(await commands.replay(jobId, options));
    });
  program
    .command("sidecar")
    .description("The machine-learning runtime: info, bench, start. Its own --help says more.")
    .helpOption(false)
    .allowUnknownOption()
    .argument("[args...]")
    .action(async (args: readonly string[]) => done(await commands.sidecar(args)));
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeErr: () => undefined });
  return program;
}

/** One line that says what is wrong, and where to read more. */
function usageLine(error: CommanderError, program: Command, argv: readonly string[]): string {
  const named = program.commands.find((c) => c.name() === argv[0])?.name();
  const text = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const what = text === "(outputHelp)" ? `no command given; there are ${program.commands.map((c) => c.name()).join(", ")}` : text;
  return `openledgerd: ${what}; see openledgerd ${named === undefined ? "" : `${named} `}--help`;
}

export const COMMANDS: Omit<Commands, "start"> = { replay: runReplay, sidecar: runSidecarProgram };

/** Parses and runs. Resolves to the exit code, or to undefined while a node goes on running. */
export async function runCommandLine(argv: readonly string[], commands: Commands): Promise<number | undefined> {
  const codes: number[] = [];
  const program = createProgram(commands, (code) => void codes.push(code));
  try {
    await program.parseAsync([...argv], { from: "user" });
    return codes[0];
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    process.stderr.write(`${usageLine(error, program, argv)}\n`);
    return USAGE;
  }
}
