import type { Command } from "commander";
import { MODULES } from "../commands/index.js";
import type { CommandContext } from "../common-options.js";
import { CUSTOM_TXS } from "./custom/index.js";
import { addModuleTxs } from "./module-tx.js";

/** What stands below `tx`. */
export function fillTxCommand(tx: Command, context: CommandContext): void {
  addModuleTxs(tx, MODULES, CUSTOM_TXS, context);
}
