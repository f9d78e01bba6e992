import type { Command } from "commander";
import type { CommandContext } from "./common-options.js";
import { fillQueryCommand } from "./query/query-command.js";
import { fillTxCommand } from "./tx/tx-command.js";

/** The commands that are made from the tables of the modules. */
export interface LedgerCommands {
  fillQuery(query: Command, context: CommandContext): void;
  fillTx(tx: Command, context: CommandContext): void;
}

export const LEDGER: LedgerCommands = { fillQuery: fillQueryCommand, fillTx: fillTxCommand };
