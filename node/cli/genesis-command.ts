import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { parseAddress } from "../../chain/codec/index.js";
import { Reject } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { Schedule } from "../../modules/auth/index.js";
import type { LaunchedBucket } from "../../modules/genesis.js";
import { LAUNCHED_BUCKETS, addGenesisAccounts } from "../config/genesis-accounts.js";
import type { NewAccount } from "../config/genesis-accounts.js";
import { checkGenesis } from "../config/genesis-check.js";
import { loadGenesis, saveGenesis } from "../config/genesis-file.js";
import { readText } from "../config/home.js";
import { EdgeFailure } from "../errors.js";
import { addressOf } from "../keyring/index.js";
import { addCollectGentxsCommand } from "./collect-gentxs-command.js";
import { parseCoinsArgument } from "./coins-argument.js";
import { homeOf, keyringOf, outerHomeOption, withKeyring, withOutput } from "./common-options.js";
import type { CommandContext, HomeOptions, KeyringOptions } from "./common-options.js";
import { MAX_GENESIS_BYTES, readTextFile } from "./file-argument.js";
import { parseAccountsFile, vestingSchedule } from "./genesis-account-file.js";
import { addGentxCommand } from "./gentx-command.js";

interface BucketOptions extends KeyringOptions {
  readonly append: boolean;
  readonly fromBucket: LaunchedBucket;
}

interface AddAccountOptions extends BucketOptions {
  readonly vestingAmount?: string;
  readonly vestingStartTime?: bigint;
  readonly vestingEndTime?: bigint;
}

const FLAGS = { amount: "--vesting-amount", start: "--vesting-start-time", end: "--vesting-end-time" };

function parseUnixTime(text: string): bigint {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError("a Unix time in seconds, like 1790000000.");
  return BigInt(text);
}

/** An address, or the name of a key. */
async function resolveAddress(text: string, options: KeyringOptions, context: CommandContext): Promise<Address> {
  try {
    if (/^open1/.test(text)) return parseAddress(text);
  } catch (cause) {
    if (!(cause instanceof Reject)) throw cause;
    throw new EdgeFailure("malformed", `${text.slice(0, 100)}: ${cause.message}`, {}, cause);
  }
  return addressOf(await keyringOf(options, context).get(text));
}

/** What the vesting flags say. @throws EdgeFailure "config" when one of them is missing or they contradict one another. */
function scheduleOf(options: AddAccountOptions, amount: Uopen): Schedule | undefined {
  const { vestingAmount, vestingStartTime: start, vestingEndTime: end } = options;
  if (vestingAmount !== undefined) return vestingSchedule({ original: parseCoinsArgument(vestingAmount, "--vesting-amount"), start, end }, amount, FLAGS);
  if (start === undefined && end === undefined) return undefined;
  throw new EdgeFailure("config", "--vesting-start-time and --vesting-end-time need --vesting-amount");
}

async function addAccount([who, coins]: readonly [string, string], options: AddAccountOptions, context: CommandContext): Promise<void> {
  const home = homeOf(options, context);
  const amount = parseCoinsArgument(coins);
  const vesting = scheduleOf(options, amount);
  const doc = loadGenesis(home);
  const address = await resolveAddress(who, options, context);
  const { append, fromBucket: from } = options;
  const account = { address, amount, from, append, ...(vesting === undefined ? {} : { vesting }) };
  saveGenesis(home, { ...doc, appState: addGenesisAccounts(doc.appState as Readonly<Record<string, unknown>>, [account]) });
}

async function addAccountsOf(path: string, options: BucketOptions, context: CommandContext): Promise<void> {
  const home = homeOf(options, context);
  const doc = loadGenesis(home);
  const { append, fromBucket: from } = options;
  const entries = parseAccountsFile(readTextFile(path), path);
  const accounts: NewAccount[] = [];
  for (const { who, ...entry } of entries) accounts.push({ ...entry, address: await resolveAddress(who, options, context), append, from });
  saveGenesis(home, { ...doc, appState: addGenesisAccounts(doc.appState as Readonly<Record<string, unknown>>, accounts) });
}

function validate(file: string | undefined, options: HomeOptions, context: CommandContext): void {
  const path = file ?? homeOf(options, context).genesis;
  const { validators } = checkGenesis(file === undefined ? readText(path) : readTextFile(path, MAX_GENESIS_BYTES));
  const who = validators === 0 ? "; it has no validators yet, so no chain can start on it" : "";
  context.terminal.out(`File at ${path} is a valid genesis file${who}\n`);
}

function addAddAccount(genesis: Command, context: CommandContext): void {
  const command = genesis
    .command("add-account")
    .alias("add-genesis-account")
    .summary("Add a genesis account to genesis.json")
    .description(
      [
        "Funds an account at genesis. The supply is fixed at 1,000,000,000 OPEN, so the coins come out of a bucket: the part",
        "of ecosystem, community or liquidity that is free at launch. With --vesting-amount a part of the coins is locked: released",
        "linearly between a start and an end time, or all at the end time where no start is given.",
      ].join(" "),
    )
    .argument("<address-or-key-name>")
    .argument("<coins>", "like 1000000uopen")
    .option("--vesting-amount <coins>", "how much of it is locked")
    .option("--vesting-start-time <unix>", "when linear release begins; without it all is released at the end", parseUnixTime)
    .option("--vesting-end-time <unix>", "when all is released", parseUnixTime);
  withBucket(command).action(async (who: string, coins: string, _: unknown, self: Command) => {
    await addAccount([who, coins], self.optsWithGlobals<AddAccountOptions>(), context);
    context.done(0);
  });
}

/** Flags of both. */
function withBucket(command: Command): Command {
  return withKeyring(command)
    .option("--append", "add to the balance of an account that exists", false)
    .addOption(new Option("--from-bucket <bucket>", "where the coins come from").choices(LAUNCHED_BUCKETS).default("ecosystem"));
}

function addBulkAddAccounts(genesis: Command, context: CommandContext): void {
  const command = genesis
    .command("bulk-add-genesis-account")
    .summary("Bulk add genesis accounts to genesis.json")
    .description(
      [
        "Adds the accounts of a JSON file, all or none:",
        '  [{"address": "open1...", "coins": [{"denom": "uopen", "amount": "5000000"}],',
        '    "vesting_amt": [{"denom": "uopen", "amount": "4000000"}], "vesting_start": 1790000000, "vesting_end": 1890000000}]',
      ].join("\n"),
    )
    .argument("<file>");
  withBucket(command).action(async (file: string, _: unknown, self: Command) => {
    await addAccountsOf(file, self.optsWithGlobals<BucketOptions>(), context);
    context.done(0);
  });
}

/** `genesis`: the document that a chain starts from. */
export function addGenesisCommand(program: Command, context: CommandContext): void {
  const genesis = program.command("genesis").description("The document that a chain starts from: accounts, then a gentx of each validator, collected by one of them.").addOption(outerHomeOption())
    .helpCommand(false);
  addAddAccount(genesis, context);
  addBulkAddAccounts(genesis, context);
  addGentxCommand(genesis, context);
  addCollectGentxsCommand(genesis, context);
  withOutput(genesis.command("validate").alias("validate-genesis"))
    .summary("Validate the genesis file at the default location or at the location passed as an arg")
    .description("Starts the whole application on the document, in memory, and says what is wrong with it.")
    .argument("[file]")
    .action((file: string | undefined, _: unknown, self: Command) => {
      validate(file, self.optsWithGlobals<HomeOptions>(), context);
      context.done(0);
    });
}
