import type { Command } from "commander";
import { readFileSync } from "node:fs";
import { parseHex, toHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { armorPrivateKey, parseKeyName, recordOf, unarmorPrivateKey } from "../keyring/index.js";
import type { Keyring } from "../keyring/index.js";
import { keyringOf, withKeyring } from "./common-options.js";
import type { CommandContext, KeyringOptions } from "./common-options.js";
import { findKey } from "./keys-find.js";
import { newPassphrase } from "./passphrase.js";
import { confirm } from "./terminal.js";

interface ExportOptions extends KeyringOptions {
  readonly unarmoredHex: boolean;
  readonly unsafe: boolean;
  readonly yes: boolean;
}

async function exportKey(name: string, options: ExportOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  if (options.unarmoredHex !== options.unsafe) throw new EdgeFailure("config", "the flags --unarmored-hex and --unsafe must be used together");
  const { secret, name: found } = await findKey(keyringOf(options, context), name);
  if (secret === undefined) throw new EdgeFailure("config", `only the public half of ${found} is here; there is nothing to export`);
  if (options.unarmoredHex) {
    const question = "WARNING: The private key will be exported as an unarmored hexadecimal string. USE AT YOUR OWN RISK. Continue?";
    if (!options.yes && !(await confirm(terminal, question))) throw new EdgeFailure("aborted", "aborted");
    terminal.out(`${toHex(secret)}\n`);
    return;
  }
  const passphrase = await newExportPassphrase(context);
  terminal.out(await armorPrivateKey(secret, passphrase));
}

/** A person types it twice; a script gives it once, as to other Cosmos daemons. */
async function newExportPassphrase({ terminal }: CommandContext): Promise<string> {
  const prompt = "Enter passphrase to encrypt the exported key: ";
  if (terminal.isInteractive) return newPassphrase(terminal, prompt, "Repeat the passphrase: ");
  const passphrase = await terminal.secret(prompt);
  if (passphrase.length < 8) throw new EdgeFailure("config", "a passphrase has at least 8 characters");
  return passphrase;
}

function checkFree(name: string, keyring: Keyring): void {
  if (keyring.has(parseKeyName(name))) throw new EdgeFailure("config", `cannot overwrite key: a key named "${name}" exists already`);
}

function readArmor(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new EdgeFailure("not-found", `${file} cannot be read`, {}, cause);
  }
}

async function importKey(name: string, file: string, options: KeyringOptions, context: CommandContext): Promise<void> {
  const keyring = keyringOf(options, context);
  checkFree(name, keyring);
  const armor = readArmor(file);
  const passphrase = await context.terminal.secret("Enter passphrase to decrypt your key: ");
  await keyring.add(recordOf(name, await unarmorPrivateKey(armor, passphrase)));
}

function parseSecret(hex: string): Uint8Array {
  const digits = hex.trim().toLowerCase().replace(/^0x/, "");
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new EdgeFailure("malformed", "a private key has 64 hex digits");
  return parseHex(digits);
}

async function importHex(name: string, hex: string, options: KeyringOptions, context: CommandContext): Promise<void> {
  const keyring = keyringOf(options, context);
  checkFree(name, keyring);
  await keyring.add(recordOf(name, parseSecret(hex)));
}

/** `keys export`, `keys import` and `keys import-hex`. */
export function addKeysTransferCommands(keys: Command, context: CommandContext): void {
  const out = keys
    .command("export")
    .summary("Export private keys")
    .description("Prints a private key in ASCII armor under a passphrase of its own, as Cosmos SDK 0.50 does: either program reads the other's.")
    .argument("<name>")
    .option("--unarmored-hex", "print the key itself, in hex; needs --unsafe", false)
    .option("--unsafe", "with --unarmored-hex: whoever sees the screen owns the account", false)
    .option("-y, --yes", "skip confirmation prompt", false);
  withKeyring(out).action(async (name: string, _: unknown, self: Command) => {
    await exportKey(name, self.optsWithGlobals<ExportOptions>(), context);
    context.done(0);
  });
  const into = keys
    .command("import")
    .description("Import a private key from a file of `keys export`, ours or that of a daemon on Cosmos SDK 0.50 and later.")
    .argument("<name>")
    .argument("<keyfile>");
  withKeyring(into).action(async (name: string, file: string, _: unknown, self: Command) => {
    await importKey(name, file, self.optsWithGlobals<KeyringOptions>(), context);
    context.done(0);
  });
  const hex = keys
    .command("import-hex")
    .description("Import a private key from hex. It is seen in the shell's history: give it on standard input instead, by leaving it out.")
    .argument("<name>")
    .argument("[hex]");
  withKeyring(hex).action(async (name: string, digits: string | undefined, _: unknown, self: Command) => {
    const given = digits ?? (await context.terminal.secret("> Enter private key in hex: "));
    await importHex(name, given, self.optsWithGlobals<KeyringOptions>(), context);
    context.done(0);
  });
}
