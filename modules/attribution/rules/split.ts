import { compareAscii, sortedEntries, sumUopen, takeShare, toPpm, toUopen, WHOLE_PPM } from "../../../chain/primitives/index.js";
import type { Uopen } from "../../../chain/primitives/index.js";
import { PayoutRole } from "../../../proto/gen/openledger/attribution/v1.js";
import type { Attester, ContributorShare, Payout, SplitParams } from "../../../proto/gen/openledger/attribution/v1.js";
import { apportion } from "./apportion.js";
import { scoreShares } from "./shares.js";
import type { Score } from "./shares.js";

/** All that decides where one fee goes. Accounts are bech32 texts. */
export interface SplitInput {
  readonly fee: Uopen;
  /** Part of the fee; not above it. */
  readonly platformFee: Uopen;
  readonly split: SplitParams;
  /** Part of the model side that goes to the base model's owner. */
  readonly royaltyPpm: number;
  readonly adapterOwner: string;
  readonly baseModelOwner: string;
  readonly communityPool: string;
  readonly attesters: readonly Attester[];
  readonly influence: readonly Score[];
  readonly spanScores: readonly Score[];
}

export interface FeeSplit {
  /** In order of role, then account; one entry per role and account, none of zero. Sums to the fee. */
  readonly payouts: readonly Payout[];
  /** In ASCII order of contributors. */
  readonly shares: readonly ContributorShare[];
}

const ppm = (share: number) => toPpm(BigInt(share));

interface Line {
  readonly role: number;
  readonly account: string;
  readonly amount: bigint;
}

/** Each part is rounded down; the contributors own what rounding leaves of the net fee. */
function cutFee({ fee, platformFee, split }: SplitInput) {
  const net = toUopen(fee - platformFee);
  const model = takeShare(net, ppm(split.betaPpm));
  const attesters = takeShare(net, ppm(split.gammaPpm));
  return { model, attesters, contributors: toUopen(net - model - attesters) };
}

/** The adapter's owner owns what rounding leaves of the royalty. */
function modelLines(input: SplitInput, pool: Uopen): Line[] {
  const royalty = takeShare(pool, ppm(input.royaltyPpm));
  return [
    { role: PayoutRole.PAYOUT_ROLE_ADAPTER_OWNER, account: input.adapterOwner, amount: pool - royalty },
    { role: PayoutRole.PAYOUT_ROLE_BASE_MODEL_OWNER, account: input.baseModelOwner, amount: royalty },
  ];
}

/**
 * By power over everyone who was asked. One who did not agree forfeits its part to the community pool, so what the
 * others earn does not depend on it. Ties of the largest remainder go to the earlier entry.
 */
function attesterLines(input: SplitInput, pool: Uopen): Line[] {
  const weights = input.attesters.map(({ power }, i) => ({ key: i.toString().padStart(8, "0"), weight: power }));
  const parts = apportion(pool, weights);
  const lines = input.attesters.map(({ account, agreed }, i): Line => {
    const amount = parts[i] ?? 0n;
    const isPaid = agreed && account !== "";
    return isPaid ? { role: PayoutRole.PAYOUT_ROLE_ATTESTER, account, amount } : community(input, amount);
  });
  const unpaid = pool - parts.reduce((sum, part) => sum + part, 0n);
  return [...lines, community(input, unpaid)];
}

function community(input: SplitInput, amount: bigint): Line {
  return { role: PayoutRole.PAYOUT_ROLE_PLATFORM, account: input.communityPool, amount };
}

/** The platform fee: a part is burned, rounded down; the community pool gets the rest. */
function platformLines(input: SplitInput): Line[] {
  const burned = takeShare(input.platformFee, ppm(input.split.burnPpm));
  return [
    { role: PayoutRole.PAYOUT_ROLE_BURN, account: "", amount: burned },
    community(input, input.platformFee - burned),
  ];
}

interface Row {
  readonly contributor: string;
  influence: bigint;
  influencePpm: bigint;
  spanScore: bigint;
  spanPpm: bigint;
  amount: bigint;
}

