import type { Params } from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import { DEC_ONE, formatDec, parseDec, parseScaledDec } from "../../chain/primitives/index.js";

/** The SDK's defaults. The community tax pays, together with platform fees and slashes, what the community decides on. */
export const DEFAULT_PARAMS: Params = {
  communityTax: parseDec("0.02").toString(),
  baseProposerReward: "0",
  bonusProposerReward: "0",
  withdrawAddrEnabled: true,
};

/** @throws Reject sdk/18 on a tax outside 0 to 1, or on one of the two proposer rewards that the SDK gave up. */
export function checkParams(params: Params): void {
  if (parseScaledDec(params.baseProposerReward) !== 0n || parseScaledDec(params.bonusProposerReward) !== 0n)
    throw SdkError.InvalidRequest("cannot update base or bonus proposer reward because these are deprecated fields");
  const tax = parseScaledDec(params.communityTax);
  if (tax < 0n) throw SdkError.InvalidRequest(`community tax must be positive: ${formatDec(tax)}`);
  if (tax > DEC_ONE) throw SdkError.InvalidRequest(`community tax too large: ${formatDec(tax)}`);
}
