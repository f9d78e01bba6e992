import { parseUopen } from "../../chain/codec/index.js";
import type { Params } from "../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "./errors.js";

/** Contributors that an adapter may have, its ancestors' included: their scores have to fit a vote extension. */
export const MAX_CONTRIBUTORS = 512;

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
  // Ten minutes to replay what is worth it.
  disputeWindow: 600,
  // A minute for one message that a node sends by itself.
  disputeMovePeriod: 60,
  // As much as the trainer's: a wrong accusation costs what a wrong training costs.
  disputeBond: "5000000",
  // One segment in twenty: cheating in k of them is found unasked with a chance of 1 - 0.95^k.
  replaySamplePpm: 50_000,
  // attribution.md §8.1.
  metasmoothSubsets: 3,
  metasmoothMinPpm: 700_000,
  // Each costs as much as the training itself.
  maxTangents: 64,
  // What a committee can replay within its periods.
  maxSegmentSteps: 64,
  // Enough to make watching worth while; losing to oneself costs the rest.
  winnerSharePpm: 500_000,
};

/** uopen: 1,000,000 OPEN. Nobody could claim or dispute for more. */
const MAX_BOND = 1_000_000_000_000n;

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
  ["disputeWindow", 2, 1_000_000],
  ["disputeMovePeriod", 1, 1_000_000],
  ["replaySamplePpm", 0, 1_000_000],
  ["metasmoothSubsets", 0, 16],
  ["metasmoothMinPpm", -1_000_000, 1_000_000],
  ["maxTangents", 1, MAX_CONTRIBUTORS],
  ["maxSegmentSteps", 1, 4_096],
  ["winnerSharePpm", 100_000, 900_000],
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
  for (const name of ["trainerBond", "minFee", "disputeBond"] as const) {
    const amount = parseUopen(params[name]);
    const least = name === "minFee" ? 0n : 1n;
    if (amount < least || amount > MAX_BOND) throw ModelError.InvalidParams(`${name} must be ${least} to ${MAX_BOND} uopen`);
  }
}
