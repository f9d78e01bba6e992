import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { parseAddress } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { Schedule } from "../../modules/auth/index.js";
import type { LaunchedBucket } from "../../modules/genesis.js";
import { LAUNCHED_BUCKETS, addGenesisAccount } from "../config/genesis-accounts.js";
import { checkGenesis } from "../config/genesis-check.js";
import { loadGenesis, saveGenesis } from "../config/genesis-file.js";
import { readText } from "../config/home.js";
import { EdgeFailure } from "../errors.js";
import { addressOf } from "../keyring/index.js";
import { addCollectGentxsCommand } from "./collect-gentxs-command.js";
import { parseCoinsArgument } from "./coins-argument.js";
import { homeOf, keyringOf, outerHomeOption, withKeyring, withOutput } from "./common-options.js";
import type { CommandContext, HomeOptions, KeyringOptions } from "./common-options.js";
import { addGentxCommand } from "./gentx-command.js";

interface AddAccountOptions extends KeyringOptions {
  readonly vestingAmount?: string;
  readonly vestingStartTime?: bigint;
  readonly vestingEndTime?: bigint;
  readonly append: boolean;
  readonly fromBucket: LaunchedBucket;
}

function parseUnixTime(text: string): bigint {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError("a Unix time in seconds, like 1790000000.");
  return BigInt(text);
}

/** An address, or the name of a key. */
async function resolveAddress(text: string, options: KeyringOptions, context: CommandContext): Promise<Address> {
  if (/^open1/.test(text)) return parseAddress(text);
  return addressOf(await keyringOf(options, context).get(text));
}

/** What the vesting flags say. @throws EdgeFailure "config" when one of them is missing or they contradict one another. */
function scheduleOf(options: AddAccountOptions, amount: bigint): Schedule | undefined {
  const { vestingAmount, vestingStartTime: start, vestingEndTime: end } = options;
  if (vestingAmount === undefined) {
    if (start === undefined && end === undefined) return undefined;
    throw new EdgeFailure("config", "--vesting-start-time and --vesting-end-time need --vesting-amount");
  }
  const original = parseCoinsArgument(vestingAmount, "--vesting-amount");
  if (original > amount) throw new EdgeFailure("config", "--vesting-amount cannot be greater than the account's coins");
  if (end === undefined) throw new EdgeFailure("config", "--vesting-amount needs --vesting-end-time");
  if (start === undefined || start === 0n) return { kind: "delayed", original, end };
  if (end <= start) throw new EdgeFailure("config", "--vesting-end-time must be after --vesting-start-time");
  return { kind: "continuous", original, start, end };
}

async function addAccount([who, coins]: readonly [string, string], options: AddAccountOptions, context: CommandContext): Promise<void> {
  const home = homeOf(options, context);
  const amount = parseCoinsArgument(coins);
  const vesting = scheduleOf(options, amount);
  const doc = loadGenesis(home);
  const address = await resolveAddress(who, options, context);
  const { append, fromBucket: from } = options;
  const appState = addGenesisAccount(doc.appState as Readonly<Record<string, unknown>>, {
    address,
    amount,
    from,
    append,
    ...(vesting === undefined ? {} : { vesting }),
  });
  saveGenesis(home, { ...doc, appState });
}

function validate(file: string | undefined, options: HomeOptions, context: CommandContext): void {
  const path = file ?? homeOf(options, context).genesis;
  const { validators } = checkGenesis(readText(path));
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
    .option("--vesting-end-time <unix>", "when all is released", parseUnixTime)
    .option("--append", "add to the balance of an account that exists", false)
    .addOption(new Option("--from-bucket <bucket>", "where the coins come from").choices(LAUNCHED_BUCKETS).default("ecosystem"));
  withKeyring(command).action(async (who: string, coins: string, _: unknown, self: Command) => {
    await addAccount([who, coins], self.optsWithGlobals<AddAccountOptions>(), context);
    context.done(0);
  });
}

/** `genesis`: the document that a chain starts from. */
export function addGenesisCommand(program: Command, context: CommandContext): void {
  const genesis = program.command("genesis").description("The document that a chain starts from: accounts, then a gentx of each validator, collected by one of them.").addOption(outerHomeOption())
    .helpCommand(false);
  addAddAccount(genesis, context);
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
