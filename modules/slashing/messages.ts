import { parseOperatorAddress } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { MsgUnjail } from "../../proto/gen/cosmos/slashing/v1beta1.js";

/** Back into the validator set. */
export interface Unjail {
  readonly operator: Address;
}

/** @throws Reject sdk/7. */
export function parseUnjail(wire: MsgUnjail): Unjail {
  return { operator: parseOperatorAddress(wire.validatorAddr) };
}
