import { formatAddress } from "../../../chain/codec/index.js";
import { SdkError } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { Address } from "../../../chain/primitives/index.js";
import type { Send } from "../messages.js";
import type { TokenService } from "../service.js";

/** What the two transfers share: the coin is enabled, and no module account receives by a plain transfer. */
export interface TransferRules {
  readonly token: TokenService;
  isBlocked(address: Address): boolean;
}

export function checkTransfer(ctx: TxContext, rules: TransferRules, recipients: readonly Address[]): void {
  rules.token.checkSendEnabled(ctx);
  for (const to of recipients) {
    if (rules.isBlocked(to))
      throw SdkError.Unauthorized(`${formatAddress(to)} is not allowed to receive funds`);
  }
}

export function handleSend(ctx: TxContext, rules: TransferRules, { from, to, amount }: Send): void {
  checkTransfer(ctx, rules, [to]);
  rules.token.send(ctx, from, to, amount);
}
