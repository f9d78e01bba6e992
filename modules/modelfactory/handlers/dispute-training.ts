import { formatAddress, parseUopen } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { equalBytes } from "../../../chain/primitives/index.js";
import { Dispute, DisputeKind, DisputeStatus, JobStatus } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { MsgDisputeTrainingResponse, TrainingJob } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { askCommittee, stateAfter } from "../committee.js";
import { awaitMove } from "../dispute-book.js";
import type { DisputeTraining } from "../dispute-messages.js";
import { ModelError } from "../errors.js";
import { disputeMoved, disputeOpened } from "../events.js";
import { changeJob, isAnswerable } from "../job-book.js";
import type { ModelFactoryPorts } from "../ports.js";
import { segmentStart } from "../rules/bisection.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

function disputableJob(ctx: TxContext, jobId: bigint): TrainingJob {
  const { jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const job = jobs.getOrFail(jobId, () => ModelError.JobNotFound(`job ${jobId}`));
  const isOver = job.status === JobStatus.JOB_STATUS_COMPLETED && ctx.block.height >= job.settleHeight;
  if (!isAnswerable(job) || isOver) throw ModelError.NotDisputable();
  return job;
}

function checkSubject(ctx: TxContext, job: TrainingJob, msg: DisputeTraining): void {
  const { checkpoints, openDisputes } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const noCheckpoint = () => ModelError.InvalidDispute(`no checkpoint at step ${msg.step}`);
  const { stateHash } = checkpoints.getOrFail([job.id, msg.step], noCheckpoint);
  const isResult = msg.kind === DisputeKind.DISPUTE_KIND_RESULT;
  if (isResult && (job.adapterId === 0n || msg.step !== job.hyperparameters.steps)) {
    throw ModelError.InvalidDispute("a result follows from the last step of a completed job");
  }
  const isSegment = msg.kind === DisputeKind.DISPUTE_KIND_SEGMENT;
  if (isSegment && equalBytes(stateHash, msg.stateRoot)) throw ModelError.InvalidDispute("this is the state root on record");
  if (openDisputes.has([job.id, msg.kind, msg.step])) throw ModelError.AlreadyDisputed();
}

function create(ctx: TxContext, job: TrainingJob, msg: DisputeTraining, bond: string): Dispute {
  const { nextDispute } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const isSegment = msg.kind === DisputeKind.DISPUTE_KIND_SEGMENT;
  const low = isSegment ? segmentStart(job.hyperparameters, msg.step) : msg.step;
  return Dispute.create({
    id: nextDispute.next(),
    jobId: job.id,
    kind: msg.kind,
    challenger: formatAddress(msg.challenger),
    bond,
    segment: msg.step,
    low,
    lowRoot: stateAfter(ctx, job.id, low).stateRoot,
    high: msg.step,
    challengerRoot: msg.stateRoot,
    openedHeight: ctx.block.height,
  });
}

/**
 * Bonds the challenger. A segment is bisected first; a checkpoint or a result goes to the committee at once.
 *
 * @throws Reject modelfactory/14, modelfactory/27, modelfactory/28, modelfactory/29, sdk/5.
 */
export function disputeTraining(ctx: TxContext, ports: ModelFactoryPorts, msg: DisputeTraining): MsgDisputeTrainingResponse {
  const { params } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const job = disputableJob(ctx, msg.jobId);
  checkSubject(ctx, job, msg);
  const { disputeBond } = params.getOrFail();
  ports.token.toModule(ctx, msg.challenger, MODELFACTORY_STORE, parseUopen(disputeBond));

  const dispute = create(ctx, job, msg, disputeBond);
  changeJob(ctx, job.id, (now) => ({ openDisputes: now.openDisputes + 1 }));
  ctx.emit(disputeOpened(dispute));
  const isSegment = msg.kind === DisputeKind.DISPUTE_KIND_SEGMENT;
  const moved = isSegment
    ? awaitMove(ctx, dispute, DisputeStatus.DISPUTE_STATUS_TRAINER_TURN)
    : askCommittee(ctx, ports, dispute, stateAfter(ctx, job.id, msg.step));
  ctx.emit(disputeMoved(moved));
  return { disputeId: dispute.id };
}
