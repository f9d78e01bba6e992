import { formatAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { EMPTY_BYTES } from "../../chain/primitives/index.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import { awaitDraw } from "./audits.js";
import { noteParts, operatorsOf } from "./attesters.js";
import { openReview } from "./disputes.js";
import { attributionSettled } from "./events.js";
import { noteHarm } from "./harm.js";
import type { AttributionPorts } from "./ports.js";
import { withSplit } from "./rules/correct.js";
import { attestationOf } from "./resolved.js";
import type { Resolved } from "./resolved.js";
import { agreedHash, parseFinding } from "./rules/finding.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";
import { openWindow } from "./window.js";

/** Keeps what each attester revealed, for audits and disputes, and remembers how it did. */
export function noteFindings(ctx: Context, ports: AttributionPorts, { view, task, outcome }: Resolved): void {
  const revealed = outcome.attesters.map(({ validator, agreed, value }) => {
    const finding = value && parseFinding(value, task);
    const outcomeHash = finding === undefined ? EMPTY_BYTES : agreedHash(finding.outcome, task);
    return { validator, outcomeHash, work: finding?.work ?? EMPTY_BYTES, agreed, runtimeId: finding?.outcome.runtimeId ?? EMPTY_BYTES };
  });
  awaitDraw(ctx, {
    inferenceId: task.inferenceId,
    taskId: view.id,
    attempt: view.attempt,
    beacon: task.beacon,
    exposed: view.attempt > 1 || task.disputeId > 0n,
    settledHeight: ctx.block.height,
    drawn: false,
    revealed,
  });
  noteParts(ctx, ports, outcome.attesters, "attribution");
}

/**
 * The agreed scores become a record that is open to dispute, and the fee is held for it. Where validators did not agree on
 * one value, the chain has it reviewed at once. Bounded by the contributors of an adapter and two committees.
 */
export function settleAttribution(ctx: Context, ports: AttributionPorts, resolved: Resolved): void {
  const { pending, params } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { outcome, value, task } = resolved;
  const { draft } = pending.getOrFail(task.inferenceId);
  const unpaid: AttributionRecord = {
    ...draft,
    outcome: value,
    attestation: attestationOf(resolved),
    attesters: [...draft.attesters, ...operatorsOf(ctx, ports, outcome.attesters)],
    height: ctx.block.height,
  };
  const record = withSplit(unpaid, formatAddress(ports.communityPool.account));
  pending.delete(task.inferenceId);
  ports.inferences.settle(ctx, task.inferenceId, ATTRIBUTION_STORE);
  openWindow(ctx, record, ctx.block.height + BigInt(params.getOrFail().disputeWindow));
  noteHarm(ctx, record);
  noteFindings(ctx, ports, resolved);
  ctx.emit(attributionSettled(record));
  if (outcome.median) openReview(ctx, ports, task.inferenceId, undefined);
}
