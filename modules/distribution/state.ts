import {
  DelegatorStartingInfo,
  FeePool,
  Params,
  ValidatorAccumulatedCommission,
  ValidatorCurrentRewards,
  ValidatorHistoricalRewards,
  ValidatorOutstandingRewards,
  ValidatorSlashEvent,
} from "../../proto/gen/cosmos/distribution/v1beta1.js";
import {
  addressKey,
  addressValue,
  defineSchema,
  item,
  map,
  pair,
  protoValue,
  triple,
  u64Key,
} from "../../chain/store/index.js";

/** Store and account of the module. The account holds what validators and delegators have not withdrawn, and the dust. */
export const DISTRIBUTION_STORE = "distribution";

export const distributionState = defineSchema(DISTRIBUTION_STORE, {
  params: item(1, protoValue(Params)),
  /** what truncation left to the community pool, below one uopen once a block has begun */
  dust: item(2, protoValue(FeePool)),
  /** operator -> everything it and its delegators have not withdrawn */
  outstanding: map(3, addressKey, protoValue(ValidatorOutstandingRewards)),
  /** delegator -> who gets its rewards; absent when it is itself */
  withdrawAddresses: map(4, addressKey, addressValue),
  /** (operator, delegator) -> where the next withdrawal counts from */
  startingInfos: map(5, pair(addressKey, addressKey), protoValue(DelegatorStartingInfo)),
  /** (operator, period) -> rewards per token from the beginning to the end of that period */
  historical: map(6, pair(addressKey, u64Key), protoValue(ValidatorHistoricalRewards)),
  /** operator -> rewards of the period that is not over */
  current: map(7, addressKey, protoValue(ValidatorCurrentRewards)),
  /** operator -> commission not withdrawn */
  commissions: map(8, addressKey, protoValue(ValidatorAccumulatedCommission)),
  /** (operator, height, period that the slash ended) -> slash */
  slashes: map(9, triple(addressKey, u64Key, u64Key), protoValue(ValidatorSlashEvent)),
});
