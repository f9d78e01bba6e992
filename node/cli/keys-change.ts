import type { Command } from "commander";
import { EdgeFailure } from "../errors.js";
import { keyringOf, withKeyring } from "./common-options.js";
import type { CommandContext, KeyringOptions } from "./common-options.js";
import { findKey } from "./keys-find.js";
import { confirm } from "./terminal.js";

interface ChangeOptions extends KeyringOptions {
  readonly yes: boolean;
}

async function remove(names: readonly string[], options: ChangeOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const keyring = keyringOf(options, context);
  for (const name of names) {
    const record = await findKey(keyring, name);
    const question = `Key reference will be deleted. Continue? (${record.name})`;
    if (!options.yes && !(await confirm(terminal, question))) throw new EdgeFailure("aborted", `aborted; ${record.name} was kept`);
    await keyring.remove(record.name);
    terminal.err(record.secret === undefined ? "Public key reference deleted\n" : "Key deleted forever (uh oh!)\n");
  }
}

async function rename(from: string, to: string, options: ChangeOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const keyring = keyringOf(options, context);
  const question = `Key reference will be renamed from ${from} to ${to}. Continue?`;
  if (!options.yes && !(await confirm(terminal, question))) throw new EdgeFailure("aborted", "aborted");
  await keyring.rename(from, to);
  terminal.err(`Key was successfully renamed from ${from} to ${to}\n`);
}

/** `keys delete` and `keys rename`. */
export function addKeysChangeCommands(keys: Command, context: CommandContext): void {
  withKeyring(keys.command("delete").description("Delete keys for good. Without a backup of the mnemonic what they own is lost."))
    .argument("<name...>")
    .option("-y, --yes", "skip confirmation prompt", false)
    .action(async (names: string[], _: unknown, self: Command) => {
      await remove(names, self.optsWithGlobals<ChangeOptions>(), context);
      context.done(0);
    });
  withKeyring(keys.command("rename").description("Rename an existing key."))
    .argument("<old-name>")
    .argument("<new-name>")
    .option("-y, --yes", "skip confirmation prompt", false)
    .action(async (from: string, to: string, _: unknown, self: Command) => {
      await rename(from, to, self.optsWithGlobals<ChangeOptions>(), context);
      context.done(0);
    });
}
