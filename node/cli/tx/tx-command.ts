import type { Command } from "commander";
import { MODULES } from "../commands/index.js";
import type { CommandContext } from "../common-options.js";
import { CUSTOM_TXS } from "./custom/index.js";
import { addDraftProposal } from "./draft-proposal.js";
import { addFileCommands } from "./file-commands.js";
import { addModuleTxs } from "./module-tx.js";
import { addMultisignCommand } from "./multisign-command.js";
import { addSignCommands } from "./sign-command.js";
import { addValidateSignatures } from "./validate-signatures.js";

/** What stands below `tx`. */
export function fillTxCommand(tx: Command, context: CommandContext): void {
  addSignCommands(tx, context);
  addMultisignCommand(tx, context);
  addFileCommands(tx, context);
  addValidateSignatures(tx, context);
  addModuleTxs(tx, MODULES, CUSTOM_TXS, context);
  const gov = tx.commands.find((command) => command.name() === "gov");
  if (gov !== undefined) addDraftProposal(gov, context);
}
