import { parseAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { DisputeKind, DisputeStatus, JobStatus, ReplayStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute, ReplayOutcome } from "../../proto/gen/openledger/modelfactory/v1.js";
import { endDispute } from "./dispute-book.js";
import { changeJob } from "./job-book.js";
import type { ModelFactoryPorts } from "./ports.js";
import { refuteJob } from "./refute.js";
import { segmentStart } from "./rules/bisection.js";
import { isSameOutput, outputOf, recordOf } from "./rules/replay-outcome.js";
import { isSameStep } from "./rules/step-record.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";
import { OTHER_RUNTIME, leaveUnverified } from "./unverified.js";

/** The trainer was wrong or silent: its bond pays the challenger. */
export function uphold(ctx: Context, ports: ModelFactoryPorts, dispute: Dispute, reason: string): void {
  const winner = parseAddress(dispute.challenger);
  endDispute(ctx, ports, dispute, { status: DisputeStatus.DISPUTE_STATUS_UPHELD, bondTo: winner, reason });
  refuteJob(ctx, ports, dispute.jobId, { winner, reason });
}

/** The job can be disputed for at least so many blocks more, so that a dispute lost on purpose shields nobody. */
function reopenWindow(ctx: Context, jobId: bigint, blocks: number): void {
  const least = ctx.block.height + BigInt(blocks);
  changeJob(ctx, jobId, (job) => {
    const isCompleted = job.status === JobStatus.JOB_STATUS_COMPLETED;
    return isCompleted && job.settleHeight < least ? { settleHeight: least } : {};
  });
}

/** The challenger was wrong or silent: its bond pays the trainer. */
export function reject(ctx: Context, ports: ModelFactoryPorts, dispute: Dispute, reason: string): void {
  const { jobs, params } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const { trainer } = jobs.getOrFail(dispute.jobId);
  const status = DisputeStatus.DISPUTE_STATUS_REJECTED;
  endDispute(ctx, ports, dispute, { status, bondTo: parseAddress(trainer), reason });
  reopenWindow(ctx, dispute.jobId, params.getOrFail().disputeWindow);
}

/** Too few of the committee have the runtime of the training: nobody has lost, and the job ends with the dispute. */
function leaveIncomparable(ctx: Context, ports: ModelFactoryPorts, dispute: Dispute): void {
  const status = DisputeStatus.DISPUTE_STATUS_UNRESOLVED;
  endDispute(ctx, ports, dispute, { status, bondTo: parseAddress(dispute.challenger), reason: OTHER_RUNTIME });
  leaveUnverified(ctx, ports, dispute.jobId);
}

/** The committee came to no result: nobody has lost. */
export function leaveUnresolved(ctx: Context, ports: ModelFactoryPorts, dispute: Dispute): void {
  const { params } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const status = DisputeStatus.DISPUTE_STATUS_UNRESOLVED;
  endDispute(ctx, ports, dispute, { status, bondTo: parseAddress(dispute.challenger), reason: "no result" });
  reopenWindow(ctx, dispute.jobId, params.getOrFail().disputeMovePeriod);
}

/** Whether the starting state was the challenger's to hand over. */
function isChallengersState(ctx: Context, dispute: Dispute): boolean {
  const { hyperparameters } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).jobs.getOrFail(dispute.jobId);
  const isSegment = dispute.kind === DisputeKind.DISPUTE_KIND_SEGMENT;
  return isSegment && dispute.low !== segmentStart(hyperparameters, dispute.segment);
}

/** Whether what was re-run is what the trainer published. */
function confirms(ctx: Context, dispute: Dispute, { last, output }: ReplayOutcome): boolean {
  const { checkpoints, jobs, adapters } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  if (dispute.kind === DisputeKind.DISPUTE_KIND_RESULT) {
    const adapter = adapters.getOrFail(jobs.getOrFail(dispute.jobId).adapterId);
    return output !== undefined && isSameOutput(output, outputOf(adapter));
  }
  const isSegment = dispute.kind === DisputeKind.DISPUTE_KIND_SEGMENT;
  const published = isSegment ? dispute.highRecord : recordOf(checkpoints.getOrFail([dispute.jobId, dispute.segment]));
  return last !== undefined && published !== undefined && isSameStep(last, published);
}

/** What the committee found decides. */
export function decide(ctx: Context, ports: ModelFactoryPorts, dispute: Dispute, outcome: ReplayOutcome): void {
  if (outcome.status === ReplayStatus.REPLAY_STATUS_DONE) {
    if (confirms(ctx, dispute, outcome)) return reject(ctx, ports, dispute, "the record was confirmed");
    return uphold(ctx, ports, dispute, "the record is wrong");
  }
  if (outcome.status === ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME) return leaveIncomparable(ctx, ports, dispute);
  // Whoever says to have run it must be able to show what from, wherever the dispute starts.
  if (outcome.status === ReplayStatus.REPLAY_STATUS_IMPOSSIBLE) return uphold(ctx, ports, dispute, "nobody can run this job");
  const isWithheld = outcome.status === ReplayStatus.REPLAY_STATUS_UNAVAILABLE;
  const what = dispute.kind === DisputeKind.DISPUTE_KIND_RESULT ? "the state or a file of the result" : "the state";
  const reason = isWithheld ? `${what} was withheld` : `${what} is not the one on record`;
  if (isChallengersState(ctx, dispute)) return reject(ctx, ports, dispute, reason);
  return uphold(ctx, ports, dispute, reason);
}
