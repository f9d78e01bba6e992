import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { homeAt } from "../config/home.js";
import type { Home } from "../config/home.js";
import { readClientSettings } from "../config/client-settings.js";
import type { ClientSettings } from "../config/client-settings.js";
import { KEYRING_BACKENDS, openKeyring } from "../keyring/index.js";
import type { Keyring, KeyringBackend } from "../keyring/index.js";
import { OUTPUT_FORMATS } from "./format-output.js";
import type { OutputFormat } from "./format-output.js";
import { askPassphrase } from "./passphrase.js";
import type { Terminal } from "./terminal.js";

/** Options that many commands share, with the flags, environment variables and defaults of a Cosmos daemon. */

/** What a group of commands is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Where the home is when nobody says: the environment's HOME. */
  readonly env: NodeJS.ProcessEnv;
  /** Hands over the exit code of what ran. */
  readonly done: (code: number) => void;
}

export interface HomeOptions {
  readonly home?: string;
}

export interface OutputOptions extends HomeOptions {
  readonly output?: OutputFormat;
}

export interface KeyringOptions extends OutputOptions {
  readonly keyringBackend?: KeyringBackend;
  readonly keyringDir?: string;
}

export function homeOption(): Option {
  return new Option("--home <folder>", "folder of configuration and data (default: ~/.openledger)").env("OPENLEDGER_HOME");
}

/** --home before a subcommand: `openledgerd --home x keys list`. */
export function outerHomeOption(): Option {
  return new Option("--home <folder>", "folder of configuration and data (default: ~/.openledger)");
}

export function outputOption(): Option {
  return new Option("-o, --output <format>", "how results are printed").choices(OUTPUT_FORMATS).env("OPENLEDGER_OUTPUT");
}

/** Adds --home and --output. */
export function withOutput(command: Command): Command {
  return command.addOption(homeOption()).addOption(outputOption());
}

/** Adds --keyring-backend and --keyring-dir too. */
export function withKeyring(command: Command): Command {
  return withOutput(command)
    .addOption(
      new Option("--keyring-backend <backend>", "where keys are kept: os, file (your passphrase) or test (no protection)")
        .choices(KEYRING_BACKENDS)
        .env("OPENLEDGER_KEYRING_BACKEND"),
    )
    .addOption(new Option("--keyring-dir <folder>", "folder of the keyring (default: the home)").env("OPENLEDGER_KEYRING_DIR"));
}

export function defaultHome(env: NodeJS.ProcessEnv): string {
  return join(env["HOME"] ?? homedir(), ".openledger");
}

export function homeOf(options: HomeOptions, { env }: CommandContext): Home {
  return homeAt(resolve(options.home ?? defaultHome(env)));
}

/** client.toml of the home, or its defaults where there is none. @throws EdgeFailure "config" on a wrong one. */
export function clientSettingsOf(options: HomeOptions, context: CommandContext): ClientSettings {
  return readClientSettings(homeOf(options, context));
}

/** The flag, else client.toml. */
export function outputOf(options: OutputOptions, context: CommandContext): OutputFormat {
  return options.output ?? clientSettingsOf(options, context).output;
}

const ATTEMPTS = 3;

/** Those that a command has opened, so that it asks for a passphrase once. */
const opened = new WeakMap<CommandContext, Map<string, Keyring>>();

/** @throws EdgeFailure "config" where --keyring-backend os has no keyring to use. */
export function keyringOf(options: KeyringOptions, context: CommandContext): Keyring {
  const backend = options.keyringBackend ?? clientSettingsOf(options, context).keyringBackend;
  const dir = options.keyringDir === undefined ? homeOf(options, context).dir : resolve(options.keyringDir);
  const mine = opened.get(context) ?? new Map<string, Keyring>();
  opened.set(context, mine);
  const place = `${backend}:${dir}`;
  const attempts = context.terminal.isInteractive ? ATTEMPTS : 1;
  const keyring = mine.get(place) ?? openKeyring({ backend, dir, ask: askPassphrase(context.terminal, attempts), attempts });
  mine.set(place, keyring);
  return keyring;
}

/** A whole number of a flag, from 0. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value > 0x7fff_ffff) throw new InvalidArgumentError("a whole number from 0 to 2147483647.");
  return value;
}

/** http://host:port, or tcp:// as Cosmos daemons write it. */
export function parseNodeUrl(text: string): string {
  const url = text.replace(/^tcp:\/\//, "http://");
  if (!/^https?:\/\/[^\s/]+\/?$/.test(url)) throw new InvalidArgumentError("it looks like tcp://localhost:26657.");
  return url.replace(/\/$/, "");
}
