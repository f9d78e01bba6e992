import type { Outcome, TaskView } from "../../chain/attest/index.js";
import { Fault } from "../../chain/primitives/index.js";
import { AttributionTask } from "../../proto/gen/openledger/attribution/v1.js";
import type { Attestation, AttributionOutcome } from "../../proto/gen/openledger/attribution/v1.js";
import { parseAgreed } from "./rules/finding.js";

/** A resolved attribution task, read once. */
export interface Resolved {
  readonly view: TaskView;
  readonly task: AttributionTask;
  readonly outcome: Outcome;
  readonly value: AttributionOutcome;
}

export function readResolved(view: TaskView, outcome: Outcome): Resolved {
  const task = AttributionTask.decode(view.payload);
  const value = parseAgreed(outcome.value, task);
  if (value === undefined) throw new Fault("the tally passed on an invalid outcome", { inference: task.inferenceId });
  return { view, task, outcome, value };
}

export function attestationOf({ view, outcome }: Resolved): Attestation {
  const { agreeingPower, revealedPower, committeePower, median } = outcome;
  return { taskId: view.id, agreeingPower, revealedPower, committeePower, median };
}
