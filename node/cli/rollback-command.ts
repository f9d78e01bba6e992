import type { Command } from "commander";
import { toHex } from "../../chain/primitives/index.js";
import { homeOf, homeOption } from "./common-options.js";
import type { CommandContext, HomeOptions } from "./common-options.js";

interface RollbackOptions extends HomeOptions {
  readonly hard: boolean;
}

const ABOUT = [
  "A state rollback is performed to recover from an incorrect application state transition, when the engine has persisted an incorrect app hash and cannot go on.",
  "The node goes back from height n to n - 1, the application too. No blocks are removed, so block n is executed again when the node starts; used twice, it changes nothing the second time.",
  "With --hard block n is removed as well, and every use goes one height further back. What the validator signed stays on record: it will not sign again at heights that it has signed.",
].join("\n");

/** `rollback`, with the words of a Cosmos daemon. */
export function addRollbackCommand(program: Command, context: CommandContext): void {
  program
    .command("rollback")
    .summary("Rollback the application and engine state by one height")
    .description(ABOUT)
    .addOption(homeOption())
    .option("--hard", "remove last block as well as state", false)
    .action(async (_: unknown, self: Command) => {
      const options = self.optsWithGlobals<RollbackOptions>();
      const { rollBackHome } = await import("../config/rollback.js");
      const { height, appHash } = await rollBackHome(homeOf(options, context), options.hard);
      context.terminal.out(`Rolled back state to height ${height} and hash ${toHex(appHash).toUpperCase()}\n`);
      context.done(0);
    });
}
