import type { Context, FeeGrants } from "../../chain/kernel/index.js";
import { feegrantEvent } from "./events.js";
import { deleteGrant, getGrant, setGrant } from "./grants.js";
import type { Allowance } from "./rules/allowance.js";
import { spend } from "./rules/spend.js";

/** Of comparing one type URL (the SDK's figure). */
const GAS_PER_MESSAGE = 10n;

function chargeMessages(ctx: Context, allowance: Allowance, count: number): void {
  if (allowance.kind !== "messages") return;
  ctx.gas.consume(GAS_PER_MESSAGE * BigInt(allowance.messages.length + count), "check msg");
  chargeMessages(ctx, allowance.inner, count);
}

/** What the ante checks ask: fits FeeGrants of chain/kernel. */
export const feeGrants: FeeGrants = {
  use(ctx, { granter, grantee, fee, messages }) {
    const pair = { granter, grantee };
    const allowance = getGrant(ctx, pair);
    chargeMessages(ctx, allowance, messages.length);
    const left = spend(allowance, { fee, time: ctx.block.time, messages });
    if (left === undefined) {
      deleteGrant(ctx, pair);
      ctx.emit(feegrantEvent("revoke", pair));
      ctx.emit(feegrantEvent("use", pair));
      return;
    }
    setGrant(ctx, pair, left);
    ctx.emit(feegrantEvent("use", pair));
    ctx.emit(feegrantEvent("update", pair));
  },
};
