import type { Command } from "commander";
import { MAX_GENESIS_BYTES, readTextFile } from "./file-argument.js";
import { homeOf, homeOption } from "./common-options.js";
import type { CommandContext, HomeOptions } from "./common-options.js";

const ABOUT = [
  "Takes what `export` printed as the state that the chain of a new home begins with.",
  "The application is started on it, in memory, before anything is written; the home must have been made with `init` and must not hold blocks. Every node of the chain imports the same file.",
].join("\n");

/** `import`. */
export function addImportCommand(program: Command, context: CommandContext): void {
  program
    .command("import")
    .summary("Import exported state into a new home")
    .description(ABOUT)
    .argument("<file>", "document that `export` printed")
    .addOption(homeOption())
    .action(async (file: string, _: unknown, self: Command) => {
      const { importGenesis } = await import("../config/import-genesis.js");
      const home = homeOf(self.optsWithGlobals<HomeOptions>(), context);
      const { chainId, validators } = importGenesis(home, readTextFile(file, MAX_GENESIS_BYTES));
      context.terminal.err(`Imported ${chainId} with ${validators} validators into ${home.genesis}\n`);
      context.done(0);
    });
}
