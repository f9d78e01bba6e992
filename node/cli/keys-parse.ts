import type { Command } from "commander";
import { bech32 } from "@scure/base";
import { ACCOUNT_PREFIX, CONSENSUS_PREFIX, OPERATOR_PREFIX } from "../../chain/codec/index.js";
import { parseHex, toUpperHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { outputOf, withOutput } from "./common-options.js";
import type { CommandContext, OutputOptions } from "./common-options.js";
import { formatResult } from "./format-output.js";
import type { Printable } from "./format-output.js";

const KINDS = [ACCOUNT_PREFIX, `${ACCOUNT_PREFIX}pub`, OPERATOR_PREFIX, `${OPERATOR_PREFIX}pub`, CONSENSUS_PREFIX, `${CONSENSUS_PREFIX}pub`];
const MAX_BECH32 = 1_023;

/** @throws EdgeFailure "malformed" on text that is neither hex nor bech32. */
export function describeAddress(text: string): Printable {
  if (/^([0-9a-fA-F]{2})+$/.test(text)) {
    const words = bech32.toWords(parseHex(text.toLowerCase()));
    return { formats: KINDS.map((prefix) => bech32.encode(prefix, words, MAX_BECH32)) };
  }
  const decoded = bech32.decodeUnsafe(text, MAX_BECH32);
  const bytes = decoded && bech32.fromWordsUnsafe(decoded.words);
  if (decoded === undefined || !(bytes instanceof Uint8Array)) {
    throw new EdgeFailure("malformed", `"${text.slice(0, 100)}" is neither hex nor bech32 (or a letter of it was mistyped)`);
  }
  return { human: decoded.prefix, bytes: toUpperHex(bytes) };
}

/** `keys parse`. */
export function addKeysParseCommand(keys: Command, context: CommandContext): void {
  const command = keys
    .command("parse")
    .summary("Parse address from hex to bech32 and vice versa")
    .description("Shows the bytes of a bech32 address, or the bech32 forms of bytes in hex.")
    .argument("<hex-or-bech32>");
  withOutput(command).action((text: string, _: unknown, self: Command) => {
    context.terminal.out(formatResult(describeAddress(text), outputOf(self.optsWithGlobals<OutputOptions>(), context)));
    context.done(0);
  });
}
