import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { Address } from "../../chain/primitives/index.js";
import { AdapterStatus, JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import { endAllDisputes } from "./dispute-book.js";
import { trainingRefuted } from "./events.js";
import { changeJob } from "./job-book.js";
import { payLostBond } from "./lost-bond.js";
import { markAdapter } from "./marks.js";
import type { ModelFactoryPorts } from "./ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Who gets the winner's share of the trainer's bond, and what was wrong. */
export interface Refutation {
  readonly winner: Address;
  readonly reason: string;
}

/**
 * The training was proven wrong: the trainer loses its bond to winner and community, the fee goes back to the developer; the other
 * disputes of the job end without a loser, and its adapter, if there is one already, is marked with all that is built on it.
 */
export function refuteJob(ctx: Context, ports: ModelFactoryPorts, jobId: bigint, { winner, reason }: Refutation): void {
  const job = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).jobs.getOrFail(jobId);
  const paid = payLostBond(ctx, ports, parseUopen(job.bond), winner);
  ports.token.fromModule(ctx, MODELFACTORY_STORE, parseAddress(job.developer), parseUopen(job.fee));
  endAllDisputes(ctx, ports, jobId, "the job was refuted");
  const refuted = changeJob(ctx, jobId, () => ({ status: JobStatus.JOB_STATUS_REFUTED, deadline: 0n }));
  if (job.adapterId !== 0n) markAdapter(ctx, job.adapterId, AdapterStatus.ADAPTER_STATUS_REFUTED);
  ctx.emit(trainingRefuted(refuted, { winner, paid, reason }));
}
