import { DEC_ONE, decFromInt, mulDec, mulDecTruncate, quoDecTruncate, subDec } from "../../../chain/primitives/index.js";
import type { Dec, Uopen } from "../../../chain/primitives/index.js";

/** Who gets which part of the fees of a block. */
export interface Allocation {
  /** In the order of the powers given. */
  readonly rewards: readonly Dec[];
  /** Tax, and what truncation leaves; the community pool owns it. */
  readonly community: Dec;
}

/**
 * The fees of a block by voting power, whoever signed it. Each part is rounded towards zero twice, as the SDK does, and the
 * community owns the rest, so the parts sum to the fees exactly.
 */
export function allocateFees(fees: Uopen, communityTax: Dec, powers: readonly bigint[]): Allocation {
  const whole = decFromInt(fees);
  const total = powers.reduce((sum, power) => sum + power, 0n);
  if (total === 0n) return { rewards: powers.map(() => decFromInt(0n)), community: whole };
  const shared = mulDecTruncate(whole, subDec(DEC_ONE, communityTax));
  const rewards = powers.map((power) => mulDecTruncate(shared, quoDecTruncate(decFromInt(power), decFromInt(total))));
  return { rewards, community: rewards.reduce(subDec, whole) };
}

/** A validator's rewards between itself, rounded half to even, and its delegators, who own the rest. */
export function splitCommission(rewards: Dec, rate: Dec): { readonly commission: Dec; readonly shared: Dec } {
  const commission = mulDec(rewards, rate);
  return { commission, shared: subDec(rewards, commission) };
}
