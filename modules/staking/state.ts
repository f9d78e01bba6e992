import {
  Delegation,
  HistoricalInfo,
  Params,
  Redelegation,
  UnbondingDelegation,
  Validator,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import {
  addressKey,
  addressValue,
  boolValue,
  defineSchema,
  heightKey,
  item,
  keySet,
  map,
  pair,
  protoValue,
  sequence,
  timeKey,
  triple,
  u64Key,
  u64Value,
} from "../../chain/store/index.js";

export const STAKING_STORE = "staking";
/** Account that holds the stake of bonded validators; the SDK's name. */
export const BONDED_POOL = "bonded_tokens_pool";
/** Account that holds the stake of all others, and what is leaving; the SDK's name. */
export const NOT_BONDED_POOL = "not_bonded_tokens_pool";

const twoAddresses = pair(addressKey, addressKey);
const threeAddresses = triple(addressKey, addressKey, addressKey);

export const stakingState = defineSchema(STAKING_STORE, {
  params: item(1, protoValue(Params)),
  /** operator -> validator */
  validators: map(2, addressKey, protoValue(Validator)),
  /** consensus address -> operator */
  byConsensus: map(3, addressKey, addressValue),
  /** operator -> voting power that the engine was last told; absent at zero */
  told: map(4, addressKey, u64Value),
  /** there while the set may differ from what the engine was told */
  stale: item(5, boolValue),
  /** (power, operator's bytes turned over) of each validator out of jail */
  byPower: keySet(6, pair(u64Key, addressKey)),
  /** all that the engine was told together */
  totalPower: item(7, u64Value),
  /** (delegator, operator) -> delegation */
  delegations: map(8, twoAddresses, protoValue(Delegation)),
  /** (operator, delegator) of each delegation */
  delegators: keySet(9, twoAddresses),
  /** (delegator, operator) -> what is leaving */
  unbondings: map(10, twoAddresses, protoValue(UnbondingDelegation)),
  /** (operator, delegator) of each of them */
  unbondingsFrom: keySet(11, twoAddresses),
  /** (delegator, source, destination) -> what moved */
  redelegations: map(12, threeAddresses, protoValue(Redelegation)),
  /** (source, delegator, destination) of each of them */
  redelegationsFrom: keySet(13, threeAddresses),
  /** (destination, delegator, source) of each of them */
  redelegationsTo: keySet(14, threeAddresses),
  /** numbers of unbonding operations */
  unbondingIds: sequence(15),
  /** (completion time, (delegator, operator)) */
  unbondingQueue: keySet(16, pair(timeKey, twoAddresses)),
  /** (completion time, (delegator, source, destination)) */
  redelegationQueue: keySet(17, pair(timeKey, threeAddresses)),
  /** (completion time, height, operator) of validators that left the set */
  validatorQueue: keySet(18, triple(timeKey, heightKey, addressKey)),
  /** height -> header, without the validators */
  history: map(19, heightKey, protoValue(HistoricalInfo)),
  /** height -> validators from then on, without a header */
  historicalSets: map(20, heightKey, protoValue(HistoricalInfo)),
  /** there while a validator may differ from what the last of them says */
  unrecorded: item(21, boolValue),
  /** operator -> entries of unbondings and redelegations from it; absent at zero */
  leaving: map(22, addressKey, u64Value),
});
