/** The figures of merit (attribution.md §1.1). Plain arrays in, numbers out; NaN where a figure is undefined. */
import { Xoshiro } from "../../sidecar/random/xoshiro.js";

type Numbers = ArrayLike<number>;

export function mean(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}

/** NaN when either side does not vary. */
export function pearson(a: Numbers, b: Numbers): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] ?? 0) - ma;
    const y = (b[i] ?? 0) - mb;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? Number.NaN : ab / Math.sqrt(aa * bb);
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: Numbers): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++;
    for (let k = from; k < to; k++) out[order[k] ?? 0] = (from + to + 1) / 2;
    from = to;
  }
  return out;
}

export function spearman(a: Numbers, b: Numbers): number {
  return pearson(ranks(a), ranks(b));
}

/** Probability that a positive outranks a negative, ties counting half. */
export function auc(scores: Numbers, positive: readonly boolean[]): number {
  const rank = ranks(scores);
  const count = positive.filter(Boolean).length;
  let sum = 0;
  positive.forEach((is, i) => {
    if (is) sum += rank[i] ?? 0;
  });
  return (sum - (count * (count + 1)) / 2) / (count * (positive.length - count));
}

/** A mean over queries with the bounds of its 95 % bootstrap interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

const RESAMPLES = 2000;

/**
 * Percentile bootstrap of a mean: the units (queries) are drawn again with replacement. Undefined units (a query whose
 * output never varied) are left out, as dattri does.
 */
export function bootstrap(units: Numbers, seed = 1n): Estimate {
  const values = Array.from(units).filter((x) => !Number.isNaN(x));
  const random = new Xoshiro(seed);
  const means = new Float64Array(RESAMPLES);
  for (let r = 0; r < RESAMPLES; r++) {
    let sum = 0;
    for (let k = 0; k < values.length; k++) sum += values[random.below(values.length)] ?? 0;
    means[r] = sum / values.length;
  }
  means.sort();
  return { mean: mean(values), low: means[Math.floor(RESAMPLES * 0.025)] ?? 0, high: means[Math.floor(RESAMPLES * 0.975)] ?? 0, n: values.length };
}

/** Paired difference a - b over the same queries. */
export function pairedDifference(a: readonly number[], b: readonly number[], seed = 1n): Estimate {
  return bootstrap(
    a.map((x, i) => x - (b[i] ?? Number.NaN)),
    seed,
  );
}

/**
 * Linear datamodeling score, query by query: rank correlation over subsets between the summed influence of the kept rows
 * and the output (minus the loss) of the model trained on them. `losses[s][q]`, `influence[q][row]`, `kept[s][row]`.
 */
export function linearDatamodeling(
  influence: readonly Numbers[],
  kept: readonly Uint8Array[],
  losses: readonly Numbers[],
): number[] {
  return influence.map((own, q) => {
    const predicted = kept.map((subset) => {
      let sum = 0;
      for (let i = 0; i < subset.length; i++) if (subset[i] !== 0) sum += own[i] ?? 0;
      return sum;
    });
    return spearman(
      predicted,
      losses.map((of) => -(of[q] ?? 0)),
    );
  });
}

/** Leave-one-out, query by query: rank correlation over contributors of influence and loss rise when they are absent. */
export function leaveOneOut(influence: readonly Numbers[], rises: readonly Numbers[]): number[] {
  return influence.map((own, q) =>
    spearman(
      own,
      rises.map((of) => of[q] ?? 0),
    ),
  );
}

/** Pearson over contributors of total predicted and total true loss rise: what is paid against what was earned. */
export function payoutCorrelation(influence: readonly Numbers[], rises: readonly Numbers[]): number {
  const total = rises.map((_, c) => influence.reduce((sum, own) => sum + (own[c] ?? 0), 0));
  return pearson(
    total,
    rises.map((of) => mean(of)),
  );
}

/** `payoutCorrelation` with queries drawn again: the interval of a figure that is no mean over queries. */
export function payoutEstimate(influence: readonly Numbers[], rises: readonly Numbers[], seed = 1n): Estimate {
  const random = new Xoshiro(seed);
  const draws = new Float64Array(RESAMPLES / 4);
  for (let r = 0; r < draws.length; r++) {
    const picked = influence.map(() => random.below(influence.length));
    draws[r] = payoutCorrelation(
      picked.map((q) => influence[q] ?? []),
      rises.map((of) => picked.map((q) => of[q] ?? 0)),
    );
  }
  draws.sort();
  const at = (share: number): number => draws[Math.floor(draws.length * share)] ?? Number.NaN;
  return { mean: payoutCorrelation(influence, rises), low: at(0.025), high: at(0.975), n: influence.length };
}
