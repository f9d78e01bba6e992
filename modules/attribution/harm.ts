import { parseAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

function change(ctx: Context, record: AttributionRecord, sign: 1n | -1n): void {
  const { harm } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  for (const { contributor, influence } of record.shares) {
    if (influence >= 0n) continue;
    const key = [record.adapterId, parseAddress(contributor)] as const;
    const before = harm.get(key);
    const amount = BigInt(before?.amount ?? "0") - sign * influence;
    const answers = (before?.answers ?? 0n) + sign;
    if (answers === 0n) harm.delete(key);
    else harm.set(key, { adapterId: record.adapterId, contributor, amount: amount.toString(), answers });
  }
}

/** Negative influence earns nothing, but it is remembered: curation looks at it. */
export function noteHarm(ctx: Context, record: AttributionRecord): void {
  change(ctx, record, 1n);
}

/** What a refuted outcome said of contributors is taken back. */
export function forgetHarm(ctx: Context, record: AttributionRecord): void {
  change(ctx, record, -1n);
}
