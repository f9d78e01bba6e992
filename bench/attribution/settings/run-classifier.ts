import type { Cache } from "../cache.js";
import { judgeContributors } from "../judge.js";
import type { Judged, Truth } from "../judge.js";
import { pearson } from "../metrics.js";
import { classifierTangents } from "../methods/classifier-tangent.js";
import { progress } from "../progress.js";
import { gains } from "../gains.js";
import type { Method, Row, SettingResult } from "../types.js";
import { assess, gradientSeconds, recipeName, truthOf } from "./classifier.js";
import type { ClassifierPlan, MethodResult, NoisyLabels } from "./classifier.js";
import type { ClassifierSetting } from "./classifier-setting.js";
import { searchDampings } from "./search.js";
import type { Searched } from "./search.js";

type ClassifierMethod = Method<ClassifierSetting>;

/** A setting with the methods that are measured in it. */
export interface ClassifierSpec {
  readonly plan: ClassifierPlan;
  readonly methods: (searched: Searched) => readonly ClassifierMethod[];
  /** With the influence function by conjugate gradients. */
  readonly iterated: boolean;
  readonly noisy?: NoisyLabels;
  /** Methods that are asked for flipped labels. */
  readonly noiseMethods: readonly string[];
}

/** Everything of a setting. Results of methods are kept in the cache as retrainings are. */
export async function runClassifier({ plan, methods, noisy, noiseMethods, iterated }: ClassifierSpec, cache: Cache): Promise<SettingResult> {
  const { truth, validation } = await truthOf(plan, cache);
  const name = { ...recipeName(plan.setting), ...countsOf(plan) };
  const chosen = await searchDampings(plan, validation, { name, cache, iterated });
  const results: MethodResult[] = [];
  for (const method of methods(chosen)) {
    const asked = noiseMethods.includes(method.id) ? noisy : undefined;
    const recipe = { name, method: method.id, note: method.note ?? "", noisy: asked?.asked.length ?? 0 };
    results.push(await cache.json(recipe, () => assess(plan, method, truth, asked)));
  }
  const tangents = await tangentResult(plan, truth, { name, cache });
  return {
    setting: plan.setting.name,
    rows: [...tangents.rows, ...results.map((r) => r.row)],
    gates: [],
    figures: { ...tangents.figures, ...gains(results), ...noiseCeiling(truth) },
  };
}

function countsOf({ queries, standardSubsets, runs, halfSubsets, mostSubsets, contributors, seed }: ClassifierPlan): object {
  return { queries, standardSubsets, runs, halfSubsets, mostSubsets, contributors, seed: seed.toString() };
}

interface TangentPart {
  readonly rows: readonly Row[];
  readonly figures: Readonly<Record<string, number>>;
}

/** `tangent-v1`, where there are contributors: as floats, as the integers that are paid by, and against the reverse pass. */
async function tangentResult(plan: ClassifierPlan, truth: Truth, { name, cache }: { name: object; cache: Cache }): Promise<TangentPart> {
  const { rises } = truth;
  if (rises === undefined) return { rows: [], figures: {} };
  return cache.json({ name, method: "tangent-v1" }, () => {
    progress(`${plan.setting.name}: tangent-v1`);
    const unit = gradientSeconds(plan.setting);
    const tangents = classifierTangents(plan);
    const [float, int8] = [judgeContributors(tangents.float, rises), judgeContributors(tangents.int8, rises)];
    const cost = (seconds: number): Row["oneOff"] => ({ seconds, gradients: seconds / unit });
    const rowOf = (method: string, { figures }: Judged): Row => ({
      setting: plan.setting.name,
      method,
      ours: true,
      ...figures,
      oneOff: cost(tangents.seconds),
      perQuery: cost(tangents.querySeconds),
    });
    const loo = (of: Judged): number => of.figures.leaveOneOut?.mean ?? Number.NaN;
    return {
      rows: [rowOf("tangent-v1", int8), rowOf("tangent-v1, unrounded", float)],
      figures: { forwardReverse: pearson(tangents.float.slice(0, tangents.reverse.length).flatMap((s) => [...s]), tangents.reverse.flatMap((s) => [...s])), int8Drop: loo(float) - loo(int8) },
    };
  });
}

/**
 * What a perfect method would get in the standard convention, whose truth has the noise of new seeds: the root of the
 * reliability of the averaged runs (Spearman and Brown), from how well one run of each subset foretells another.
 */
function noiseCeiling({ runs }: Truth): Record<string, number> {
  if (runs === undefined) return {};
  const { agreement, count } = runs;
  return { runAgreement: agreement, standardCeiling: Math.sqrt((count * agreement) / (1 + (count - 1) * agreement)) };
}
