import { anyToJson } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { TYPES } from "./codecs.js";
import { outputOf } from "./common-options.js";
import type { CommandContext, OutputOptions } from "./common-options.js";
import { formatResult } from "./format-output.js";
import type { Printable } from "./format-output.js";
import { sortKeys } from "./sort-keys.js";

/** Prints JSON in the order of the .proto, or YAML with sorted names, as Cosmos daemons do. */
export function printJson(json: Printable, options: OutputOptions, context: CommandContext): void {
  const format = outputOf(options, context);
  context.terminal.out(formatResult(format === "json" ? json : sortKeys(json), format));
}

/** Prints a message in the SDK's JSON, or the YAML of it. */
export function printMessage(codec: AnyCodec, message: unknown, options: OutputOptions, context: CommandContext): void {
  printJson(anyToJson(codec, message, TYPES), options, context);
}
