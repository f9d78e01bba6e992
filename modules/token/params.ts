import type { Metadata, Params } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { UOPEN } from "../../chain/primitives/index.js";
import { SdkError } from "../../chain/kernel/index.js";

/** One coin, so one switch. */
export const DEFAULT_PARAMS: Params = { sendEnabled: [], defaultSendEnabled: true };

/** @throws Reject sdk/18: the per-denom list of old SDKs is not kept. */
export function checkParams(params: Params): void {
  if (params.sendEnabled.length > 0) throw SdkError.InvalidRequest("params.send_enabled must be empty");
}

/** How wallets show the coin. */
export const OPEN_METADATA: Metadata = {
  description: "The coin of OpenLedger: pays gas, data, models and inference.",
  denomUnits: [
    { denom: UOPEN, exponent: 0, aliases: ["microopen"] },
    { denom: "open", exponent: 6, aliases: ["OPEN"] },
  ],
  base: UOPEN,
  display: "open",
  name: "OPEN",
  symbol: "OPEN",
  uri: "",
  uriHash: "",
};
