import { UOPEN, toUopen } from "../primitives/index.js";
import type { Uopen } from "../primitives/index.js";
import { SdkError } from "./errors.js";

/** cosmos.base.v1beta1.Coin. */
export interface CoinText {
  readonly denom: string;
  readonly amount: string;
}

const DENOM = /^[a-zA-Z][a-zA-Z0-9/:._-]{2,127}$/;
const AMOUNT = /^(?:0|[1-9]\d{0,38})$/;

/** "5uopen"; "" for zero, as the SDK prints an empty list of coins. */
export function formatUopen(amount: Uopen): string {
  return amount === 0n ? "" : `${amount}${UOPEN}`;
}

/** The coins of an amount: none for zero. */
export function toCoins(amount: Uopen): CoinText[] {
  return amount === 0n ? [] : [{ denom: UOPEN, amount: amount.toString() }];
}

function parseCoin(coin: CoinText): Uopen {
  if (!DENOM.test(coin.denom)) throw SdkError.InvalidCoins(`invalid denom: ${coin.denom.slice(0, 128)}`);
  if (!AMOUNT.test(coin.amount)) throw SdkError.InvalidCoins(`invalid amount of ${coin.denom}`);
  if (coin.denom !== UOPEN) throw SdkError.InsufficientFunds(`${coin.denom} does not exist on this chain`);
  const amount = BigInt(coin.amount);
  if (amount >= 1n << 128n) throw SdkError.InvalidCoins(`amount of ${coin.denom} out of range`);
  return toUopen(amount);
}

/**
 * The amount behind a list of coins: at most one coin, of uopen, positive (zero too with `allowZero`).
 *
 * @throws Reject sdk/10 on malformed, repeated, unsorted or non-positive coins, sdk/5 on a denom this chain lacks.
 */
export function parseCoins(coins: readonly CoinText[], allowZero = false): Uopen {
  if (coins.length > 1) {
    coins.slice(0, 2).forEach(parseCoin);
    throw SdkError.InvalidCoins("duplicate denomination");
  }
  const [coin] = coins;
  const amount = coin === undefined ? toUopen(0n) : parseCoin(coin);
  if (amount === 0n && !allowZero) throw SdkError.InvalidCoins("coin amount is not positive");
  return amount;
}
