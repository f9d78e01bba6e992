import { Params, ValidatorSigningInfo } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { addressKey, bytesValue, defineSchema, heightValue, item, map, pair, protoValue, u64Key } from "../../chain/store/index.js";

export const SLASHING_STORE = "slashing";

export const slashingState = defineSchema(SLASHING_STORE, {
  /** operator of a jailed validator -> first height at which it may ask to return */
  sentences: map(1, addressKey, heightValue),
  params: item(2, protoValue(Params)),
  /** consensus address -> how it signs; kept when the validator is gone, so that a tombstone stays */
  infos: map(3, addressKey, protoValue(ValidatorSigningInfo)),
  /** [consensus address, chunk] -> 1024 bits, one for each block of the window, set where it was missed */
  missed: map(4, pair(addressKey, u64Key), bytesValue),
});
