import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ENGINE_CHOICES, parseGasPrice } from "../config/settings.js";
import type { EngineChoice } from "../config/settings.js";
import type { EngineOverrides } from "../open-engine.js";
import { addCometCommand } from "./comet-command.js";
import { homeOf, homeOption, outerHomeOption } from "./common-options.js";
import type { CommandContext } from "./common-options.js";
import { addCompletionCommand } from "./completion-command.js";
import { addConfigCommand } from "./config-command.js";
import { addEngineCommand } from "./engine-command.js";
import { failureLine, isExpected } from "./failure-line.js";
import { addExportCommand } from "./export-command.js";
import { addGenesisCommand } from "./genesis-command.js";
import { addImportCommand } from "./import-command.js";
import { addInitCommand } from "./init-command.js";
import { addKeysCommand } from "./keys-command.js";
import { runSidecarProgram } from "./own-sidecar.js";
import type { ReplayOptions } from "./replay-command.js";
import { addSignerCommand } from "./signer-command.js";
import type { SignerOptions } from "./signer-command.js";
import { addStatusCommand } from "./status-command.js";
import { addTestnetCommand } from "./testnet-command.js";
import { addRollbackCommand } from "./rollback-command.js";
import { createTerminal } from "./terminal.js";
import type { LedgerCommands } from "./ledger-commands.js";
import { addVersionCommand } from "./version-command.js";

export interface StartOptions {
  readonly home: string;
  readonly watchParent: boolean;
  /** Heights at which a planned upgrade is dropped. */
  readonly skipUpgrades?: ReadonlySet<bigint>;
  /** What this run wants otherwise than config.toml. */
  readonly overrides?: EngineOverrides;
}

/** What the command line starts. Each resolves to the exit code, or to undefined for what goes on running. */
export interface Commands {
  start(options: StartOptions): Promise<number | undefined>;
  replay(jobId: bigint, options: ReplayOptions): Promise<number>;
  sidecar(args: readonly string[]): Promise<number>;
  signer(options: SignerOptions): Promise<number>;
}

/** A command line that cannot be understood (EX_USAGE of sysexits). */
const USAGE = 64;
/** A command that was understood and could not be carried out. */
const FAILED = 1;

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

function parseHeights(text: string): ReadonlySet<bigint> {
  if (!/^[1-9]\d{0,17}(,[1-9]\d{0,17})*$/.test(text)) throw new InvalidArgumentError("it looks like 100 or 100,200.");
  return new Set(text.split(",").map(BigInt));
}

function addStartCommand(program: Command, commands: Commands, context: CommandContext): void {
  program
    .command("start")
    .summary("Run the full node")
    .description("Runs the node of a home until it is told to stop.")
    .addOption(homeOption())
    .option("--watch-parent", "stop when standard input closes", false)
    .addOption(new Option("--engine <engine>", "who orders transactions, for this run (config.toml: engine)").choices(ENGINE_CHOICES))
    .option("--abci-laddr <address>", "where ABCI is served to CometBFT, like tcp://127.0.0.1:26658 (config.toml: cometbft.abci_laddr)")
    .option("--external-rpc <url>", "JSON-RPC of the CometBFT of --engine external (config.toml: cometbft.external_rpc)", parseUrl)
    .option("--unsafe-skip-upgrades <heights>", "drop the upgrades planned for these heights, separated by commas", parseHeights)
    .action(async (_: unknown, self: Command) => {
      const options = self.optsWithGlobals<{
        readonly home?: string;
        readonly watchParent: boolean;
        readonly unsafeSkipUpgrades?: ReadonlySet<bigint>;
        readonly engine?: EngineChoice;
        readonly abciLaddr?: string;
        readonly externalRpc?: string;
      }>();
      const { watchParent, unsafeSkipUpgrades: skipUpgrades, engine, abciLaddr: abciAddress, externalRpc } = options;
      const skip = skipUpgrades === undefined ? {} : { skipUpgrades };
      const overrides = {
        ...(engine === undefined ? {} : { engine }),
        ...(abciAddress === undefined ? {} : { abciAddress }),
        ...(externalRpc === undefined ? {} : { externalRpc }),
      };
      const overridden = Object.keys(overrides).length === 0 ? {} : { overrides };
      const code = await commands.start({ home: homeOf(options, context).dir, watchParent, ...skip, ...overridden });
      if (code !== undefined) context.done(code);
    });
}

function addReplayCommand(program: Command, commands: Commands, { done }: CommandContext): void {
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
}

