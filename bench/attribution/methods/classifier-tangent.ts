import { cpuMs } from "../../machine.js";
import { dot } from "../../../modules/attribution/rules/score.js";
import { quantise } from "../../../sidecar/attribution/quantise.js";
import { replaySgd } from "../models/replay.js";
import { tangentsSgd } from "../models/tangent.js";
import type { ClassifierPlan } from "../settings/classifier.js";
import { everyRow, runOf, weightsAfter } from "../settings/classifier-setting.js";
import { byContributor } from "../subsets.js";
import { stackedQueries } from "./classifier-baselines.js";
import { negativeDots } from "./lora-ours.js";

/** Scores of contributors, query by query, and what they cost. */
export interface ClassifierTangents {
  readonly float: readonly Float64Array[];
  readonly int8: readonly Float64Array[];
  /** The same by a reverse pass for every query. */
  readonly reverse: readonly Float64Array[];
  readonly seconds: number;
  readonly querySeconds: number;
}

export function classifierTangents({ setting, contributor, contributors, queries }: ClassifierPlan): ClassifierTangents {
  const theta = weightsAfter(setting);
  const start = cpuMs();
  const vectors = tangentsSgd(runOf(setting), contributor, contributors);
  const middle = cpuMs();
  const quantised = vectors.map(quantise);
  const asked = stackedQueries(setting, theta, everyRow(setting.test).slice(0, queries));
  const int8 = asked.map((gradient) => {
    const own = quantise(gradient);
    return Float64Array.from(quantised, (u) => -Number(dot(own.values, u.values)) * 2 ** (own.exponent + u.exponent));
  });
  const end = cpuMs();
  const few = asked.slice(0, REVERSE);
  const rows = replaySgd(runOf(setting), few);
  return {
    float: asked.map((gradient) => negativeDots(gradient, vectors)),
    int8,
    reverse: rows.map((own) => byContributor(own, contributor, contributors)),
    seconds: (middle - start) / 1000,
    querySeconds: (end - middle) / 1000 / queries,
  };
}

/** Queries that are also carried back. */
const REVERSE = 5;
