import type { Minter, Params } from "../../proto/gen/cosmos/mint/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import { DEC_ONE, UOPEN, formatDec, parseDec, parseScaledDec } from "../../chain/primitives/index.js";

/** Nothing is ever minted. The two parameters that are not rates keep the SDK's values: they decide nothing. */
export const DEFAULT_PARAMS: Params = {
  mintDenom: UOPEN,
  inflationRateChange: "0",
  inflationMax: "0",
  inflationMin: "0",
  goalBonded: parseDec("0.67").toString(),
  blocksPerYear: 6_311_520n,
};

/** What the SDK's minter would say between two blocks. */
export const MINTER: Minter = { inflation: "0", annualProvisions: "0" };

const FIXED = "the supply of OPEN is fixed at 1,000,000,000 OPEN and never inflated";

/** @throws Reject sdk/18 on any inflation, on another coin, and on what the SDK refuses. */
export function checkParams(params: Params): void {
  for (const [name, text] of [
    ["inflation_rate_change", params.inflationRateChange],
    ["inflation_max", params.inflationMax],
    ["inflation_min", params.inflationMin],
  ] as const) {
    const rate = parseScaledDec(text);
    if (rate !== 0n) throw SdkError.InvalidRequest(`${name} must be 0, got ${formatDec(rate)}: ${FIXED}`);
  }
  if (params.mintDenom !== UOPEN) throw SdkError.InvalidRequest(`mint_denom must be ${UOPEN}: no other coin exists`);
  const goal = parseScaledDec(params.goalBonded);
  if (goal <= 0n) throw SdkError.InvalidRequest(`goal bonded must be positive: ${formatDec(goal)}`);
  if (goal > DEC_ONE) throw SdkError.InvalidRequest(`goal bonded too large: ${formatDec(goal)}`);
  if (params.blocksPerYear === 0n) throw SdkError.InvalidRequest("blocks per year must be positive: 0");
}

/** @throws Reject sdk/18 when genesis says that something was, or would be, minted. */
export function checkMinter(minter: Minter): void {
  const isIdle = parseScaledDec(minter.inflation) === 0n && parseScaledDec(minter.annualProvisions) === 0n;
  if (!isIdle) throw SdkError.InvalidRequest(`inflation and annual provisions must be 0: ${FIXED}`);
}
