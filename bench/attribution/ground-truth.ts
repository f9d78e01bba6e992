import type { Cache } from "./cache.js";
import { progress } from "./progress.js";

/** One retraining: what it is, and how it is done. The answer is the loss of every query. */
export interface Job {
  readonly recipe: object;
  readonly make: () => Float64Array | Promise<Float64Array>;
}

/** Which jobs a process takes first: those whose number is `index` modulo `of`. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/** Does the jobs of this part that the cache lacks. */
export async function fulfil(jobs: readonly Job[], cache: Cache, part: Part): Promise<void> {
  const own = jobs.filter((job, i) => i % part.of === part.index && !cache.has(job.recipe));
  for (const [i, job] of own.entries()) {
    await cache.numbers(job.recipe, job.make);
    if (i % 10 === 9 || i + 1 === own.length) progress(`retrained ${i + 1} of ${own.length} (part ${part.index + 1} of ${part.of})`);
  }
}

/** The answers of all jobs, in their order; missing ones are made. */
export async function collect(jobs: readonly Job[], cache: Cache): Promise<Float64Array[]> {
  const out: Float64Array[] = [];
  for (const job of jobs) out.push(await cache.numbers(job.recipe, job.make));
  return out;
}
