import type { TxContext } from "../../../chain/kernel/context.js";
import { addUopen, sumUopen, toUopen } from "../../../chain/primitives/index.js";
import type { Uopen } from "../../../chain/primitives/index.js";
import type { MsgClaimEmissionResponse } from "../../../proto/gen/openledger/emission/v1.js";
import { afterClaim, payOf } from "../claims.js";
import { EmissionError } from "../errors.js";
import { emissionClaimed } from "../events.js";
import type { ClaimEmission } from "../messages.js";
import type { EmissionPorts } from "../ports.js";
import { EMISSION_STORE, emissionState } from "../state.js";

/** Shares that one message looks at; the next message goes on. */
export const MAX_SHARES_PER_CLAIM = 100;

/**
 * Settles the oldest mature shares of an account: a share is read, paid and removed in O(1). What rounding leaves of an allocation
 * goes back to the community with its last share.
 *
 * @throws Reject emission/2 when no share is mature.
 */
export function claimEmission(ctx: TxContext, ports: EmissionPorts, { account }: ClaimEmission): MsgClaimEmissionResponse {
  const { shares, allocations } = emissionState.open(ctx.store(EMISSION_STORE));
  const oldest = [...shares.entries({ prefix: [account], limit: MAX_SHARES_PER_CLAIM })];
  const payments: Uopen[] = [];
  let rest = toUopen(0n);
  for (const [[, number, datanetId], bytes] of oldest) {
    const allocation = allocations.get([datanetId, number]);
    if (allocation === undefined || allocation.matureHeight > ctx.block.height) continue;
    const { after, left } = afterClaim(allocation, bytes);
    payments.push(payOf(allocation, bytes));
    allocations.set([datanetId, number], after);
    shares.delete([account, number, datanetId]);
    rest = addUopen(rest, left);
  }
  if (payments.length === 0) throw EmissionError.NothingToClaim();
  const paid = sumUopen(payments);
  if (paid > 0n) ports.token.fromModule(ctx, EMISSION_STORE, account, paid);
  if (rest > 0n) ports.communityPool.fund(ctx, EMISSION_STORE, rest);
  ctx.emit(emissionClaimed(account, paid, payments.length));
  return { amount: paid.toString(), shares: payments.length };
}
