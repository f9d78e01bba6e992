import type { Judged } from "./judge.js";
import { pairedDifference } from "./metrics.js";
import type { Estimate } from "./metrics.js";
import type { Row } from "./types.js";

type Measure = "ldsStandard" | "ldsHalf" | "lds95" | "leaveOneOut";

const MEASURES: readonly Measure[] = ["ldsStandard", "ldsHalf", "lds95", "leaveOneOut"];

/**
 * How far each of our methods is above the best DataInf row, query by query: "replay-epoch-v1 over datainf, lds95". The best is
 * taken by the figure itself, in favour of the baseline.
 */
export function gains(results: readonly { readonly row: Row; readonly judged: Judged }[]): Record<string, Estimate> {
  const out: Record<string, Estimate> = {};
  for (const measure of MEASURES) {
    const rivals = results.filter(({ row, judged }) => row.method.startsWith("datainf") && judged[measure].length > 0);
    const best = rivals.toSorted((a, b) => (b.row[measure]?.mean ?? 0) - (a.row[measure]?.mean ?? 0))[0];
    for (const { row, judged } of results) {
      if (best === undefined || !row.ours || judged[measure].length !== best.judged[measure].length) continue;
      out[`${row.method} over ${best.row.method}, ${measure}`] = pairedDifference(judged[measure], best.judged[measure]);
    }
  }
  return out;
}
