import type { Context } from "../../../chain/kernel/index.js";
import { addDeposit } from "../deposits.js";
import { votingStarted } from "../events.js";
import type { Deposit } from "../messages.js";
import type { Token } from "../ports.js";

export function deposit(ctx: Context, token: Token, message: Deposit): void {
  if (addDeposit(ctx, token, message)) ctx.emit(votingStarted("proposal_deposit", message.proposalId));
}
