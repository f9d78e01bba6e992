import type { Command } from "commander";
import { parseBase64 } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { COIN_TYPE, deriveSecret, generateMnemonic, hdPathOf, offlineRecord, parseKeyName, parseMnemonic, recordOf } from "../keyring/index.js";
import type { KeyRecord, Keyring } from "../keyring/index.js";
import { keyringOf, outputOf, parseCount, withKeyring } from "./common-options.js";
import type { CommandContext, KeyringOptions } from "./common-options.js";
import { formatResult } from "./format-output.js";
import { keyOutput } from "./key-output.js";
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
}

interface NewKey {
  readonly record: KeyRecord;
  /** Absent where there is none to write down. */
  readonly mnemonic?: string;
}

/** {"@type":"/cosmos.crypto.secp256k1.PubKey","key":"A..."} as `keys show -p` prints it. */
function parsePublicKey(text: string): Uint8Array {
  try {
    const { "@type": type, key } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (type === "/cosmos.crypto.secp256k1.PubKey" && typeof key === "string") return parseBase64(key);
  } catch (cause) {
    throw new EdgeFailure("malformed", "--pubkey is no JSON; give it as `keys show NAME -p` prints it", {}, cause);
  }
  throw new EdgeFailure("malformed", '--pubkey looks like {"@type":"/cosmos.crypto.secp256k1.PubKey","key":"..."}');
}

async function askBip39Passphrase(terminal: Terminal): Promise<string> {
  const first = await terminal.secret("> Enter your bip39 passphrase. This is combined with the mnemonic to derive the seed. Most users should just hit enter to use the default, \"\"\n");
  if (first === "") return "";
  if ((await terminal.secret("> Repeat the passphrase:\n")) !== first) throw new EdgeFailure("config", "the two passphrases differ; nothing was written");
  return first;
}

async function makeKey(name: string, options: AddOptions, terminal: Terminal): Promise<NewKey> {
  if (options.pubkey !== undefined) return { record: offlineRecord(name, parsePublicKey(options.pubkey)) };
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
  if (options.dryRun) {
    print(await makeKey(name, options, terminal), options, context);
    return;
  }
  const keyring = keyringOf(options, context);
  const replaces = await freeName(name, keyring, terminal);
  const made = await makeKey(name, options, terminal);
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
    .option("--pubkey <json>", "keep a public key only, as `keys show -p` prints it");
  withKeyring(command).action(async (name: string, _: unknown, self: Command) => {
    await add(name, self.optsWithGlobals<AddOptions>(), context);
    context.done(0);
  });
}
