import { Option } from "commander";
import type { Command } from "commander";
import { clientSettingsOf, homeOption, parseNodeUrl } from "./common-options.js";
import type { CommandContext, HomeOptions } from "./common-options.js";
import { OUTPUT_FORMATS, formatResult } from "./format-output.js";
import type { OutputFormat, Printable } from "./format-output.js";
import { createRpc } from "./rpc.js";

interface StatusOptions extends HomeOptions {
  readonly node?: string;
  readonly output: OutputFormat;
}

/** --node, else the node of client.toml. */
export function nodeOption(): Option {
  return new Option("-n, --node <url>", "JSON-RPC of a node (default: that of client.toml)").argParser(parseNodeUrl).env("OPENLEDGER_NODE");
}

/** `status`: what a node says of itself. */
export function addStatusCommand(program: Command, context: CommandContext): void {
  program
    .command("status")
    .summary("Query remote node for status")
    .description("Prints who a node is, how far it is, and whether it is catching up.")
    .addOption(homeOption())
    .addOption(nodeOption())
    .addOption(new Option("-o, --output <format>", "how results are printed").choices(OUTPUT_FORMATS).default("json"))
    .action(async (_: unknown, self: Command) => {
      const options = self.optsWithGlobals<StatusOptions>();
      const url = options.node ?? clientSettingsOf(options, context).node;
      const status = await createRpc(url).call("status", {}, AbortSignal.timeout(30_000));
      context.terminal.out(formatResult(status as Printable, options.output));
      context.done(0);
    });
}
