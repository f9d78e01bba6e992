import {
  formatAddress,
  formatOperatorAddress,
  fromTimestamp,
  parseUopen,
  toTimestamp,
} from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { ZERO_TIME, equalBytes, sumUopen } from "../../chain/primitives/index.js";
import type { Address, Dec, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { RedelegationEntry, Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { delegate, poolOf, unbond } from "./delegations.js";
import { StakingError } from "./errors.js";
import { checkWorthAnEntry, countLeaving } from "./leaving.js";
import type { StakingPorts } from "./ports.js";
import { completionTime, isMature } from "./times.js";
import { getValidator, isBonded, isUnbonded, reading, writing } from "./validators.js";

/** Stake that moved between validators, which its source's old faults still reach. */

export interface Move {
  readonly delegator: Address;
  readonly source: Address;
  readonly destination: Address;
}

/** Writes what moved, or forgets it when nothing is left to answer for; entries that came or went are counted. */
export function putRedelegation(ctx: Context, move: Move, entries: readonly RedelegationEntry[]): void {
  const { delegator, source, destination } = move;
  const { redelegations, redelegationsFrom, redelegationsTo } = writing(ctx);
  const before = redelegations.get([delegator, source, destination])?.entries.length ?? 0;
  countLeaving(ctx, source, entries.length - before);
  if (entries.length === 0) {
    redelegations.delete([delegator, source, destination]);
    redelegationsFrom.delete([source, delegator, destination]);
    redelegationsTo.delete([destination, delegator, source]);
    return;
  }
  redelegations.set([delegator, source, destination], {
    delegatorAddress: formatAddress(delegator),
    validatorSrcAddress: formatOperatorAddress(source),
    validatorDstAddress: formatOperatorAddress(destination),
    entries,
  });
  redelegationsFrom.add([source, delegator, destination]);
  redelegationsTo.add([destination, delegator, source]);
}

/** @throws Reject staking/29, staking/31, staking/44, staking/32, staking/33. */
function checkMove(ctx: Context, { delegator, source, destination }: Move): void {
  if (equalBytes(source, destination)) throw StakingError.SelfRedelegation();
  const { validators, redelegations, redelegationsTo, params } = reading(ctx);
  if (!validators.has(destination)) throw StakingError.BadRedelegationDst();
  if (!validators.has(source)) throw StakingError.BadRedelegationSrc();
  const hasArrived = [...redelegationsTo.keys({ prefix: [source, delegator], limit: 1 })].length > 0;
  if (hasArrived) throw StakingError.TransitiveRedelegation();
  const entries = redelegations.get([delegator, source, destination])?.entries ?? [];
  if (entries.length >= params.getOrFail().maxEntries) throw StakingError.MaxRedelegationEntries();
}

interface Begun {
  readonly height: bigint;
  readonly time: TimeNs;
}

/** How long the source's faults reach it: as long as its own unbonding takes; undefined when that is over. */
function reachOf(ctx: Context, source: Validator | undefined): Begun | undefined {
  if (source === undefined || isBonded(source))
    return { height: ctx.block.height, time: completionTime(ctx) };
  if (isUnbonded(source)) return undefined;
  return { height: source.unbondingHeight, time: fromTimestamp(source.unbondingTime) };
}

/**
 * Moves shares to another validator at once. Returns when the source's faults stop reaching them; Go's zero time where they
 * do not any more.
 *
 * @throws Reject staking/29 to 33 and 44; sdk/18 on too little while many leave; as `unbond` and as `delegate`.
 */
export function redelegate(
  ctx: Context,
  ports: StakingPorts,
  { shares, ...move }: Move & { readonly shares: Dec },
): TimeNs {
  const { delegator, source, destination } = move;
  checkMove(ctx, move);
  const from = poolOf(getValidator(ctx, source));
  const amount = unbond(ctx, ports, { delegator, operator: source, shares });
  if (amount === 0n) throw StakingError.TinyRedelegationAmount();
  const created = delegate(ctx, ports, { delegator, operator: destination, amount, source: from });
  const { validators, unbondingIds, redelegations, redelegationQueue } = writing(ctx);
  const begun = reachOf(ctx, validators.get(source));
  if (begun === undefined) return ZERO_TIME;
  checkWorthAnEntry(ctx, source, amount);
  const entry: RedelegationEntry = {
    creationHeight: begun.height,
    completionTime: toTimestamp(begun.time),
    initialBalance: amount.toString(),
    sharesDst: created.toString(),
    unbondingId: unbondingIds.next(),
    unbondingOnHoldRefCount: 0n,
  };
  putRedelegation(ctx, move, [
    ...(redelegations.get([delegator, source, destination])?.entries ?? []),
    entry,
  ]);
  redelegationQueue.add([begun.time, [delegator, source, destination]]);
  return begun.time;
}

/** Forgets the entries whose time is over, and returns what they began with; undefined when there were none. */
export function completeRedelegation(ctx: Context, move: Move): Uopen | undefined {
  const found = writing(ctx).redelegations.get([move.delegator, move.source, move.destination]);
  if (found === undefined) return undefined;
  const isOver = (entry: RedelegationEntry): boolean =>
    isMature(entry, ctx) && entry.unbondingOnHoldRefCount === 0n;
  putRedelegation(
    ctx,
    move,
    found.entries.filter((e) => !isOver(e)),
  );
  return sumUopen(found.entries.filter(isOver).map((e) => parseUopen(e.initialBalance)));
}
