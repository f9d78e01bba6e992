import {
  formatAddress,
  formatOperatorAddress,
  fromTimestamp,
  parseUopen,
  toTimestamp,
} from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { addUopen, sumUopen } from "../../chain/primitives/index.js";
import type { Dec, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type {
  UnbondingDelegation,
  UnbondingDelegationEntry,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import { poolOf, unbond } from "./delegations.js";
import type { Pair } from "./delegations.js";
import { StakingError } from "./errors.js";
import { checkWorthAnEntry, countLeaving } from "./leaving.js";
import type { StakingPorts } from "./ports.js";
import { NOT_BONDED_POOL } from "./state.js";
import { completionTime, isMature } from "./times.js";
import { getValidator, writing } from "./validators.js";

/** Stake on its way back to its owner. */

/** Writes what is leaving, or forgets it when nothing is; entries that came or went are counted. */
export function putUnbonding(
  ctx: Context,
  { delegator, operator }: Pair,
  entries: readonly UnbondingDelegationEntry[],
): void {
  const { unbondings, unbondingsFrom } = writing(ctx);
  const before = unbondings.get([delegator, operator])?.entries.length ?? 0;
  countLeaving(ctx, operator, entries.length - before);
  if (entries.length === 0) {
    unbondings.delete([delegator, operator]);
    unbondingsFrom.delete([operator, delegator]);
    return;
  }
  unbondings.set([delegator, operator], {
    delegatorAddress: formatAddress(delegator),
    validatorAddress: formatOperatorAddress(operator),
    entries,
  });
  unbondingsFrom.add([operator, delegator]);
}

/** Two withdrawals of one block are one entry. */
function withEntry(
  entries: readonly UnbondingDelegationEntry[],
  added: { readonly height: bigint; readonly time: TimeNs; readonly amount: Uopen; readonly id: bigint },
): readonly UnbondingDelegationEntry[] {
  const { height, time, amount, id } = added;
  const at = entries.findIndex(
    (e) => e.creationHeight === height && fromTimestamp(e.completionTime) === time,
  );
  const same = entries[at];
  if (same !== undefined) {
    const grown = {
      ...same,
      balance: addUopen(parseUopen(same.balance), amount).toString(),
      initialBalance: addUopen(parseUopen(same.initialBalance), amount).toString(),
    };
    return entries.with(at, grown);
  }
  const entry: UnbondingDelegationEntry = {
    creationHeight: height,
    completionTime: toTimestamp(time),
    initialBalance: amount.toString(),
    balance: amount.toString(),
    unbondingId: id,
    unbondingOnHoldRefCount: 0n,
  };
  return [...entries, entry];
}

/**
 * Begins to withdraw shares; the coins come back once the unbonding time is over.
 *
 * @throws Reject staking/27 with as many entries as params allow; sdk/18 on too little while many leave; and as `unbond`.
 */
export function undelegate(
  ctx: Context,
  ports: StakingPorts,
  what: Pair & { readonly shares: Dec },
): { readonly completion: TimeNs; readonly amount: Uopen } {
  const { delegator, operator } = what;
  const { params, unbondings, unbondingIds, unbondingQueue } = writing(ctx);
  const validator = getValidator(ctx, operator);
  const entries: UnbondingDelegation["entries"] = unbondings.get([delegator, operator])?.entries ?? [];
  if (entries.length >= params.getOrFail().maxEntries) throw StakingError.MaxUnbondingDelegationEntries();
  const amount = unbond(ctx, ports, what);
  const pool = poolOf(validator);
  if (pool !== NOT_BONDED_POOL) ports.token.moduleToModule(ctx, pool, NOT_BONDED_POOL, amount);
  const time = completionTime(ctx);
  const after = withEntry(entries, { height: ctx.block.height, time, amount, id: unbondingIds.next() });
  if (after.length > entries.length) checkWorthAnEntry(ctx, operator, amount);
  putUnbonding(ctx, what, after);
  unbondingQueue.add([time, [delegator, operator]]);
  return { completion: time, amount };
}

/** Pays out the entries whose time is over, and returns how much; undefined when there was nothing left to complete. */
export function completeUnbonding(ctx: Context, ports: StakingPorts, who: Pair): Uopen | undefined {
  const { delegator, operator } = who;
  const found = writing(ctx).unbondings.get([delegator, operator]);
  if (found === undefined) return undefined;
  const isOver = (entry: UnbondingDelegationEntry): boolean =>
    isMature(entry, ctx) && entry.unbondingOnHoldRefCount === 0n;
  const amounts = found.entries.filter(isOver).map((e) => parseUopen(e.balance));
  for (const amount of amounts)
    if (amount > 0n) ports.token.undelegate(ctx, NOT_BONDED_POOL, delegator, amount);
  putUnbonding(
    ctx,
    who,
    found.entries.filter((e) => !isOver(e)),
  );
  return sumUopen(amounts);
}
