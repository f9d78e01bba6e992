import type { TaskKind, TaskView, WeightedValue } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { Fault } from "../../chain/primitives/index.js";
import { AttributionTask } from "../../proto/gen/openledger/attribution/v1.js";
import { decideReview, leaveUnresolved } from "./disputes.js";
import { noteTurnout } from "./attesters.js";
import { attributionFailed } from "./events.js";
import { ATTRIBUTION_KIND } from "./kinds.js";
import type { AttributionPorts } from "./ports.js";
import { readResolved } from "./resolved.js";
import { MAX_FINDING_BYTES, encodeAgreed, parseFinding } from "./rules/finding.js";
import type { Finding } from "./rules/finding.js";
import { isCloseTo, medianOutcome } from "./rules/median.js";
import type { WeightedOutcome } from "./rules/median.js";
import { noteFindings, settleAttribution } from "./settle.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

function known(value: Uint8Array, task: AttributionTask): Finding {
  const finding = parseFinding(value, task);
  if (finding === undefined) throw new Fault("an invalid finding was tallied", { inference: task.inferenceId });
  return finding;
}

function medianOf(values: readonly WeightedValue[], view: TaskView) {
  const task = AttributionTask.decode(view.payload);
  const outcomes = values.map(({ power, value }): WeightedOutcome => ({ power, outcome: known(value, task).outcome }));
  const median = medianOutcome(outcomes, task.contributors);
  return {
    value: encodeAgreed(median, task),
    isClose: (value: Uint8Array): boolean => isCloseTo(median, known(value, task).outcome),
  };
}

/** Nobody can say who shaped the answer: the user is refunded whole. */
function giveUp(ctx: Context, ports: AttributionPorts, inferenceId: bigint): void {
  attributionState.open(ctx.store(ATTRIBUTION_STORE)).pending.delete(inferenceId);
  ports.inferences.refund(ctx, inferenceId);
  ctx.emit(attributionFailed(inferenceId));
}

/**
 * Exact where more than two thirds found the same; otherwise the stake-weighted median of what was found. Findings are
 * compared without the validators' own work. A task is either the first of its inference or the review of a dispute.
 */
export function attributionTask(ports: AttributionPorts): TaskKind {
  return {
    kind: ATTRIBUTION_KIND,
    maxValueBytes: MAX_FINDING_BYTES,
    isValid: (value, view) => parseFinding(value, AttributionTask.decode(view.payload)) !== undefined,
    comparable(value, view) {
      const task = AttributionTask.decode(view.payload);
      return encodeAgreed(known(value, task).outcome, task);
    },
    median: medianOf,
    onResolved(ctx, view, outcome) {
      const resolved = readResolved(view, outcome);
      if (resolved.task.disputeId === 0n) {
        settleAttribution(ctx, ports, resolved);
        return;
      }
      decideReview(ctx, ports, resolved);
      noteFindings(ctx, ports, resolved);
      noteTurnout(ctx, ports, outcome.attesters, true);
    },
    onFailed(ctx, view, attesters) {
      const { disputeId } = AttributionTask.decode(view.payload);
      if (disputeId === 0n) {
        giveUp(ctx, ports, view.subject);
        return;
      }
      leaveUnresolved(ctx, ports, disputeId);
      noteTurnout(ctx, ports, attesters, false);
    },
  };
}
