import { parseUopen } from "../../../chain/codec/index.js";
import { ContributorShare, Payout } from "../../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord } from "../../../proto/gen/openledger/attribution/v1.js";
import { equalBytes } from "../../../chain/primitives/index.js";
import { feeOf } from "./fee.js";
import { splitFee } from "./split.js";
import type { FeeSplit, SplitInput } from "./split.js";

/** Something a record says that does not follow from its own outcome, prices and params. */
export interface Difference {
  /** "fee", "shares.2" or "payouts.0"; the position is that in either list. */
  readonly at: string;
  readonly recorded: string;
  readonly computed: string;
}

/** What decides the split of a record's fee. @throws Reject sdk/18 on an amount that is none. */
export function splitInput(record: AttributionRecord, communityPool: string): SplitInput {
  return {
    fee: parseUopen(record.fee),
    platformFee: parseUopen(record.platformFee),
    split: record.split,
    royaltyPpm: record.royaltyPpm,
    adapterOwner: record.adapterOwner,
    baseModelOwner: record.baseModelOwner,
    communityPool,
    attesters: record.attesters,
    influence: record.outcome.influence,
    spanScores: record.outcome.spanScores,
  };
}

function describe(value: { readonly amount: string } | undefined, who: string | undefined): string {
  return value === undefined ? "nothing" : `${who ?? ""} ${value.amount} uopen`.trim();
}

function compareLists<T extends { readonly amount: string }>(
  name: string,
  lists: { readonly recorded: readonly T[]; readonly computed: readonly T[] },
  codec: { encode(value: T): Uint8Array },
  who: (value: T) => string,
): Difference[] {
  const length = Math.max(lists.recorded.length, lists.computed.length);
  return Array.from({ length }, (_, i): readonly [T | undefined, T | undefined, number] => [
    lists.recorded[i],
    lists.computed[i],
    i,
  ])
    .filter(([a, b]) => a === undefined || b === undefined || !equalBytes(codec.encode(a), codec.encode(b)))
    .map(([a, b, i]) => ({
      at: `${name}.${i}`,
      recorded: describe(a, a && who(a)),
      computed: describe(b, b && who(b)),
    }));
}

/**
 * Recomputes fee, shares and payouts of a record from its outcome, tokens, prices and split params. Empty when every
 * figure follows. `communityPool` is the account that stands in PLATFORM payouts.
 *
 * @throws Reject sdk/18 when the record's own amounts or parameters are malformed.
 */
export function verifyRecord(record: AttributionRecord, communityPool: string): Difference[] {
  const prices = {
    rateIn: parseUopen(record.rateIn),
    rateOut: parseUopen(record.rateOut),
    platformFee: parseUopen(record.platformFee),
  };
  const fee = feeOf(record, prices).toString();
  const computed: FeeSplit = splitFee(splitInput(record, communityPool));
  return [
    ...(fee === record.fee ? [] : [{ at: "fee", recorded: record.fee, computed: fee }]),
    ...compareLists("shares", { recorded: record.shares, computed: computed.shares }, ContributorShare, (s) => s.contributor),
    ...compareLists("payouts", { recorded: record.payouts, computed: computed.payouts }, Payout, (p) => p.account),
  ];
}
