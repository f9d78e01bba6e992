/** What a transaction pays. */
import { UOPEN } from "../../../chain/primitives/index.js";
import type { Fee } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import type { ClientSettings } from "../../config/client-settings.js";
import { parseGasPrice } from "../../config/settings.js";
import { EdgeFailure } from "../../errors.js";
import { parseCoinsArgument } from "../coins-argument.js";
import type { TxOptions } from "./tx-options.js";

/** What nobody could estimate: offline. The SDK's default. */
const GAS_WITHOUT_ESTIMATE = 200_000n;
const MICRO = 1_000_000n;

/** The limit that was asked for; undefined where it is to be estimated. @throws EdgeFailure "config" on an estimate offline. */
export function gasOf({ gas, offline }: TxOptions, settings: ClientSettings): bigint | undefined {
  const wanted = gas ?? settings.gas;
  if (wanted !== "auto") return wanted;
  if (gas === "auto" && offline) throw new EdgeFailure("config", "gas cannot be estimated offline; give --gas a number");
  return offline ? GAS_WITHOUT_ESTIMATE : undefined;
}

/** The estimate times the adjustment, rounded up. */
export function adjustGas(used: bigint, { gasAdjustment }: TxOptions, settings: ClientSettings): bigint {
  const factor = BigInt(Math.round((gasAdjustment ?? settings.gasAdjustment) * 1_000_000));
  return (used * factor + MICRO - 1n) / MICRO;
}

/** Price times gas, rounded up. */
function amountOf(gas: bigint, { fees, gasPrices }: TxOptions, settings: ClientSettings): bigint {
  if (fees !== undefined && gasPrices !== undefined) throw new EdgeFailure("config", "cannot provide both --fees and --gas-prices");
  if (fees !== undefined) return fees === `0${UOPEN}` ? 0n : parseCoinsArgument(fees, "--fees");
  return (gas * parseGasPrice(gasPrices ?? settings.gasPrices) + MICRO - 1n) / MICRO;
}

/** `payer`, `granter`: bech32, or empty. @throws EdgeFailure "config" when fees and prices are both given. */
export function feeOf(gas: bigint, who: Pick<Fee, "payer" | "granter">, options: TxOptions, settings: ClientSettings): Fee {
  const amount = amountOf(gas, options, settings);
  return { amount: amount === 0n ? [] : [{ denom: UOPEN, amount: amount.toString() }], gasLimit: gas, payer: who.payer, granter: who.granter };
}
