import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import {
  DEC_ZERO,
  addDec,
  equalBytes,
  formatDec,
  minDec,
  parseScaledDec,
  subDec,
  truncateInt,
} from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { StakingError } from "./errors.js";
import { tell } from "./ports.js";
import type { StakingPorts } from "./ports.js";
import {
  addStake,
  isWorthless,
  removeShares,
  sharesOfTokens,
  sharesOfTokensTruncated,
  tokensOfShares,
} from "./rules/shares.js";
import { BONDED_POOL, NOT_BONDED_POOL } from "./state.js";
import {
  getValidator,
  isBonded,
  isUnbonded,
  putValidator,
  reading,
  removeValidator,
  setJailed,
  stakeOf,
  withStake,
  writing,
} from "./validators.js";

/** Stake goes in and out of validators here, and nowhere else (x/staking/keeper/delegation.go). */

/** Who stakes with whom. */
export interface Pair {
  readonly delegator: Address;
  readonly operator: Address;
}

/** `source`: where the coins lie now. */
export interface Delegating extends Pair {
  readonly amount: Uopen;
  readonly source: "account" | typeof BONDED_POOL | typeof NOT_BONDED_POOL;
}

/** The account that holds a validator's stake. */
export function poolOf(validator: Validator): typeof BONDED_POOL | typeof NOT_BONDED_POOL {
  return isBonded(validator) ? BONDED_POOL : NOT_BONDED_POOL;
}

function putShares(ctx: Context, { delegator, operator }: Pair, shares: Dec): void {
  const { delegations, delegators } = writing(ctx);
  delegations.set([delegator, operator], {
    delegatorAddress: formatAddress(delegator),
    validatorAddress: formatOperatorAddress(operator),
    shares: shares.toString(),
  });
  delegators.add([operator, delegator]);
}

function removeDelegation(ctx: Context, ports: StakingPorts, { delegator, operator }: Pair): void {
  tell(ports, (l) => l.beforeDelegationRemoved?.(ctx, delegator, operator));
  const { delegations, delegators } = writing(ctx);
  delegations.delete([delegator, operator]);
  delegators.delete([operator, delegator]);
}

function payIn(
  ctx: Context,
  { token }: StakingPorts,
  { delegator, amount, source }: Delegating,
  pool: string,
): void {
  if (source === "account") token.delegate(ctx, delegator, pool, amount);
  else if (source !== pool) token.moduleToModule(ctx, source, pool, amount);
}

/** Stakes with a validator and returns the shares that were issued. @throws Reject staking/3, staking/34, sdk/5. */
export function delegate(ctx: Context, ports: StakingPorts, what: Delegating): Dec {
  const { delegator, operator, amount } = what;
  const validator = getValidator(ctx, operator);
  if (isWorthless(stakeOf(validator))) throw StakingError.DelegatorShareExRateInvalid();
  const before = writing(ctx).delegations.get([delegator, operator]);
  tell(ports, (l) =>
    before === undefined
      ? l.beforeDelegationCreated?.(ctx, delegator, operator)
      : l.beforeDelegationSharesModified?.(ctx, delegator, operator),
  );
  payIn(ctx, ports, what, poolOf(validator));
  const { pool, issued } = addStake(stakeOf(validator), amount);
  putValidator(ctx, operator, withStake(validator, pool));
  putShares(ctx, what, addDec(parseScaledDec(before?.shares ?? ""), issued));
  tell(ports, (l) => l.afterDelegationModified?.(ctx, delegator, operator));
  return issued;
}

/** Whether an operator would keep less of its own stake than it promised. */
function breaksPromise(validator: Validator, { delegator, operator }: Pair, left: Dec): boolean {
  if (validator.jailed || !equalBytes(delegator, operator)) return false;
  return truncateInt(tokensOfShares(stakeOf(validator), left)) < BigInt(validator.minSelfDelegation);
}

/**
 * Gives shares back for tokens, which stay in the validator's pool account for the caller to move. An operator that falls
 * below its own minimum is jailed; an unbonded validator without shares is removed.
 *
 * @throws Reject staking/21, staking/24, staking/3.
 */
export function unbond(
  ctx: Context,
  ports: StakingPorts,
  { shares, ...who }: Pair & { readonly shares: Dec },
): Uopen {
  const { delegator, operator } = who;
  const held = writing(ctx).delegations.getOrFail([delegator, operator], StakingError.NoDelegatorForAddress);
  tell(ports, (l) => l.beforeDelegationSharesModified?.(ctx, delegator, operator));
  if (parseScaledDec(held.shares) < shares)
    throw StakingError.NotEnoughDelegationShares(formatDec(parseScaledDec(held.shares)));
  const left = subDec(parseScaledDec(held.shares), shares);
  if (breaksPromise(getValidator(ctx, operator), who, left)) setJailed(ctx, operator, true);
  if (left === DEC_ZERO) removeDelegation(ctx, ports, who);
  else {
    putShares(ctx, who, left);
    tell(ports, (l) => l.afterDelegationModified?.(ctx, delegator, operator));
  }
  const validator = getValidator(ctx, operator);
  const { pool, amount } = removeShares(stakeOf(validator), shares);
  const after = withStake(validator, pool);
  putValidator(ctx, operator, after);
  if (pool.shares === DEC_ZERO && isUnbonded(after)) removeValidator(ctx, ports, after);
  return amount;
}

/**
 * The shares to give back for an amount: never more than are held, but all of them when rounding alone would say more.
 *
 * @throws Reject staking/3, staking/19, staking/22; sdk/18 when the amount is more than the delegation is worth.
 */
export function sharesForAmount(stores: ReadStores, { delegator, operator }: Pair, amount: Uopen): Dec {
  const stake = stakeOf(getValidator(stores, operator));
  const delegation = reading(stores).delegations.getOrFail([delegator, operator], StakingError.NoDelegation);
  const held = parseScaledDec(delegation.shares);
  const shares = sharesOfTokens(stake, amount);
  if (sharesOfTokensTruncated(stake, amount) > held) throw SdkError.InvalidRequest("invalid shares amount");
  return minDec(shares, held);
}
