import type { Command } from "commander";
import { MODULES } from "../commands/index.js";
import type { CommandContext } from "../common-options.js";
import { addModuleQueries } from "./module-query.js";

/** What stands below `query`. */
export function fillQueryCommand(query: Command, context: CommandContext): void {
  addModuleQueries(query, MODULES, context);
}
