import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { Address } from "../../chain/primitives/index.js";
import { DisputeStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../proto/gen/openledger/modelfactory/v1.js";
import { disputeClosed } from "./events.js";
import { changeJob } from "./job-book.js";
import { payLostBond } from "./lost-bond.js";
import type { ModelFactoryPorts } from "./ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

const { DISPUTE_STATUS_TRAINER_TURN, DISPUTE_STATUS_CHALLENGER_TURN, DISPUTE_STATUS_COMMITTEE, DISPUTE_STATUS_REJECTED } = DisputeStatus;

export function isOpenDispute({ status }: Dispute): boolean {
  return status === DISPUTE_STATUS_COMMITTEE || isSomebodysTurn(status);
}

function isSomebodysTurn(status: number): boolean {
  return status === DISPUTE_STATUS_TRAINER_TURN || status === DISPUTE_STATUS_CHALLENGER_TURN;
}

/** Stores a dispute where its state says that it belongs: among the open ones, and among those that wait for a move. */
export function putDispute(ctx: Context, dispute: Dispute): Dispute {
  const { disputes, openDisputes, moves } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const key = [dispute.jobId, dispute.kind, dispute.segment] as const;
  const before = disputes.get(dispute.id)?.deadline ?? 0n;
  if (before !== 0n) moves.delete([before, dispute.id]);
  if (dispute.deadline !== 0n) moves.add([dispute.deadline, dispute.id]);
  if (isOpenDispute(dispute)) openDisputes.set(key, dispute.id);
  else openDisputes.delete(key);
  disputes.set(dispute.id, dispute);
  return dispute;
}

/** It is somebody's turn, for the time that one move may take. */
export function awaitMove(ctx: Context, dispute: Dispute, status: number): Dispute {
  const { disputeMovePeriod } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).params.getOrFail();
  return putDispute(ctx, { ...dispute, status, deadline: ctx.block.height + BigInt(disputeMovePeriod) });
}

/** How a dispute ends. */
export interface Ending {
  readonly status: number;
  /** Who gets the challenger's bond: the challenger itself all of it, anybody else the winner's share. */
  readonly bondTo: Address;
  readonly reason: string;
}

/** Pays the challenger's bond out; the job has one dispute less. */
export function endDispute(ctx: Context, ports: ModelFactoryPorts, dispute: Dispute, { status, bondTo, reason }: Ending): void {
  const bond = parseUopen(dispute.bond);
  const isLost = status === DISPUTE_STATUS_REJECTED;
  const paid = isLost ? payLostBond(ctx, ports, bond, bondTo) : bond;
  if (!isLost) ports.token.fromModule(ctx, MODELFACTORY_STORE, bondTo, bond);
  const ended = putDispute(ctx, { ...dispute, status, deadline: 0n, reason });
  changeJob(ctx, dispute.jobId, (job) => ({ openDisputes: job.openDisputes - 1 }));
  ctx.emit(disputeClosed(ended, { bondTo, paid }));
}

/** Nobody wins: bonds go back. Bounded by the checkpoints of a job, twice, and its result. */
export function endAllDisputes(ctx: Context, ports: ModelFactoryPorts, jobId: bigint, reason: string): void {
  const { openDisputes, disputes } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const status = DisputeStatus.DISPUTE_STATUS_UNRESOLVED;
  for (const id of [...openDisputes.values({ prefix: [jobId] })]) {
    const dispute = disputes.getOrFail(id);
    endDispute(ctx, ports, dispute, { status, bondTo: parseAddress(dispute.challenger), reason });
  }
}
