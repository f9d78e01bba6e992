import { formatAddress } from "../../../chain/codec/index.js";
import { SdkError } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { CreateVesting } from "../messages.js";
import type { CoinsPort } from "../ports.js";
import type { AuthService } from "../service.js";

/** Only an address without an account may get a schedule: nobody locks the coins that others have. */
export function createVesting(ctx: TxContext, accounts: AuthService, coins: CoinsPort, msg: CreateVesting): void {
  const { from, to } = msg;
  coins.checkSendEnabled(ctx);
  if (coins.isBlocked(to)) throw SdkError.Unauthorized(`${formatAddress(to)} is not allowed to receive funds`);
  if (accounts.find(ctx, to) !== undefined)
    throw SdkError.InvalidRequest(`account ${formatAddress(to)} already exists`);
  const schedule = msg.schedule(ctx.block.time);
  accounts.createVesting(ctx, to, schedule);
  coins.send(ctx, from, to, schedule.original);
}
