import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { AdapterStatus, JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import { endAllDisputes } from "./dispute-book.js";
import { trainingUnverified } from "./events.js";
import { changeJob } from "./job-book.js";
import { markAdapter } from "./marks.js";
import type { ModelFactoryPorts } from "./ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Why a dispute or a replay came to no result. */
export const OTHER_RUNTIME = "the validators have another runtime";

/**
 * Too few validators have the runtime that an answerable job was trained with. What cannot be checked is neither punished nor
 * paid: the bond goes back to the trainer and the fee to the developer, disputes end without a loser, and the adapter, if there is
 * one, is withdrawn with all that is built on it. Were it left in use, stating a runtime that nobody has would be a way around
 * every replay.
 */
export function leaveUnverified(ctx: Context, ports: ModelFactoryPorts, jobId: bigint): void {
  const job = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).jobs.getOrFail(jobId);
  ports.token.fromModule(ctx, MODELFACTORY_STORE, parseAddress(job.trainer), parseUopen(job.bond));
  ports.token.fromModule(ctx, MODELFACTORY_STORE, parseAddress(job.developer), parseUopen(job.fee));
  endAllDisputes(ctx, ports, jobId, OTHER_RUNTIME);
  const ended = changeJob(ctx, jobId, () => ({ status: JobStatus.JOB_STATUS_UNVERIFIED, deadline: 0n }));
  if (job.adapterId !== 0n) markAdapter(ctx, job.adapterId, AdapterStatus.ADAPTER_STATUS_UNVERIFIED);
  ctx.emit(trainingUnverified(ended));
}
