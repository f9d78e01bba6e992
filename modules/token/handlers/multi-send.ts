import type { TxContext } from "../../../chain/kernel/index.js";
import type { MultiSend } from "../messages.js";
import { checkTransfer } from "./send.js";
import type { TransferRules } from "./send.js";

export function handleMultiSend(ctx: TxContext, rules: TransferRules, { from, outputs }: MultiSend): void {
  const recipients = outputs.map((o) => o.to);
  checkTransfer(ctx, rules, recipients);
  for (const { to, amount } of outputs) rules.token.send(ctx, from, to, amount);
}
