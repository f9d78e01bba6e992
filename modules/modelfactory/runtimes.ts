import type { Context } from "../../chain/kernel/context.js";
import { toHash32 } from "../../chain/primitives/index.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/**
 * Which runtimes the validators have, as far as their replays have shown. A job whose runtime is not among them has its first
 * segment replayed for certain: a trainer that states a runtime nobody has cannot hope that nobody looks.
 */

export function isKnownRuntime(ctx: Context, { runtimeId }: TrainingJob): boolean {
  return modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).runtimes.has(toHash32(runtimeId));
}

/** More than two thirds replayed something with the job's runtime. */
export function learnRuntime(ctx: Context, jobId: bigint): void {
  const { runtimes, jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  runtimes.add(toHash32(jobs.getOrFail(jobId).runtimeId));
}

/** Too few had it. */
export function forgetRuntime(ctx: Context, jobId: bigint): void {
  const { runtimes, jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  runtimes.delete(toHash32(jobs.getOrFail(jobId).runtimeId));
}
