import type { TaskKind, TaskView } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { Fault } from "../../chain/primitives/index.js";
import { DisputeStatus, ReplayStatus, ReplayTask } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { ReplayOutcome } from "../../proto/gen/openledger/modelfactory/v1.js";
import { REPLAY_KIND } from "./committee.js";
import type { ModelFactoryPorts } from "./ports.js";
import { ABSTENTION, MAX_OUTCOME_BYTES, isAbstention, isOutOfReach, parseReplayOutcome } from "./rules/replay-outcome.js";
import { forgetRuntime, learnRuntime } from "./runtimes.js";
import { judgeSample } from "./samples.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";
import { decide, leaveUnresolved } from "./verdict.js";

/** What the outcome says of the software that validators run. */
function noteRuntime(ctx: Context, jobId: bigint, outcome: ReplayOutcome | undefined): void {
  if (outcome?.status === ReplayStatus.REPLAY_STATUS_DONE) learnRuntime(ctx, jobId);
  else if (outcome?.status === ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME) forgetRuntime(ctx, jobId);
}

/** A dispute may have ended while the validators were at work, by another one's outcome: then theirs decides nothing. */
function finish(ctx: Context, ports: ModelFactoryPorts, view: TaskView, outcome: ReplayOutcome | undefined): void {
  const task = ReplayTask.decode(view.payload);
  noteRuntime(ctx, task.jobId, outcome);
  if (task.disputeId === 0n) return judgeSample(ctx, ports, [task.jobId, task.to], outcome);
  const dispute = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).disputes.getOrFail(task.disputeId);
  if (dispute.status !== DisputeStatus.DISPUTE_STATUS_COMMITTEE) return;
  if (outcome === undefined) return leaveUnresolved(ctx, ports, dispute);
  decide(ctx, ports, dispute, outcome);
}

/**
 * Exact: what more than two thirds of the committee found by re-running, or nothing. Who has another runtime abstains and counts
 * for neither side; where more than a third does, that is the outcome.
 */
export function replayTask(ports: ModelFactoryPorts): TaskKind {
  return {
    kind: REPLAY_KIND,
    maxValueBytes: MAX_OUTCOME_BYTES,
    isValid: (value, view) => parseReplayOutcome(value, ReplayTask.decode(view.payload)) !== undefined,
    median: (values, _view, whole) => (isOutOfReach(values, whole) ? { value: ABSTENTION, isClose: isAbstention } : undefined),
    onResolved(ctx, view, { value }) {
      const outcome = parseReplayOutcome(value, ReplayTask.decode(view.payload));
      if (outcome === undefined) throw new Fault("the tally passed on an invalid outcome", { task: view.id });
      finish(ctx, ports, view, outcome);
    },
    onFailed: (ctx, view) => finish(ctx, ports, view, undefined),
  };
}
