import type { Outcome } from "../../chain/attest/index.js";
import { formatAddress, parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { addUopen, toUopen } from "../../chain/primitives/index.js";
import { PayoutRole } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionOutcome, AttributionRecord, Payout } from "../../proto/gen/openledger/attribution/v1.js";
import { attributionSettled, payoutMade } from "./events.js";
import type { AttributionPorts } from "./ports.js";
import { splitFee } from "./rules/split.js";
import { splitInput } from "./rules/verify.js";
import { operatorsOf } from "./service.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

/** Earnings wait for their account; what is the platform's, or burned, leaves at once. */
function payOut(ctx: Context, ports: AttributionPorts, payout: Payout): void {
  const amount = parseUopen(payout.amount);
  if (payout.role === PayoutRole.PAYOUT_ROLE_BURN) return ports.token.burn(ctx, ATTRIBUTION_STORE, amount);
  if (payout.role === PayoutRole.PAYOUT_ROLE_PLATFORM) return ports.communityPool.fund(ctx, ATTRIBUTION_STORE, amount);
  const { accrued } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const account = parseAddress(payout.account);
  accrued.set(account, addUopen(accrued.get(account) ?? toUopen(0n), amount));
}

/** Negative influence earns nothing, but it is remembered: curation looks at it. */
function noteHarm(ctx: Context, record: AttributionRecord): void {
  const { harm } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  for (const { contributor, influence } of record.shares) {
    if (influence >= 0n) continue;
    const key = [record.adapterId, parseAddress(contributor)] as const;
    const before = harm.get(key);
    const amount = BigInt(before?.amount ?? "0") - influence;
    const answers = (before?.answers ?? 0n) + 1n;
    harm.set(key, { adapterId: record.adapterId, contributor, amount: amount.toString(), answers });
  }
}

export interface Finding {
  readonly taskId: bigint;
  readonly outcome: Outcome;
  readonly value: AttributionOutcome;
}

/** The agreed scores become a record and OPEN. Bounded by the contributors of an adapter and two committees. */
export function settleAttribution(ctx: Context, ports: AttributionPorts, inferenceId: bigint, finding: Finding): void {
  const { pending, records } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { draft } = pending.getOrFail(inferenceId);
  const { outcome, taskId, value } = finding;
  const unpaid: AttributionRecord = {
    ...draft,
    outcome: value,
    attestation: {
      taskId,
      agreeingPower: outcome.agreeingPower,
      revealedPower: outcome.revealedPower,
      committeePower: outcome.committeePower,
      median: outcome.median,
    },
    attesters: [...draft.attesters, ...operatorsOf(ctx, ports, outcome.attesters)],
    height: ctx.block.height,
  };
  const record = { ...unpaid, ...splitFee(splitInput(unpaid, formatAddress(ports.communityPool.account))) };
  pending.delete(inferenceId);
  records.set(inferenceId, record);
  ports.inferences.settle(ctx, inferenceId, ATTRIBUTION_STORE);
  for (const payout of record.payouts) {
    payOut(ctx, ports, payout);
    ctx.emit(payoutMade(inferenceId, payout));
  }
  noteHarm(ctx, record);
  ctx.emit(attributionSettled(record));
}