/** Both score columns by contributor, in ASCII order. */
function contributorRows(input: SplitInput): Row[] {
  const rows = new Map<string, Row>();
  const row = (contributor: string): Row => {
    const found = rows.get(contributor) ?? { contributor, influence: 0n, influencePpm: 0n, spanScore: 0n, spanPpm: 0n, amount: 0n };
    rows.set(contributor, found);
    return found;
  };
  for (const { contributor, score, ppm: share } of scoreShares(input.influence)) {
    Object.assign(row(contributor), { influence: score, influencePpm: share });
  }
  for (const { contributor, score, ppm: share } of scoreShares(input.spanScores)) {
    Object.assign(row(contributor), { spanScore: score, spanPpm: share });
  }
  return sortedEntries(rows).map(([, value]) => value);
}

/**
 * The contributors' pool: the span part rounded down, influence owns the remainder. A pool that nobody has a share of
 * falls to the other; with both empty nobody is paid and the caller keeps the whole.
 */
function payContributors(rows: readonly Row[], pool: Uopen, spanPoolPpm: number): bigint {
  const hasInfluence = rows.some((r) => r.influencePpm > 0n);
  const hasSpans = rows.some((r) => r.spanPpm > 0n);
  if (!hasInfluence && !hasSpans) return 0n;
  const spanShare = hasInfluence ? (hasSpans ? ppm(spanPoolPpm) : ppm(0)) : WHOLE_PPM;
  const spanPool = takeShare(pool, spanShare);
  const byInfluence = apportion(pool - spanPool, rows.map((r) => ({ key: r.contributor, weight: r.influencePpm })));
  const bySpans = apportion(spanPool, rows.map((r) => ({ key: r.contributor, weight: r.spanPpm })));
  rows.forEach((r, i) => (r.amount = (byInfluence[i] ?? 0n) + (bySpans[i] ?? 0n)));
  return pool;
}

/** One entry per role and account, in that order, zeros left out. */
function mergeLines(lines: readonly Line[]): Payout[] {
  const sums = new Map<string, Line>();
  for (const line of lines) {
    const key = `${line.role}/${line.account}`;
    sums.set(key, { ...line, amount: line.amount + (sums.get(key)?.amount ?? 0n) });
  }
  return [...sums.values()]
    .filter((line) => line.amount > 0n)
    .sort((a, b) => a.role - b.role || compareAscii(a.account, b.account))
    .map(({ role, account, amount }) => ({ role, account, amount: amount.toString() }));
}

/** Where the fee of one attributed answer goes (design §6). Exact: the payouts sum to the fee, whatever the input. */
export function splitFee(input: SplitInput): FeeSplit {
  const pools = cutFee(input);
  const rows = contributorRows(input);
  const paid = payContributors(rows, pools.contributors, input.split.spanPoolPpm);
  const shares = apportion(WHOLE_PPM, rows.map((r) => ({ key: r.contributor, weight: r.amount })));
  const lines = [
    ...rows.map((r): Line => ({ role: PayoutRole.PAYOUT_ROLE_CONTRIBUTOR, account: r.contributor, amount: r.amount })),
    ...modelLines(input, pools.model),
    ...attesterLines(input, pools.attesters),
    ...platformLines(input),
    community(input, pools.contributors - paid),
  ];
  return {
    payouts: mergeLines(lines),
    shares: rows.map((r, i) => ({
      contributor: r.contributor,
      influence: r.influence,
      spanScore: r.spanScore,
      influencePpm: Number(r.influencePpm),
      spanPpm: Number(r.spanPpm),
      sharePpm: Number(shares[i] ?? 0n),
      amount: r.amount.toString(),
    })),
  };
}

/** Sum of payouts in uopen. */
export function payoutTotal(payouts: readonly Payout[]): Uopen {
  return sumUopen(payouts.map((p) => toUopen(BigInt(p.amount))));
}
