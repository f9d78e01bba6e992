import type { Command } from "commander";
import { MODULES } from "../commands/index.js";
import type { CommandContext } from "../common-options.js";
import { addBlockQueries } from "./block-queries.js";
import { addModuleQueries } from "./module-query.js";
import { addTxQueries } from "./tx-queries.js";

/** What stands below `query`. */
export function fillQueryCommand(query: Command, context: CommandContext): void {
  addTxQueries(query, context);
  addBlockQueries(query, context);
  addModuleQueries(query, MODULES, context);
}
