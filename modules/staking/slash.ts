import { parseAddress, parseOperatorAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import {
  DEC_ONE,
  DEC_ZERO,
  Fault,
  addUopen,
  decFromInt,
  minDec,
  mulDec,
  mulDecInt,
  parseScaledDec,
  quoDecRoundUp,
  subUopen,
  sumUopen,
  toUopen,
  truncateInt,
  truncateUopen,
} from "../../chain/primitives/index.js";
import type { Address, Dec, Height, Uopen, VotingPower } from "../../chain/primitives/index.js";
import type {
  Redelegation,
  RedelegationEntry,
  UnbondingDelegationEntry,
  Validator,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import { poolOf, unbond } from "./delegations.js";
import type { Pair } from "./delegations.js";
import { tell } from "./ports.js";
import type { StakingPorts } from "./ports.js";
import { BONDED_POOL, NOT_BONDED_POOL } from "./state.js";
import { isMature } from "./times.js";
import { putUnbonding } from "./unbondings.js";
import { TOKENS_PER_POWER } from "./validator.js";
import {
  findByConsensus,
  getValidator,
  isUnbonded,
  putValidator,
  stakeOf,
  withStake,
  writing,
} from "./validators.js";

/** Punishment of stake for what a validator did at some height (x/staking/keeper/slash.go). */

export interface Infraction {
  readonly consensusAddress: Uint8Array;
  readonly infractionHeight: Height;
  /** Of the validator, at that height. */
  readonly power: VotingPower;
  /** Of the stake behind that power; 0 to 1. */
  readonly fraction: Dec;
}

type Sin = Pick<Infraction, "infractionHeight" | "fraction">;
/** What both kinds of entries have in common: stake that left at a height. */
type Left = Pick<UnbondingDelegationEntry, "creationHeight" | "completionTime" | "unbondingOnHoldRefCount">;

/** Stake that left before the infraction had no part in it, and stake whose time is over is out of reach. */
function isWithinReach(ctx: Context, entry: Left, { infractionHeight }: Sin): boolean {
  return (
    entry.creationHeight >= infractionHeight && (!isMature(entry, ctx) || entry.unbondingOnHoldRefCount > 0n)
  );
}

/** The share of what an entry began with, rounded down. */
function penaltyOf({ initialBalance }: { readonly initialBalance: string }, { fraction }: Sin): Uopen {
  return truncateUopen(mulDecInt(fraction, parseUopen(initialBalance)));
}

function least(a: Uopen, b: Uopen): Uopen {
  return a < b ? a : b;
}

/** What a slash takes from those who left, by the account where it lies: it is handed over once, however many they are. */
interface Haul {
  take(pool: typeof BONDED_POOL | typeof NOT_BONDED_POOL, amount: Uopen): void;
}

function collect(ctx: Context, { communityPool }: StakingPorts, run: (haul: Haul) => Uopen): Uopen {
  const taken = { [BONDED_POOL]: toUopen(0n), [NOT_BONDED_POOL]: toUopen(0n) };
  const asked = run({
    take(pool, amount) {
      taken[pool] = addUopen(taken[pool], amount);
    },
  });
  for (const pool of [NOT_BONDED_POOL, BONDED_POOL] as const)
    if (taken[pool] > 0n) communityPool.fund(ctx, pool, taken[pool]);
  return asked;
}

interface Taken {
  readonly entry: UnbondingDelegationEntry;
  readonly amount: Uopen;
}

function takeFrom(entry: UnbondingDelegationEntry, wanted: Uopen): Taken {
  const balance = parseUopen(entry.balance);
  const amount = least(wanted, balance);
  return { entry: { ...entry, balance: subUopen(balance, amount).toString() }, amount };
}

/** Takes from what is leaving a validator; returns what was asked, which may be more than was left. */
function slashUnbonding(ctx: Context, haul: Haul, who: Pair, sin: Sin): Uopen {
  const { entries } = writing(ctx).unbondings.getOrFail([who.delegator, who.operator]);
  const wanted = entries.map((entry) =>
    isWithinReach(ctx, entry, sin) ? penaltyOf(entry, sin) : toUopen(0n),
  );
  const asked = sumUopen(wanted);
  if (asked === 0n) return asked;
  const taken = entries.map((entry, i) => takeFrom(entry, wanted[i] ?? toUopen(0n)));
  putUnbonding(
    ctx,
    who,
    taken.map((t) => t.entry),
  );
  haul.take(NOT_BONDED_POOL, sumUopen(taken.map((t) => t.amount)));
  return asked;
}

interface Punishing {
  readonly ports: StakingPorts;
  readonly haul: Haul;
}

/** What moved on and is leaving its new validator already pays first. Returns what is left to take. */
function slashLeftAgain(
  ctx: Context,
  haul: Haul,
  who: Pair,
  { sin, wanted }: { readonly sin: Sin; readonly wanted: Uopen },
): Uopen {
  const found = writing(ctx).unbondings.get([who.delegator, who.operator]);
  if (found === undefined) return wanted;
  let left = wanted;
  const entries = found.entries.map((entry) => {
    if (!isWithinReach(ctx, entry, sin)) return entry;
    const taken = takeFrom(entry, left);
    left = subUopen(left, taken.amount);
    return taken.entry;
  });
  putUnbonding(ctx, who, entries);
  haul.take(NOT_BONDED_POOL, subUopen(wanted, left));
  return left;
}

/** Takes a part of the shares that were moved, as far as they are still there. */
function slashMoved(ctx: Context, { ports, haul }: Punishing, who: Pair, moved: Dec): void {
  const delegation = writing(ctx).delegations.get([who.delegator, who.operator]);
  if (delegation === undefined || moved === DEC_ZERO) return;
  // Asked before: giving the last share back may remove the validator.
  const pool = poolOf(getValidator(ctx, who.operator));
  const amount = unbond(ctx, ports, { ...who, shares: minDec(moved, parseScaledDec(delegation.shares)) });
  haul.take(pool, amount);
}

function slashEntry(
  ctx: Context,
  punishing: Punishing,
  who: Pair,
  { entry, sin }: { readonly entry: RedelegationEntry; readonly sin: Sin },
): Uopen {
  const wanted = penaltyOf(entry, sin);
  const left = slashLeftAgain(ctx, punishing.haul, who, { sin, wanted });
  if (left > 0n) slashMoved(ctx, punishing, who, mulDec(sin.fraction, parseScaledDec(entry.sharesDst)));
  return wanted;
}

/** Takes from what moved to another validator since; returns what was asked. */
function slashRedelegation(ctx: Context, punishing: Punishing, moved: Redelegation, sin: Sin): Uopen {
  const who = {
    delegator: parseAddress(moved.delegatorAddress),
    operator: parseOperatorAddress(moved.validatorDstAddress),
  };
  const reached = moved.entries.filter((entry) => isWithinReach(ctx, entry, sin));
  return sumUopen(reached.map((entry) => slashEntry(ctx, punishing, who, { entry, sin })));
}

/**
 * What stake that left since the infraction is asked to pay. Work: each unbonding and redelegation from the validator, of which there
 * are as many as rules/crowd.ts lets there be.
 */
function slashDeparted(ctx: Context, ports: StakingPorts, operator: Address, sin: Sin): Uopen {
  const { unbondingsFrom, redelegationsFrom, redelegations } = writing(ctx);
  return collect(ctx, ports, (haul) => {
    const leaving = [...unbondingsFrom.keys({ prefix: [operator] })];
    const asked = leaving.map(([, delegator]) => slashUnbonding(ctx, haul, { delegator, operator }, sin));
    const moves = [...redelegationsFrom.keys({ prefix: [operator] })];
    const moved = moves.map(([source, delegator, destination]) =>
      slashRedelegation(ctx, { ports, haul }, redelegations.getOrFail([delegator, source, destination]), sin),
    );
    return sumUopen([...asked, ...moved]);
  });
}

/** Takes an amount of a validator's own stake to an account, its delegators losing in proportion. */
export function takeTokens(
  ctx: Context,
  ports: StakingPorts,
  operator: Address,
  taking: { readonly amount: Uopen; move(pool: string, amount: Uopen): void },
): void {
  const { amount } = taking;
  if (amount === 0n) return;
  const { tokens } = stakeOf(getValidator(ctx, operator));
  const fraction = minDec(quoDecRoundUp(decFromInt(amount), decFromInt(tokens)), DEC_ONE);
  tell(ports, (l) => l.beforeValidatorSlashed?.(ctx, operator, fraction));
  const validator = getValidator(ctx, operator);
  const stake = stakeOf(validator);
  putValidator(ctx, operator, withStake(validator, { ...stake, tokens: subUopen(stake.tokens, amount) }));
  taking.move(poolOf(validator), amount);
}

function checkInfraction(ctx: Context, { infractionHeight, fraction }: Infraction): void {
  if (fraction < 0n) throw new Fault("a slash with a negative fraction", { fraction });
  if (infractionHeight > ctx.block.height)
    throw new Fault("a slash for an infraction to come", { infractionHeight });
}

/** Whether anything can still be taken: not from the forgotten, nor from one that served its unbonding time. */
function isPunishable(validator: Validator | undefined): validator is Validator {
  return validator !== undefined && !isUnbonded(validator);
}

/**
 * Takes a fraction of the stake that stood behind a validator at a height: first from what has left it since, the rest from
 * the validator. All of it goes to the community pool. Returns what the validator itself paid.
 */
export function slash(ctx: Context, ports: StakingPorts, infraction: Infraction): Uopen {
  checkInfraction(ctx, infraction);
  const validator = findByConsensus(ctx, infraction.consensusAddress);
  if (!isPunishable(validator)) return toUopen(0n);
  const operator = parseOperatorAddress(validator.operatorAddress);
  const whole = truncateInt(mulDec(decFromInt(infraction.power * TOKENS_PER_POWER), infraction.fraction));
  tell(ports, (l) => l.beforeValidatorModified?.(ctx, operator));
  const isPast = infraction.infractionHeight < ctx.block.height;
  const departed = isPast ? slashDeparted(ctx, ports, operator, infraction) : 0n;
  const { tokens } = stakeOf(getValidator(ctx, operator));
  const amount = whole > departed ? least(toUopen(whole - departed), tokens) : toUopen(0n);
  const move = (pool: string, taken: Uopen): void => ports.communityPool.fund(ctx, pool, taken);
  takeTokens(ctx, ports, operator, { amount, move });
  return amount;
}
