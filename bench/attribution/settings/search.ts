import type { Cache } from "../cache.js";
import { judge } from "../judge.js";
import type { Truth } from "../judge.js";
import { DATAINF_GRID } from "../baselines/datainf.js";
import { dataInf, ifCg } from "../methods/classifier-baselines.js";
import { progress } from "../progress.js";
import type { Method } from "../types.js";
import type { ClassifierPlan } from "./classifier.js";
import { alone, everyRow } from "./classifier-setting.js";
import type { ClassifierSetting } from "./classifier-setting.js";

/** Dampings of the influence function: dattri's range. */
const IF_GRID = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5] as const;

export interface Searched {
  /** None where a Hessian product over all rows is too dear. */
  readonly ifCg: readonly Method<ClassifierSetting>[];
  readonly dataInf: Method<ClassifierSetting>;
}

export interface SearchOptions {
  readonly name: object;
  readonly cache: Cache;
  /** With the influence function by iteration. */
  readonly iterated: boolean;
}

/**
 * Baselines with the damping that does best on validation rows, as the literature searches it. Ours have one constant
 * everywhere: what is paid by cannot be tuned on an answer that nobody knows.
 */
export async function searchDampings(plan: ClassifierPlan, validation: Truth, { name, cache, iterated }: SearchOptions): Promise<Searched> {
  const found = await cache.json({ name, searched: [iterated ? IF_GRID : [], DATAINF_GRID] }, async () => ({
    ifCg: iterated ? await best(plan, validation, IF_GRID.map(ifCg)) : 0,
    dataInf: await best(plan, validation, DATAINF_GRID.map(dataInf)),
  }));
  const noted = (method: Method<ClassifierSetting>): Method<ClassifierSetting> => ({
    ...method,
    note: `${method.note ?? ""}, searched on ${plan.validation} other rows`,
  });
  return { ifCg: iterated ? [noted(ifCg(IF_GRID[found.ifCg] ?? 1))] : [], dataInf: noted(dataInf(DATAINF_GRID[found.dataInf] ?? 1)) };
}

/** Position of the candidate with the highest linear datamodeling score on validation rows. */
async function best(plan: ClassifierPlan, validation: Truth, candidates: readonly Method<ClassifierSetting>[]): Promise<number> {
  const rows = everyRow(plan.setting.test).slice(plan.queries, plan.queries + plan.validation);
  const scores: number[] = [];
  for (const method of candidates) {
    progress(`${plan.setting.name}: ${method.id}, ${method.note ?? ""}, on validation rows`);
    const prepared = await method.prepare(alone(plan.setting), plan.seed);
    const { figures } = judge(await prepared.scores(rows), validation);
    const score = (figures.ldsStandard ?? figures.ldsHalf)?.mean ?? Number.NaN;
    scores.push(Number.isNaN(score) ? -Infinity : score);
  }
  return scores.indexOf(Math.max(...scores));
}
