import { formatAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { Address } from "../../chain/primitives/index.js";
import { DisputeStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../proto/gen/openledger/modelfactory/v1.js";
import { askCommittee, stateAfter } from "./committee.js";
import { awaitMove } from "./dispute-book.js";
import { ModelError } from "./errors.js";
import type { ModelFactoryPorts } from "./ports.js";
import { isNarrow, segmentStart } from "./rules/bisection.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";
import { reject, uphold } from "./verdict.js";

const { DISPUTE_STATUS_TRAINER_TURN, DISPUTE_STATUS_CHALLENGER_TURN } = DisputeStatus;

/** Disputes that end in one block at most because a side fell silent; the rest wait for the next. */
export const MAX_SILENT_PER_BLOCK = 50;

function dueDispute(ctx: Context, disputeId: bigint, status: number): Dispute {
  const { disputes } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const dispute = disputes.getOrFail(disputeId, () => ModelError.DisputeNotFound(`dispute ${disputeId}`));
  if (dispute.status !== status) throw ModelError.NotDue();
  if (ctx.block.height > dispute.deadline) throw ModelError.DeadlinePassed();
  return dispute;
}

/** The dispute, if it waits for its trainer and this is it. @throws Reject modelfactory/17, /26, /30, /31. */
export function trainersMove(ctx: Context, disputeId: bigint, trainer: Address): Dispute {
  const dispute = dueDispute(ctx, disputeId, DISPUTE_STATUS_TRAINER_TURN);
  const job = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).jobs.getOrFail(dispute.jobId);
  if (job.trainer !== formatAddress(trainer)) throw ModelError.NotTrainer();
  return dispute;
}

/** The dispute, if it waits for its challenger and this is it. @throws Reject modelfactory/26, /30, /31, /32. */
export function challengersMove(ctx: Context, disputeId: bigint, challenger: Address): Dispute {
  const dispute = dueDispute(ctx, disputeId, DISPUTE_STATUS_CHALLENGER_TURN);
  if (dispute.challenger !== formatAddress(challenger)) throw ModelError.NotChallenger();
  return dispute;
}

/**
 * What follows once the ends are known: another middle, or with one step left the committee. The state before a segment's
 * first step is on record; any other is the challenger's to hand over.
 */
export function goOn(ctx: Context, ports: ModelFactoryPorts, dispute: Dispute): Dispute {
  if (!isNarrow(dispute)) return awaitMove(ctx, dispute, DISPUTE_STATUS_TRAINER_TURN);
  const { hyperparameters } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).jobs.getOrFail(dispute.jobId);
  const isAtStart = dispute.low === segmentStart(hyperparameters, dispute.segment);
  if (isAtStart) return askCommittee(ctx, ports, dispute, stateAfter(ctx, dispute.jobId, dispute.low));
  return awaitMove(ctx, dispute, DISPUTE_STATUS_CHALLENGER_TURN);
}

/** Silence loses. Bounded by MAX_SILENT_PER_BLOCK. */
export function endSilent(ctx: Context, ports: ModelFactoryPorts): void {
  const { moves, disputes } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  for (const key of [...moves.keys({ end: [ctx.block.height, 0n], limit: MAX_SILENT_PER_BLOCK })]) {
    // A refutation just before may have ended this one.
    if (!moves.has(key)) continue;
    const dispute = disputes.getOrFail(key[1]);
    if (dispute.status === DISPUTE_STATUS_TRAINER_TURN) uphold(ctx, ports, dispute, "the trainer was silent");
    else reject(ctx, ports, dispute, "the challenger was silent");
  }
}
