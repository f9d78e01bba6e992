import { Option } from "commander";
import type { Command } from "commander";
import { EdgeFailure } from "../errors.js";
import { addressOf, formatAddressAs, generateMnemonic } from "../keyring/index.js";
import type { AddressKind, KeyRecord } from "../keyring/index.js";
import { keyringOf, outerHomeOption, outputOf, withKeyring, withOutput } from "./common-options.js";
import type { CommandContext, KeyringOptions } from "./common-options.js";
import { formatResult } from "./format-output.js";
import { addKeysAddCommand } from "./keys-add.js";
import { findKey } from "./keys-find.js";
import { addKeysChangeCommands } from "./keys-change.js";
import { addKeysParseCommand } from "./keys-parse.js";
import { addKeysTransferCommands } from "./keys-transfer.js";
import { formatPublicKey, keyOutput } from "./key-output.js";

interface ListOptions extends KeyringOptions {
  readonly listNames: boolean;
}

interface ShowOptions extends KeyringOptions {
  readonly address: boolean;
  readonly pubkey: boolean;
  readonly bech: AddressKind;
}

const KINDS: readonly AddressKind[] = ["acc", "val", "cons"];

async function list(options: ListOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const records = await keyringOf(options, context).list();
  const format = outputOf(options, context);
  if (options.listNames) {
    terminal.out(format === "json" ? `${JSON.stringify(records.map((r) => r.name))}\n` : records.map((r) => `${r.name}\n`).join(""));
    return;
  }
  if (records.length === 0 && format === "text") {
    terminal.err("No records were found in keyring\n");
    return;
  }
  terminal.out(formatResult(records.map((record) => keyOutput(record)), format));
}

function shownAs(record: KeyRecord, options: ShowOptions, context: CommandContext): string {
  if (options.address) return `${formatAddressAs(options.bech, addressOf(record))}\n`;
  if (options.pubkey) return `${formatPublicKey(record)}\n`;
  const format = outputOf(options, context);
  const shown = keyOutput(record, options.bech);
  return formatResult(format === "json" ? shown : [shown], format);
}

async function show(name: string, options: ShowOptions, context: CommandContext): Promise<void> {
  if (options.address && options.pubkey) throw new EdgeFailure("config", "cannot use both --address and --pubkey at once");
  const record = await findKey(keyringOf(options, context), name);
  context.terminal.out(shownAs(record, options, context));
}

function addListAndShow(keys: Command, context: CommandContext): void {
  withKeyring(keys.command("list").description("List all keys, by name."))
    .option("-n, --list-names", "names only", false)
    .action(async (_: unknown, self: Command) => {
      await list(self.optsWithGlobals<ListOptions>(), context);
      context.done(0);
    });
  const show_ = keys
    .command("show")
    .description("Show a key by its name or address. With -a the address alone, which is what scripts want.")
    .argument("<name-or-address>")
    .option("-a, --address", "only the address", false)
    .option("-p, --pubkey", "only the public key", false)
    .addOption(new Option("--bech <kind>", "which address: of the account, the operator or the consensus kind").choices(KINDS).default("acc"));
  withKeyring(show_).action(async (name: string, _: unknown, self: Command) => {
    await show(name, self.optsWithGlobals<ShowOptions>(), context);
    context.done(0);
  });
}

/** `keys`: the wallet of the command line. */
export function addKeysCommand(program: Command, context: CommandContext): void {
  const keys = program
    .command("keys")
    .summary("Manage your application's keys")
    .description(
      [
        "Keys for accounts. Where they are kept is the keyring backend:",
        "  os    a random passphrase in the desktop's keyring (Secret Service, through secret-tool)",
        "  file  a passphrase of yours, asked for on every use; scripts give it on standard input",
        "  test  no protection at all, for test networks",
        "",
        "The files of `file` and `os` are sealed with scrypt and XChaCha20-Poly1305.",
      ].join("\n"),
    )
    .addOption(outerHomeOption())
    .helpCommand(false);
  addKeysAddCommand(keys, context);
  addListAndShow(keys, context);
  addKeysChangeCommands(keys, context);
  addKeysTransferCommands(keys, context);
  withOutput(keys.command("mnemonic").description("Print a new 24-word mnemonic, and keep nothing.")).action(() => {
    context.terminal.out(`${generateMnemonic()}\n`);
    context.done(0);
  });
  addKeysParseCommand(keys, context);
}
