import type { CoinText } from "../../../chain/kernel/index.js";
import { SdkError, formatUopen, parseCoins } from "../../../chain/kernel/index.js";
import { UOPEN, decFromInt, mulDec, roundInt, subUopen, toUopen, truncateUopen } from "../../../chain/primitives/index.js";
import type { Dec, Uopen } from "../../../chain/primitives/index.js";
import { GovError } from "../errors.js";

const DENOM = /^[a-zA-Z][a-zA-Z0-9/:._-]{2,127}$/;
const AMOUNT = /^[1-9]\d{0,77}$/;

/** How many coins a message may list before it is refused unread. */
const MAX_COINS = 16;

function textOf(coins: readonly CoinText[]): string {
  return coins.slice(0, MAX_COINS).map(({ denom, amount }) => `${amount.slice(0, 80)}${denom.slice(0, 128)}`).join(",");
}

/** Sorted by denomination, none twice, every amount above zero (the SDK's Coins.IsValid). */
function isValid(coins: readonly CoinText[]): boolean {
  if (coins.length > MAX_COINS) return false;
  const isWellFormed = coins.every(({ denom, amount }) => DENOM.test(denom) && AMOUNT.test(amount));
  return isWellFormed && coins.every(({ denom }, i) => i === 0 || (coins[i - 1]?.denom ?? "") < denom);
}

/**
 * The amount of a deposit.
 *
 * @throws Reject sdk/10 on malformed coins, gov/23 on other coins than uopen.
 */
export function parseDeposit(coins: readonly CoinText[]): Uopen {
  if (!isValid(coins)) throw SdkError.InvalidCoins(textOf(coins));
  if (coins.some(({ denom }) => denom !== UOPEN))
    throw GovError.InvalidDepositDenom(
      `deposited ${textOf(coins)}, but gov accepts only the following denom(s): [${UOPEN}]`,
    );
  return coins.length === 0 ? toUopen(0n) : parseCoins(coins);
}

/**
 * What a single deposit must be at least: the minimum times the ratio, rounded down.
 *
 * @throws Reject gov/16 when it is less, or nothing.
 */
export function checkDepositSize(amount: Uopen, minimum: Uopen, ratio: Dec): void {
  const least = truncateUopen(mulDec(decFromInt(minimum), ratio));
  if (amount > 0n && amount >= least) return;
  const text = formatUopen(least) || `0${UOPEN}`;
  throw GovError.DepositTooSmall(`received ${formatUopen(amount)} but need at least one of the following: ${text}`);
}

/** What the proposer must bring: the minimum times the ratio, rounded half to even. @throws Reject gov/16. */
export function checkInitialDeposit(amount: Uopen, minimum: Uopen, ratio: Dec): void {
  const least = toUopen(roundInt(mulDec(decFromInt(minimum), ratio)));
  if (amount < least) throw GovError.DepositTooSmall(`was (${formatUopen(amount)}), need (${formatUopen(least)})`);
}

/** Parts a deposit into what a cancellation costs, rounded down, and what goes back. They sum to the deposit. */
export function chargeOf(amount: Uopen, ratio: Dec): { readonly charge: Uopen; readonly rest: Uopen } {
  const charge = truncateUopen(mulDec(decFromInt(amount), ratio));
  return { charge, rest: subUopen(amount, charge) };
}
