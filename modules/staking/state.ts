import { Params, Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { addressKey, addressValue, defineSchema, item, map, protoValue } from "../../chain/store/index.js";

export const STAKING_STORE = "staking";

export const stakingState = defineSchema(STAKING_STORE, {
  params: item(1, protoValue(Params)),
  /** operator -> validator */
  validators: map(2, addressKey, protoValue(Validator)),
  /** consensus address -> operator */
  byConsensus: map(3, addressKey, addressValue),
});
