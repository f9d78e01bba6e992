import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { addUopen, subUopen, toUopen } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { PayoutRole } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord, Payout } from "../../proto/gen/openledger/attribution/v1.js";
import { payoutMade } from "./events.js";
import type { AttributionPorts } from "./ports.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

/** What a record says each account gets is held for it until the record is final; burned coins have no account. */
function hold(ctx: Context, payouts: readonly Payout[]): void {
  const { held } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  for (const payout of payouts.filter((p) => p.account !== "")) {
    const account = parseAddress(payout.account);
    held.set(account, addUopen(held.get(account) ?? toUopen(0n), parseUopen(payout.amount)));
  }
}

function release(ctx: Context, payouts: readonly Payout[]): void {
  const { held } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  for (const payout of payouts.filter((p) => p.account !== "")) {
    const account = parseAddress(payout.account);
    const left = subUopen(held.getOrFail(account), parseUopen(payout.amount));
    if (left === 0n) held.delete(account);
    else held.set(account, left);
  }
}

/** Writes a record that is not final, and holds what it says instead of what it said before. */
export function putRecord(ctx: Context, record: AttributionRecord): void {
  const { records } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const before = records.get(record.inferenceId);
  if (before !== undefined) release(ctx, before.payouts);
  hold(ctx, record.payouts);
  records.set(record.inferenceId, record);
}

/** An attester is paid as a validator, its delegators with it (ADR 0121); one that is forgotten has the pay to itself. */
function payAttester(ctx: Context, ports: AttributionPorts, operator: Address, amount: Uopen): boolean {
  return amount > 0n && ports.rewards.rewardValidator(ctx, { operator, fromModule: ATTRIBUTION_STORE, amount });
}

/** Earnings wait for their account; what is a validator's, the platform's, or burned, leaves. */
function payOut(ctx: Context, ports: AttributionPorts, payout: Payout): void {
  const amount = parseUopen(payout.amount);
  if (payout.role === PayoutRole.PAYOUT_ROLE_BURN) return ports.token.burn(ctx, ATTRIBUTION_STORE, amount);
  if (payout.role === PayoutRole.PAYOUT_ROLE_PLATFORM) return ports.communityPool.fund(ctx, ATTRIBUTION_STORE, amount);
  const { accrued } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const account = parseAddress(payout.account);
  if (payout.role === PayoutRole.PAYOUT_ROLE_ATTESTER && payAttester(ctx, ports, account, amount)) return;
  accrued.set(account, addUopen(accrued.get(account) ?? toUopen(0n), amount));
}

/** All that was held for a record becomes claimable, or leaves. Called once a record. */
export function payRecord(ctx: Context, ports: AttributionPorts, record: AttributionRecord): void {
  release(ctx, record.payouts);
  for (const payout of record.payouts) {
    payOut(ctx, ports, payout);
    ctx.emit(payoutMade(record.inferenceId, payout));
  }
}
