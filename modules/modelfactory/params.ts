import { parseUopen } from "../../chain/codec/index.js";
import type { Params } from "../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "./errors.js";

/**
 * Contributors an adapter's datasets may have together. An attribution names each of them twice at most, and its value
 * has to fit a vote extension.
 */
export const MAX_CONTRIBUTORS = 64;

/** Defaults. Amounts are uopen. */
export const defaultParams: Params = {
  // Ten minutes of one-second blocks.
  claimPeriod: 600,
  // A trainer on two cores needs a minute or two between checkpoints.
  progressPeriod: 900,
  // 5 OPEN: what claiming a job and not doing it costs.
  trainerBond: "5000000",
  // 1 OPEN: keeps orders from being free work.
  minFee: "1000000",
  trainerSharePpm: 700_000,
  dataSharePpm: 250_000,
  // Lane A on two cores does some steps a second; beyond this a job outlasts the patience of its deadline.
  maxSteps: 10_000,
  maxRank: 64,
  maxBatchSize: 128,
  maxSequenceLength: 1_024,
  maxDatasets: 8,
  disputeWindow: 600,
  disputeMovePeriod: 60,
  disputeBond: "5000000",
  replaySamplePpm: 50_000,
  metasmoothSubsets: 3,
  metasmoothMinPpm: 700_000,
  maxTangents: 64,
  maxSegmentSteps: 64,
};

type Counts = Exclude<keyof Params, "trainerBond" | "minFee" | "disputeBond">;

const BOUNDS: readonly (readonly [name: Counts, low: number, high: number])[] = [
  ["claimPeriod", 1, 1_000_000],
  ["progressPeriod", 1, 1_000_000],
  ["trainerSharePpm", 0, 1_000_000],
  ["dataSharePpm", 0, 1_000_000],
  ["maxSteps", 1, 1_000_000],
  ["maxRank", 1, 256],
  ["maxBatchSize", 1, 1_024],
  ["maxSequenceLength", 8, 8_192],
  ["maxDatasets", 1, 64],
];

/** @throws Reject modelfactory/24; sdk/18 on an amount that is none. */
export function checkParams(params: Params): void {
  for (const [name, low, high] of BOUNDS) {
    const value = params[name];
    if (value < low || value > high) throw ModelError.InvalidParams(`${name} must be ${low} to ${high}, got ${value}`);
  }
  if (params.trainerSharePpm + params.dataSharePpm > 1_000_000) {
    throw ModelError.InvalidParams("the shares of trainer and data exceed the whole");
  }
  parseUopen(params.trainerBond);
  parseUopen(params.minFee);
}
