import type { Vote, WeightedVoteOption } from "../../proto/gen/cosmos/gov/v1.js";
import { formatAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { parseDec } from "../../chain/primitives/index.js";
import type { Address, Dec } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { Staking } from "./ports.js";
import { proposalOf } from "./rules/ballot.js";
import { tally } from "./rules/tally.js";
import type { Count, Tally } from "./rules/tally.js";
import { OPTIONS } from "./rules/weights.js";
import { openGov, readGov } from "./state.js";
import type { GovState } from "./state.js";

/**
 * Votes are counted when they are cast and when a voter's delegations change, so that the end of a voting period costs the same
 * however many voted: a sum over validators. For each ballot, validator and answer the sum of shares times weights is kept
 * exactly, with no rounding, which makes it independent of the order of events.
 */

type Weights = ReadonlyMap<number, Dec>;

const NOTHING: Weights = new Map();

function weightsOf(options: readonly WeightedVoteOption[]): Weights {
  return new Map(options.map(({ option, weight }) => [option, parseDec(weight)]));
}

interface Change {
  readonly ballot: bigint;
  readonly operator: Address;
  /** May be negative. */
  readonly shares: bigint;
  readonly weights: Weights;
}

/** Adds shares that vote with `weights` to the sums of one validator. */
function count({ counted }: GovState, { ballot, operator, shares, weights }: Change): void {
  for (const option of OPTIONS) {
    const change = shares * (weights.get(option) ?? 0n);
    if (change === 0n) continue;
    const sum = (counted.get([ballot, operator, option]) ?? 0n) + change;
    if (sum === 0n) counted.delete([ballot, operator, option]);
    else counted.set([ballot, operator, option], sum);
  }
}

/** What changes for each unit of shares when `before` becomes `after`. */
function differenceOf(before: Weights, after: Weights): Weights {
  return new Map(OPTIONS.map((o) => [o, ((after.get(o) ?? 0n) - (before.get(o) ?? 0n)) as Dec]));
}

/** Casts a vote, or replaces it. Work: the voter's delegations. */
export function castVote(
  ctx: Context,
  staking: Staking,
  { ballot, voter, options, metadata }: { ballot: bigint; voter: Address; options: Vote["options"]; metadata: string },
): void {
  const state = openGov(ctx);
  const before = state.votes.get([ballot, voter]);
  const weights = differenceOf(before === undefined ? NOTHING : weightsOf(before.options), weightsOf(options));
  for (const { operator, shares } of staking.delegationsOf(ctx, voter)) count(state, { ballot, operator, shares, weights });
  state.votes.set([ballot, voter], { proposalId: proposalOf(ballot), voter: formatAddress(voter), options, metadata });
  if (before === undefined) state.voted.add([voter, ballot]);
}

/**
 * Takes a delegation out of every open ballot its delegator voted in (`sign` -1, before it changes), or counts it there (1,
 * after). Work: the open ballots that this account voted in, each of which it paid for.
 */
export function countDelegation(
  ctx: Context,
  staking: Staking,
  { delegator, operator, sign }: { delegator: Address; operator: Address; sign: 1n | -1n },
): void {
  const state = openGov(ctx);
  const shares = staking.delegation(ctx, delegator, operator) ?? 0n;
  if (shares === 0n) return;
  for (const [, ballot] of state.voted.keys({ prefix: [delegator] })) {
    if (!state.open.has(ballot)) continue;
    const { options } = state.votes.getOrFail([ballot, delegator]);
    count(state, { ballot, operator, shares: sign * shares, weights: weightsOf(options) });
  }
}

/** Counts every vote of the open ballots anew: once, after genesis, when staking knows its delegations. */
export function recount(ctx: Context, staking: Staking): void {
  const state = openGov(ctx);
  for (const key of [...state.counted.keys()]) state.counted.delete(key);
  for (const ballot of [...state.open.keys()]) {
    for (const [[, voter], { options }] of [...state.votes.entries({ prefix: [ballot] })]) {
      const weights = weightsOf(options);
      for (const { operator, shares } of staking.delegationsOf(ctx, voter)) count(state, { ballot, operator, shares, weights });
    }
  }
}

/** How a ballot stands. Work: the bonded validators. */
export function tallyOf(stores: ReadStores, staking: Staking, ballot: bigint): Tally {
  const { counted, votes } = readGov(stores);
  return tally(
    staking.bondedByPower(stores).map(({ operator, tokens, delegatorShares }): Count => {
      const own = votes.get([ballot, operator]);
      return {
        tokens,
        shares: delegatorShares,
        delegated: new Map([...counted.entries({ prefix: [ballot, operator] })].map(([[, , option], sum]) => [option, sum])),
        own: own && weightsOf(own.options),
      };
    }),
  );
}

export function openBallot(ctx: Context, ballot: bigint): void {
  openGov(ctx).open.add(ballot);
}

/** No more votes. Those there are count no longer and are removed a few in each block. */
export function closeBallot(ctx: Context, ballot: bigint): void {
  const { open, closed } = openGov(ctx);
  open.delete(ballot);
  closed.add(ballot);
}

/** Removes up to `limit` votes and sums of closed ballots. */
export function pruneBallots(ctx: Context, limit: number): void {
  const state = openGov(ctx);
  let left = limit;
  for (const ballot of [...state.closed.keys({ limit })]) {
    left -= pruneBallot(state, ballot, left);
    if (left === 0) return;
    state.closed.delete(ballot);
  }
}

/** How much it removed; less than `limit` when nothing is left. */
function pruneBallot(state: GovState, ballot: bigint, limit: number): number {
  const voters = [...state.votes.keys({ prefix: [ballot], limit })];
  for (const [, voter] of voters) {
    state.votes.delete([ballot, voter]);
    state.voted.delete([voter, ballot]);
  }
  const sums = [...state.counted.keys({ prefix: [ballot], limit: limit - voters.length })];
  for (const key of sums) state.counted.delete(key);
  return voters.length + sums.length;
}
