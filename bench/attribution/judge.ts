import { bootstrap, leaveOneOut, linearDatamodeling, payoutEstimate } from "./metrics.js";
import { byContributor } from "./subsets.js";
import type { Influence, Row } from "./types.js";

/** Retrainings of one convention: what was kept, and each query's loss afterwards. */
export interface Subsets {
  readonly kept: readonly Uint8Array[];
  readonly losses: readonly Float64Array[];
}

/** Everything a method is judged by. */
export interface Truth {
  readonly standard?: Subsets;
  readonly half?: Subsets;
  readonly most?: Subsets;
  /** Per contributor, how much each query's loss rises in its absence. */
  readonly rises?: readonly Float64Array[];
  /** Of the standard convention: trainings of each subset, and the mean rank correlation between two of them. */
  readonly runs?: { readonly count: number; readonly agreement: number };
  /** Of each row. */
  readonly contributor: readonly number[];
}

type Figures = Pick<Row, "ldsStandard" | "ldsHalf" | "lds95" | "leaveOneOut" | "payout">;

/** Query by query, so that two methods can be compared in pairs. */
export interface Judged {
  readonly figures: Figures;
  readonly ldsStandard: readonly number[];
  readonly ldsHalf: readonly number[];
  readonly lds95: readonly number[];
  readonly leaveOneOut: readonly number[];
}

export function judge(influence: Influence, truth: Truth): Judged {
  const lds = (subsets: Subsets | undefined): number[] =>
    subsets === undefined ? [] : linearDatamodeling(influence, subsets.kept, subsets.losses);
  const contributors = truth.rises?.length ?? 0;
  const sums = influence.map((own) => byContributor(own, truth.contributor, contributors));
  const loo = truth.rises === undefined ? [] : leaveOneOut(sums, truth.rises);
  const [standard, half, most] = [lds(truth.standard), lds(truth.half), lds(truth.most)];
  return {
    ldsStandard: standard,
    ldsHalf: half,
    lds95: most,
    leaveOneOut: loo,
    figures: {
      ...(truth.standard === undefined ? {} : { ldsStandard: bootstrap(standard) }),
      ...(truth.half === undefined ? {} : { ldsHalf: bootstrap(half) }),
      ...(truth.most === undefined ? {} : { lds95: bootstrap(most) }),
      ...(truth.rises === undefined ? {} : { leaveOneOut: bootstrap(loo), payout: payoutEstimate(sums, truth.rises) }),
    },
  };
}

/** For methods that know contributors only (`tangent-v1`): per query, the influence of each. */
export function judgeContributors(sums: readonly Float64Array[], rises: readonly Float64Array[]): Judged {
  const loo = leaveOneOut(sums, rises);
  const figures = { leaveOneOut: bootstrap(loo), payout: payoutEstimate(sums, rises) };
  return { figures, ldsStandard: [], ldsHalf: [], lds95: [], leaveOneOut: loo };
}
