import type { TaskKind, TaskView, WeightedValue } from "../../chain/attest/index.js";
import { Fault } from "../../chain/primitives/index.js";
import { AttributionOutcome, AttributionTask } from "../../proto/gen/openledger/attribution/v1.js";
import { attributionFailed } from "./events.js";
import type { AttributionPorts } from "./ports.js";
import { isCloseTo, medianOutcome } from "./rules/median.js";
import type { WeightedOutcome } from "./rules/median.js";
import { MAX_OUTCOME_BYTES, parseOutcome } from "./rules/outcome.js";
import { ATTRIBUTION_KIND } from "./service.js";
import { settleAttribution } from "./settle.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

function known(value: Uint8Array, task: AttributionTask): AttributionOutcome {
  const outcome = parseOutcome(value, task);
  if (outcome === undefined) throw new Fault("the tally passed on an invalid outcome", { inference: task.inferenceId });
  return outcome;
}

function medianOf(values: readonly WeightedValue[], view: TaskView) {
  const task = AttributionTask.decode(view.payload);
  const outcomes = values.map(({ power, value }): WeightedOutcome => ({ power, outcome: known(value, task) }));
  const median = medianOutcome(outcomes, task.contributors);
  return {
    value: AttributionOutcome.encode(median),
    isClose: (value: Uint8Array): boolean => isCloseTo(median, known(value, task)),
  };
}

/** Exact where more than two thirds found the same; otherwise the stake-weighted median of what was found. */
export function attributionTask(ports: AttributionPorts): TaskKind {
  return {
    kind: ATTRIBUTION_KIND,
    maxValueBytes: MAX_OUTCOME_BYTES,
    isValid: (value, view) => parseOutcome(value, AttributionTask.decode(view.payload)) !== undefined,
    median: medianOf,
    onResolved(ctx, view, outcome) {
      const value = AttributionOutcome.decode(outcome.value);
      settleAttribution(ctx, ports, view.subject, { taskId: view.id, outcome, value });
    },
    onFailed(ctx, view) {
      const { pending } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
      pending.delete(view.subject);
      ports.inferences.refund(ctx, view.subject);
      ctx.emit(attributionFailed(view.subject));
    },
  };
}
