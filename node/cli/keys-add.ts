import type { Command } from "commander";
import { compareBytes } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { COIN_TYPE, addressOf, deriveSecret, generateMnemonic, hdPathOf, multisigRecord, parseKeyName, parseMnemonic, publicRecord, recordOf } from "../keyring/index.js";
import type { KeyRecord, Keyring } from "../keyring/index.js";
import { keyringOf, outputOf, parseCount, withKeyring } from "./common-options.js";
import type { CommandContext, KeyringOptions } from "./common-options.js";
import { formatResult } from "./format-output.js";
import { keyOutput, parsePublicKeyJson } from "./key-output.js";
import { findKey } from "./keys-find.js";
import { confirm } from "./terminal.js";
import type { Terminal } from "./terminal.js";

interface AddOptions extends KeyringOptions {
  readonly recover: boolean;
  readonly interactive: boolean;
  readonly dryRun: boolean;
  /** Commander's name of --no-backup. */
  readonly backup: boolean;
  readonly account: number;
  readonly index: number;
  readonly coinType: number;
  readonly hdPath?: string;
  readonly pubkey?: string;
  readonly multisig?: string;
  readonly multisigThreshold: number;
  readonly nosort: boolean;
}

interface NewKey {
  readonly record: KeyRecord;
  /** Absent where there is none to write down. */
  readonly mnemonic?: string;
}

async function askBip39Passphrase(terminal: Terminal): Promise<string> {
  const first = await terminal.secret("> Enter your bip39 passphrase. This is combined with the mnemonic to derive the seed. Most users should just hit enter to use the default, \"\"\n");
  if (first === "") return "";
  if ((await terminal.secret("> Repeat the passphrase:\n")) !== first) throw new EdgeFailure("config", "the two passphrases differ; nothing was written");
  return first;
}

async function makeKey(name: string, options: AddOptions, terminal: Terminal): Promise<NewKey> {
  if (options.pubkey !== undefined) return { record: publicRecord(name, parsePublicKeyJson(options.pubkey)) };
  const path = hdPathOf(options);
  const given = options.recover
    ? await terminal.secret("> Enter your bip39 mnemonic\n")
    : options.interactive
      ? await terminal.secret("> Enter your bip39 mnemonic, or hit enter to generate one.\n")
      : "";
  const isNew = given.trim() === "" && !options.recover;
  const mnemonic = isNew ? generateMnemonic() : parseMnemonic(given);
  const passphrase = options.interactive ? await askBip39Passphrase(terminal) : "";
  const record = recordOf(name, await deriveSecret(mnemonic, path, passphrase));
  return isNew ? { record, mnemonic } : { record };
}

/** A multisig of keys in this keyring, sorted by address unless told otherwise, as other Cosmos programs sort them. */
async function makeMultisig(name: string, names: string, { multisigThreshold, nosort }: AddOptions, keyring: Keyring): Promise<NewKey> {
  const keys: KeyRecord[] = [];
  for (const one of names.split(",")) keys.push(await findKey(keyring, one.trim()));
  const ordered = nosort ? keys : keys.toSorted((a, b) => compareBytes(addressOf(a), addressOf(b)));
  return { record: multisigRecord(name, multisigThreshold, ordered) };
}

/** A name that is taken is given up only by a person who says so. */
async function freeName(name: string, keyring: Keyring, terminal: Terminal): Promise<boolean> {
  if (!keyring.has(name)) return false;
  if (await confirm(terminal, `override the existing name ${name}`)) return true;
  throw new EdgeFailure("aborted", "aborted");
}

async function store({ record }: NewKey, keyring: Keyring, replaces: boolean): Promise<void> {
  // The passphrase is checked, by reading, before anything is removed.
  if (replaces) {
    await keyring.get(record.name);
    await keyring.remove(record.name);
  }
  await keyring.add(record);
}

function print({ record, mnemonic }: NewKey, options: AddOptions, context: CommandContext): void {
  const { terminal } = context;
  const format = outputOf(options, context);
  const words = options.backup ? mnemonic : undefined;
  if (format === "json") {
    terminal.out(formatResult({ ...keyOutput(record), ...(words === undefined ? {} : { mnemonic: words }) }, format));
    return;
  }
  terminal.out(formatResult([keyOutput(record)], format));
  if (words === undefined) return;
  const advice = "**Important** write this mnemonic phrase in a safe place.\nIt is the only way to recover your account if you ever forget your password.";
  terminal.err(`\n${advice}\n\n${words}\n`);
}

async function add(name: string, options: AddOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  parseKeyName(name);
  if (options.pubkey !== undefined && (options.recover || options.interactive)) {
    throw new EdgeFailure("config", "--pubkey cannot be combined with --recover or --interactive");
  }
  if (options.multisig !== undefined && (options.recover || options.interactive || options.pubkey !== undefined)) {
    throw new EdgeFailure("config", "--multisig cannot be combined with --recover, --interactive or --pubkey");
  }
  const make = (): Promise<NewKey> =>
    options.multisig === undefined ? makeKey(name, options, terminal) : makeMultisig(name, options.multisig, options, keyringOf(options, context));
  if (options.dryRun) {
    print(await make(), options, context);
    return;
  }
  const keyring = keyringOf(options, context);
  const replaces = await freeName(name, keyring, terminal);
  const made = await make();
  await store(made, keyring, replaces);
  print(made, options, context);
}

/** `keys add`. */
export function addKeysAddCommand(keys: Command, context: CommandContext): void {
  const command = keys
    .command("add")
    .summary("Add an encrypted private key (either newly generated or recovered)")
    .description(
      [
        "Makes a key and prints the mnemonic it comes from, once, on standard error. With --recover the mnemonic is read from",
        "standard input instead. Keys derive as BIP 44 says: m/44'/118'/account'/0/index.",
      ].join("\n"),
    )
    .argument("<name>", "what you call it")
    .option("--recover", "seed phrase is given on standard input", false)
    .option("-i, --interactive", "ask for mnemonic and BIP 39 passphrase", false)
    .option("--dry-run", "perform the action, but keep nothing", false)
    .option("--no-backup", "do not print the mnemonic (if others are looking at the screen)")
    .option("--account <n>", "account number of the HD path", parseCount, 0)
    .option("--index <n>", "address index of the HD path", parseCount, 0)
    .option("--coin-type <n>", "coin type of the HD path", parseCount, COIN_TYPE)
    .option("--hd-path <path>", "the whole HD path, in place of the three numbers")
    .option("--pubkey <json>", "keep a public key only, as `keys show -p` prints it")
    .option("--multisig <names>", "keys of a multisig, separated by commas; they must be in the keyring")
    .option("--multisig-threshold <k>", "how many of them must sign", parseCount, 1)
    .option("--nosort", "keys of a multisig are taken in the order they are given, instead of by address", false);
  withKeyring(command).action(async (name: string, _: unknown, self: Command) => {
    await add(name, self.optsWithGlobals<AddOptions>(), context);
    context.done(0);
  });
}
