import { parseUopen } from "../../chain/codec/index.js";
import type { Params } from "../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "./errors.js";

/** Defaults. Amounts are uopen. */
export const defaultParams: Params = {
  // A paragraph; longer rows do not fit a training sequence anyway.
  maxRowBytes: 4_096,
  // A reveal of so many digests is a transaction of about 40 kB.
  maxRowsPerContribution: 1_000,
  maxBlobBytes: 1_048_576,
  // Ten minutes of one-second blocks: long enough to upload, short enough not to hold up versions.
  revealPeriod: 600,
  // 10 OPEN: makes a shelf of empty Datanets cost something.
  datanetDeposit: "10000000",
  // 1 OPEN: what claiming rows and never showing them costs.
  contributionBond: "1000000",
  // Making a version reads all of them in one transaction.
  maxContributionsPerVersion: 1_000,
};

type Counts = Exclude<keyof Params, "datanetDeposit" | "contributionBond">;

const BOUNDS: readonly (readonly [name: Counts, low: number, high: number])[] = [
  ["maxRowBytes", 1, 65_536],
  ["maxRowsPerContribution", 1, 4_000],
  ["maxBlobBytes", 1, 67_108_864],
  ["revealPeriod", 1, 1_000_000],
  ["maxContributionsPerVersion", 1, 10_000],
];

/** uopen: 1,000,000 OPEN. Nobody could deposit more. */
const MAX_AMOUNT = 1_000_000_000_000n;

/** @throws Reject datanet/24; sdk/18 on an amount that is none. */
export function checkParams(params: Params): void {
  for (const [name, low, high] of BOUNDS) {
    const value = params[name];
    if (value < low || value > high) throw DatanetError.InvalidParams(`${name} must be ${low} to ${high}, got ${value}`);
  }
  for (const name of ["datanetDeposit", "contributionBond"] as const) {
    if (parseUopen(params[name]) > MAX_AMOUNT) throw DatanetError.InvalidParams(`${name} must be at most ${MAX_AMOUNT} uopen`);
  }
}
