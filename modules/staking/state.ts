import { Delegation, Params, Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { addressKey, addressValue, defineSchema, item, keySet, map, pair, protoValue, u64Value } from "../../chain/store/index.js";

export const STAKING_STORE = "staking";
/** Account that holds the stake of bonded validators; the SDK's name. */
export const BONDED_POOL = "bonded_tokens_pool";
/** Account that holds the stake of all others, and what is leaving; the SDK's name. */
export const NOT_BONDED_POOL = "not_bonded_tokens_pool";

export const stakingState = defineSchema(STAKING_STORE, {
  params: item(1, protoValue(Params)),
  /** operator -> validator */
  validators: map(2, addressKey, protoValue(Validator)),
  /** consensus address -> operator */
  byConsensus: map(3, addressKey, addressValue),
  /** operator -> voting power that the engine was last told; absent at zero */
  told: map(4, addressKey, u64Value),
  /** operators whose power may differ from that since the last end of block */
  changed: keySet(5, addressKey),
  /** (delegator, operator) -> delegation */
  delegations: map(8, pair(addressKey, addressKey), protoValue(Delegation)),
  /** (operator, delegator) of each delegation */
  delegators: keySet(9, pair(addressKey, addressKey)),
});
