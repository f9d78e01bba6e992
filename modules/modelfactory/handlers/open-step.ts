import type { TxContext } from "../../../chain/kernel/context.js";
import { DisputeStatus } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute, MsgOpenStepResponse } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { awaitMove } from "../dispute-book.js";
import type { OpenStep } from "../dispute-messages.js";
import { ModelError } from "../errors.js";
import { disputeMoved } from "../events.js";
import { goOn, trainersMove } from "../moves.js";
import type { ModelFactoryPorts } from "../ports.js";
import { segmentStart, stepDue } from "../rules/bisection.js";
import { recordOf } from "../rules/replay-outcome.js";
import { isSameStep, verifyStep } from "../rules/step-record.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

/** The record is in the segment's tree, and the last one is the checkpoint itself. */
function checkRecord(ctx: TxContext, dispute: Dispute, { record, path }: OpenStep): void {
  const { jobs, checkpoints } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const due = stepDue(dispute);
  if (record.step !== due) throw ModelError.InvalidStep(`step ${due} is due`);
  const { jobId, segment: to } = dispute;
  const checkpoint = checkpoints.getOrFail([jobId, to]);
  const from = segmentStart(jobs.getOrFail(jobId).hyperparameters, to);
  if (!verifyStep(record, path, { root: checkpoint.stepRoot, from, to })) {
    throw ModelError.InvalidStep("the path does not lead to the segment's root");
  }
  if (due === to && !isSameStep(record, recordOf(checkpoint))) throw ModelError.InvalidStep("the checkpoint says otherwise");
}

/**
 * The trainer shows what it committed to: the end first, then each middle.
 *
 * @throws Reject modelfactory/17, modelfactory/26, modelfactory/30, modelfactory/31, modelfactory/33.
 */
export function openStep(ctx: TxContext, ports: ModelFactoryPorts, msg: OpenStep): MsgOpenStepResponse {
  const dispute = trainersMove(ctx, msg.disputeId, msg.trainer);
  checkRecord(ctx, dispute, msg);

  const isEnd = dispute.highRecord === undefined;
  const moved = isEnd
    ? goOn(ctx, ports, { ...dispute, highRecord: msg.record })
    : awaitMove(ctx, { ...dispute, middle: msg.record }, DisputeStatus.DISPUTE_STATUS_CHALLENGER_TURN);
  ctx.emit(disputeMoved(moved));
  return {};
}
