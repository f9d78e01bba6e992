import type { Estimate } from "./metrics.js";

/** CPU seconds, which a loaded machine does not stretch, and the same in batch gradients of the setting. */
export interface Cost {
  readonly seconds: number;
  readonly gradients: number;
}

/** One method in one setting. What a setting does not measure is absent. */
export interface Row {
  readonly setting: string;
  readonly method: string;
  /** Ours, or a baseline. */
  readonly ours: boolean;
  /** New initial weights and order for each subset, losses averaged over several runs. */
  readonly ldsStandard?: Estimate;
  /** Same seed and order, dropped rows weighted 0; half kept. */
  readonly ldsHalf?: Estimate;
  /** The same with 95 % kept. */
  readonly lds95?: Estimate;
  readonly leaveOneOut?: Estimate;
  readonly payout?: Estimate;
  readonly labelNoiseAuc?: number;
  readonly oneOff: Cost;
  readonly perQuery: Cost;
  readonly note?: string;
}

/** A threshold of attribution.md §8.3 and what was measured. */
export interface Gate {
  readonly name: string;
  readonly value: number;
  readonly rule: ">=" | "<=" | "<";
  readonly threshold: number;
  readonly passed: boolean;
}

export function gate(name: string, value: number, rule: Gate["rule"], threshold: number): Gate {
  const passed = rule === ">=" ? value >= threshold : rule === "<=" ? value <= threshold : value < threshold;
  return { name, value, rule, threshold, passed };
}

/** Everything a setting leaves. `figures`: named numbers that are no row. */
export interface SettingResult {
  readonly setting: string;
  readonly rows: readonly Row[];
  readonly gates: readonly Gate[];
  readonly figures: Readonly<Record<string, number | Estimate>>;
}

/** Per query, the influence of every training row: how much its presence lowers the query's loss (minus dloss/dweight). */
export type Influence = readonly Float64Array[];

/**
 * An attribution method in a setting `S`. `prepare` is what is done once; the answer scores queries by number. A method
 * that needs all queries at once (a reverse pass that carries them together) may do its work at the first call.
 */
export interface Method<S> {
  readonly id: string;
  readonly ours: boolean;
  readonly note?: string;
  prepare(setting: S, seed: bigint): Promise<Prepared> | Prepared;
}

export interface Prepared {
  scores(queries: readonly number[]): Promise<Influence> | Influence;
}
