/** `testnet`: networks of validators for trying things out. */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseGasPrice } from "../config/settings.js";
import type { EngineChoice } from "../config/settings.js";
import { EdgeFailure } from "../errors.js";
import type { CommandContext } from "./common-options.js";
import { homeOption, parseCount } from "./common-options.js";
import { parseDurationNanos } from "./fields/time-json.js";
import { checkWanted, homesIn, nodesIn } from "./testnet-existing.js";
import type { WantedNetwork } from "./testnet-existing.js";
import { randomChainId, writeTestnetFiles } from "./testnet-files.js";
import type { NodeDoors, TestnetValidator } from "./testnet-files.js";
import { runTestnet } from "./testnet-run.js";

interface FilesOptions {
  readonly validatorCount: number;
  readonly outputDir: string;
  readonly chainId?: string;
  readonly nodeDirPrefix: string;
  readonly nodeDaemonHome: string;
  readonly startingIpAddress: string;
  readonly singleHost: boolean;
  readonly minimumGasPrices: string;
  readonly commitTimeout: string;
  readonly p2pPort: number;
  readonly rpcPort: number;
  readonly grpcPort: number;
  readonly apiPort: number;
  readonly engine: EngineChoice;
}

const MAX_VALIDATORS = 100;
/** Between the ports of two nodes of one machine. */
const PORT_STEP = 10;

function parseValidators(text: string): number {
  const count = parseCount(text);
  if (count >= 1 && count <= MAX_VALIDATORS) return count;
  throw new InvalidArgumentError(`a whole number from 1 to ${MAX_VALIDATORS}.`);
}

function parsePort(text: string): number {
  const port = parseCount(text);
  if (port >= 1 && port <= 65_535 - MAX_VALIDATORS * PORT_STEP) return port;
  throw new InvalidArgumentError("a port.");
}

function parseSegment(text: string): string {
  if (text === "" || /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError('letters, digits, "-", "_" and ".".');
}

/** The i-th address from this one on. @throws EdgeFailure "malformed". */
function hostAt(first: string, i: number): string {
  const parts = first.split(".").map(Number);
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(first) && parts.every((part) => part <= 255);
  const last = (parts[3] ?? 0) + i;
  if (!isAddress || last > 254) throw new EdgeFailure("malformed", `--starting-ip-address must leave room for all nodes, like 192.168.10.2, got "${first.slice(0, 40)}"`);
  return [...parts.slice(0, 3), last].join(".");
}

function doorsOf(options: FilesOptions): readonly NodeDoors[] {
  const { p2pPort: p2p, rpcPort: rpc, grpcPort: grpc, apiPort: api } = options;
  return Array.from({ length: options.validatorCount }, (_, i) => {
    if (!options.singleHost) return { host: hostAt(options.startingIpAddress, i), p2p, rpc, grpc, api };
    const step = i * PORT_STEP;
    return { host: "127.0.0.1", p2p: p2p + step, rpc: rpc + step, grpc: grpc + step, api: api + step };
  });
}

function millisecondsOf(duration: string): number {
  return Number(parseDurationNanos(duration) / 1_000_000n);
}

function initFiles(options: FilesOptions): Promise<readonly TestnetValidator[]> {
  parseGasPrice(options.minimumGasPrices);
  return writeTestnetFiles({
    dir: resolve(options.outputDir),
    chainId: options.chainId ?? randomChainId(),
    doors: doorsOf(options),
    nodePrefix: options.nodeDirPrefix,
    daemonHome: options.nodeDaemonHome,
    minimumGasPrices: options.minimumGasPrices,
    commitTimeoutMs: millisecondsOf(options.commitTimeout),
    keyringBackend: "test",
    engine: options.engine,
  });
}

function withFiles(command: Command): Command {
  return command
    .addOption(homeOption().hideHelp())
    .option("-v, --validator-count <n>", "number of validators to initialize the testnet with", parseValidators, 4)
    .option("--chain-id <id>", "genesis file chain-id (default: one at random)")
    .option("--node-dir-prefix <prefix>", "prefix of the name of per-validator subdirectories", parseSegment, "node")
    .option("--node-daemon-home <folder>", "home of the daemon within a node's folder; none: the folder itself", parseSegment, "")
    .option("--minimum-gas-prices <price>", "minimum gas prices of the validators", "0.001uopen")
    .option("--commit-timeout <duration>", "pace of idle blocks", "1s")
    .addOption(new Option("--engine <engine>", "who orders transactions; CometBFT listens 1,000 ports above p2p").choices(["embedded", "cometbft"]).default("embedded"))
    .option("--p2p-port <port>", "of the first node", parsePort, 26_656)
    .option("--rpc-port <port>", "of the first node", parsePort, 26_657)
    .option("--grpc-port <port>", "of the first node", parsePort, 9_090)
    .option("--api-port <port>", "of the first node", parsePort, 1_317);
}

/** Of the flags that say what a new network is like, those that were typed. */
function wantedOf(options: FilesOptions, command: Command): WantedNetwork {
  const typed: Partial<FilesOptions> = Object.fromEntries(Object.entries(options).filter(([name]) => command.getOptionValueSource(name) === "cli"));
  const { commitTimeout, minimumGasPrices, ...wanted } = typed;
  return {
    ...wanted,
    ...(commitTimeout === undefined ? {} : { commitMs: millisecondsOf(commitTimeout) }),
    ...(minimumGasPrices === undefined ? {} : { minGasPriceMicro: parseGasPrice(minimumGasPrices) }),
  };
}

async function start(options: FilesOptions, command: Command, context: CommandContext): Promise<void> {
  const dir = resolve(options.outputDir);
  if (!existsSync(dir)) await initFiles({ ...options, singleHost: true });
  const names = nodesIn(dir, options.nodeDirPrefix);
  if (names.length === 0) throw new EdgeFailure("config", `${dir} holds no network; name another folder with --output-dir`);
  checkWanted(dir, wantedOf(options, command), homesIn(dir, names, options.nodeDaemonHome));
  await runTestnet({ dir, names, daemonHome: options.nodeDaemonHome }, context);
}

/** `testnet init-files` and `testnet start`. */
export function addTestnetCommand(program: Command, context: CommandContext): void {
  const testnet = program.command("testnet").description("Networks of validators, for trying things out. `npm start` also runs models.").helpCommand(false);
  withFiles(testnet.command("init-files"))
    .summary("Initialize config directories & files for a multi-validator testnet running locally via separate processes (e.g. Docker Compose or similar)")
    .description("Writes the homes of N validators, each with its keys in the test keyring, one genesis document and the others as peers.")
    .option("-o, --output-dir <folder>", "directory to store initialization data for the testnet", "./.testnets")
    .option("--starting-ip-address <ip>", "address of the first node; the others follow", "192.168.0.1")
    .option("--single-host", "all on loopback, with ports ten apart", false)
    .action(async (options: FilesOptions) => {
      const nodes = await initFiles(options);
      context.terminal.err(`Successfully initialized ${nodes.length} node directories in ${resolve(options.outputDir)}\n`);
      context.done(0);
    });
  withFiles(testnet.command("start"))
    .summary("Launch a multi-validator testnet on this machine")
    .description("Runs every validator of the folder on loopback, after making it where it is not there. Ctrl-C stops them all; the next start goes on.")
    .option("-o, --output-dir <folder>", "directory of the testnet", "./.testnets")
    .action(async (options: FilesOptions, self: Command) => {
      await start(options, self, context);
      context.done(0);
    });
}