function addSidecarCommand(program: Command, commands: Commands, { done }: CommandContext): void {
  program
    .command("sidecar")
    .description("The machine-learning runtime: info, bench, start. Its own --help says more.")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument("[args...]")
    .action(async (args: readonly string[]) => done(await commands.sidecar(args)));
}

/** Every command below, this one too. */
function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

/** `query` and `tx`. What stands below them is made from the tables of every module, so it is loaded when it is called for. */
function addLedgerCommands(program: Command, ledger: LedgerCommands | undefined, context: CommandContext): void {
  const query = program.command("query").alias("q").description("Querying subcommands").addOption(outerHomeOption()).helpCommand(false);
  const tx = program.command("tx").description("Transactions subcommands").addOption(outerHomeOption()).helpCommand(false);
  ledger?.fillQuery(query, context);
  ledger?.fillTx(tx, context);
}

/** The command line of openledgerd. `ledger`: undefined where neither `query` nor `tx` is called for. */
export function createProgram(commands: Commands, context: CommandContext, ledger?: LedgerCommands): Command {
  const program = new Command("openledgerd")
    .description("A node of OpenLedger, and tools beside it.")
    .addOption(outerHomeOption())
    .enablePositionalOptions()
    .helpCommand(false)
    .showSuggestionAfterError();
  addInitCommand(program, context);
  addStartCommand(program, commands, context);
  addStatusCommand(program, context);
  addKeysCommand(program, context);
  addLedgerCommands(program, ledger, context);
  addGenesisCommand(program, context);
  addExportCommand(program, context);
  addImportCommand(program, context);
  addRollbackCommand(program, context);
  addConfigCommand(program, context);
  addTestnetCommand(program, context);
  addCometCommand(program, context);
  addEngineCommand(program, context);
  addReplayCommand(program, commands, context);
  addSidecarCommand(program, commands, context);
  addSignerCommand(program, commands, context);
  addCompletionCommand(program, context);
  addVersionCommand(program, context);
  for (const command of allOf(program)) command.exitOverride().configureOutput({ writeErr: () => undefined });
  return program;
}

/** The deepest command that the words name, as they would be typed. */
function namedCommand(program: Command, argv: readonly string[]): Command {
  let named = program;
  for (const word of argv) {
    const below = named.commands.find((c) => c.name() === word || c.aliases().includes(word));
    if (below !== undefined) named = below;
  }
  return named;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** One line that says what is wrong, and where to read more. */
function usageLine(error: CommanderError, program: Command, argv: readonly string[]): string {
  const named = namedCommand(program, argv);
  const text = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const what = text === "(outputHelp)" ? `no command given; there are ${named.commands.map((c) => c.name()).join(", ")}` : text;
  return `openledgerd: ${what}; see ${pathOf(named)} --help`;
}

/** Loaded when called for: a command about keys need not wait for what a replay imports. */
export const COMMANDS: Omit<Commands, "start"> = {
  replay: async (jobId, options) => (await import("./replay-command.js")).runReplay(jobId, options),
  sidecar: runSidecarProgram,
  signer: async (options) => (await import("./run-signer.js")).runSignerProgram(options),
};

/** The process around a command line; tests give another. */
export type Surroundings = Pick<CommandContext, "terminal" | "env">;

function ownProcess(): Surroundings {
  return { terminal: createTerminal(process.stdin, process.stdout, process.stderr), env: process.env };
}

/** Words that call for the commands of the modules; completion names them all. */
const LEDGER_WORDS: ReadonlySet<string> = new Set(["query", "q", "tx", "completion"]);

async function ledgerFor(argv: readonly string[]): Promise<LedgerCommands | undefined> {
  return argv.some((word) => LEDGER_WORDS.has(word)) ? (await import("./ledger-commands.js")).LEDGER : undefined;
}

/** Parses and runs. Resolves to the exit code, or to undefined while a node goes on running. */
export async function runCommandLine(
  argv: readonly string[],
  commands: Commands,
  { terminal, env }: Surroundings = ownProcess(),
): Promise<number | undefined> {
  const codes: number[] = [];
  const program = createProgram(commands, { terminal, env, done: (code) => void codes.push(code) }, await ledgerFor(argv));
  try {
    await program.parseAsync([...argv], { from: "user" });
    return codes[0];
  } catch (error) {
    if (isExpected(error)) {
      terminal.err(`${failureLine(error)}\n`);
      return FAILED;
    }
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    terminal.err(`${usageLine(error, program, argv)}\n`);
    return USAGE;
  } finally {
    if (codes.length > 0) terminal.close();
  }
}
