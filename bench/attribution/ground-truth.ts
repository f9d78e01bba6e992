import type { Cache } from "./cache.js";
import { progress } from "./progress.js";

/** One retraining: what it is, and how it is done. The answer is the loss of every query. */
export interface Job {
  readonly recipe: object;
  readonly make: () => Float64Array | Promise<Float64Array>;
}

/** The answers of all jobs, in their order; those that the cache lacks are made. */
export async function collect(jobs: readonly Job[], cache: Cache): Promise<Float64Array[]> {
  const out: Float64Array[] = [];
  for (const [i, job] of jobs.entries()) {
    const known = cache.has(job.recipe);
    out.push(await cache.numbers(job.recipe, job.make));
    if (!known && (i % 10 === 9 || i + 1 === jobs.length)) progress(`retrained ${i + 1} of ${jobs.length}`);
  }
  return out;
}

/** Works through jobs from their end while wanted, for a second process to meet the first in the middle. */
export async function collectBackwards(jobs: readonly Job[], cache: Cache, isWanted: () => boolean): Promise<void> {
  for (const job of jobs.toReversed()) {
    if (!isWanted()) return;
    if (!cache.has(job.recipe)) await cache.numbers(job.recipe, job.make);
  }
}
