import type { DecCoin } from "../../proto/gen/cosmos/base/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import { DEC_ZERO, UOPEN, formatDec, parseScaledDec } from "../../chain/primitives/index.js";
import type { Dec } from "../../chain/primitives/index.js";

/** Fractions of uopen as the SDK's messages carry them: a list of at most one coin, empty for zero. */

export function toDecCoins(amount: Dec): DecCoin[] {
  return amount === 0n ? [] : [{ denom: UOPEN, amount: amount.toString() }];
}

/** @throws Reject sdk/10 on another denomination, on several, or below zero. */
export function parseDecCoins(coins: readonly DecCoin[]): Dec {
  const [coin] = coins;
  if (coin === undefined) return DEC_ZERO;
  if (coins.length > 1 || coin.denom !== UOPEN) throw SdkError.InvalidCoins(`only ${UOPEN}, once`);
  const amount = parseScaledDec(coin.amount);
  if (amount < 0n) throw SdkError.InvalidCoins(`negative amount of ${UOPEN}`);
  return amount;
}

/** "12.500000000000000000uopen"; "" for zero. */
export function formatDecCoins(amount: Dec): string {
  return amount === 0n ? "" : `${formatDec(amount)}${UOPEN}`;
}
