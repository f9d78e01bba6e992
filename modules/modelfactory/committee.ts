import type { Context } from "../../chain/kernel/context.js";
import { EMPTY_BYTES } from "../../chain/primitives/index.js";
import { DisputeKind, DisputeStatus, ReplayTask } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../proto/gen/openledger/modelfactory/v1.js";
import { putDispute } from "./dispute-book.js";
import type { ModelFactoryPorts } from "./ports.js";
import { replayTime } from "./rules/patience.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Kind of the tasks by which validators run a part of somebody's training again. */
export const REPLAY_KIND = "replay";

/** The state that a checkpoint left, or that of the start, which follows from the job alone. */
export function stateAfter(ctx: Context, jobId: bigint, step: number): Pick<ReplayTask, "stateCid" | "stateRoot"> {
  if (step === 0) return { stateCid: "", stateRoot: EMPTY_BYTES };
  const { stateCid, stateHash } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).checkpoints.getOrFail([jobId, step]);
  return { stateCid, stateRoot: stateHash };
}

/** Opens a task about a job that was claimed, for those who have its runtime. Returns its id. */
export function openReplay(ctx: Context, ports: ModelFactoryPorts, task: Omit<ReplayTask, "runtimeId">): bigint {
  const { jobs, params } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const job = jobs.getOrFail(task.jobId);
  const commitPeriod = replayTime(job, task, params.getOrFail().progressPeriod);
  const payload = ReplayTask.encode({ ...task, runtimeId: job.runtimeId });
  return ports.tasks.open(ctx, { kind: REPLAY_KIND, subject: task.jobId, payload, commitPeriod });
}

/** Puts a dispute before the validators, from a state that both sides agree on. */
export function askCommittee(
  ctx: Context,
  ports: ModelFactoryPorts,
  dispute: Dispute,
  state: Pick<ReplayTask, "stateCid" | "stateRoot">,
): Dispute {
  const { id: disputeId, jobId, low: from, high: to } = dispute;
  const result = dispute.kind === DisputeKind.DISPUTE_KIND_RESULT;
  const taskId = openReplay(ctx, ports, { jobId, disputeId, from, to, ...state, result });
  const status = DisputeStatus.DISPUTE_STATUS_COMMITTEE;
  return putDispute(ctx, { ...dispute, status, deadline: 0n, stateCid: state.stateCid, taskId });
}
