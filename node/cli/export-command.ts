import { Option } from "commander";
import type { Command } from "commander";
import { EdgeFailure } from "../errors.js";
import { homeOf, homeOption, parseCount } from "./common-options.js";
import type { CommandContext, HomeOptions } from "./common-options.js";
import { writeNewFile } from "./new-file.js";

interface ExportOptions extends HomeOptions {
  readonly height: number;
  readonly forZeroHeight: boolean;
  readonly modulesToExport?: string;
  readonly outputDocument?: string;
}

async function exportState(options: ExportOptions, context: CommandContext): Promise<void> {
  if (options.forZeroHeight) {
    const why = "deadlines are heights, and past heights decide who is paid, so the exported chain goes on at the height it has reached";
    throw new EdgeFailure("config", `--for-zero-height is not possible (ADR 0144): ${why}; leave the flag out`);
  }
  const [{ exportGenesisDoc }, { formatGenesis }] = [await import("../config/export-genesis.js"), await import("../config/genesis.js")];
  const modules = (options.modulesToExport ?? "").split(",").filter((name) => name !== "");
  const text = formatGenesis(await exportGenesisDoc(homeOf(options, context), { height: BigInt(options.height), modules }));
  if (options.outputDocument === undefined) context.terminal.out(text);
  else writeNewFile(options.outputDocument, text);
}

/** `export`. */
export function addExportCommand(program: Command, context: CommandContext): void {
  program
    .command("export")
    .summary("Export state to JSON")
    .description("Prints the state of a stopped node as a genesis document, whose chain goes on at the next height. The application has started on it, in memory, before it is printed.")
    .addOption(homeOption())
    .addOption(new Option("--height <n>", "export state after this block (default: the last)").argParser(parseCount).default(0, "0"))
    .option("--modules-to-export <names>", "comma-separated list of modules to export; all when left out")
    .option("--output-document <file>", "write to this new file instead of standard output")
    .addOption(new Option("--for-zero-height", "accepted to say why it is not possible").default(false).hideHelp())
    .action(async (_: unknown, self: Command) => {
      await exportState(self.optsWithGlobals<ExportOptions>(), context);
      context.done(0);
    });
}
