import { compareBigints, compareBytes, sumUopen, takeShare, toPpm, toUopen } from "../../../chain/primitives/index.js";
import type { Address, Uopen } from "../../../chain/primitives/index.js";

/** One contributor's rows that count in a job's datasets. */
export interface DataWeight {
  readonly account: Address;
  readonly rows: number;
}

/** Where a completed job's fee goes; the three parts sum to the fee. */
export interface TrainingSplit {
  readonly trainer: Uopen;
  /** In order of address; zero parts are left out. */
  readonly data: readonly { readonly account: Address; readonly amount: Uopen }[];
  readonly community: Uopen;
}

/**
 * Shares `amount` by rows, each part rounded down; what rounding leaves goes out one uopen at a time, largest lost
 * fraction first, ties to the lower address. The parts sum to `amount` unless there are no rows.
 */
export function splitByRows(amount: Uopen, weights: readonly DataWeight[]): { account: Address; amount: Uopen }[] {
  const whole = weights.reduce((sum, w) => sum + BigInt(w.rows), 0n);
  if (whole === 0n) return [];
  const parts = weights.map(({ account, rows }) => {
    const exact = amount * BigInt(rows);
    return { account, amount: exact / whole, lost: exact % whole };
  });
  const left = Number(amount - parts.reduce((sum, p) => sum + p.amount, 0n));
  parts
    .toSorted((a, b) => compareBigints(b.lost, a.lost) || compareBytes(a.account, b.account))
    .slice(0, left)
    .forEach((part) => (part.amount += 1n));
  return parts
    .toSorted((a, b) => compareBytes(a.account, b.account))
    .filter((part) => part.amount > 0n)
    .map(({ account, amount: paid }) => ({ account, amount: toUopen(paid) }));
}

/**
 * Trainer and data get their shares rounded down; the community pool owns what remains, and the data's part as well
 * when no row counts.
 */
export function splitTrainingFee(
  fee: Uopen,
  shares: { readonly trainerSharePpm: number; readonly dataSharePpm: number },
  weights: readonly DataWeight[],
): TrainingSplit {
  const trainer = takeShare(fee, toPpm(BigInt(shares.trainerSharePpm)));
  const data = splitByRows(takeShare(fee, toPpm(BigInt(shares.dataSharePpm))), weights);
  const community = toUopen(fee - trainer - sumUopen(data.map((part) => part.amount)));
  return { trainer, data, community };
}
