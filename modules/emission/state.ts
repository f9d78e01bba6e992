import { Allocation, Epoch, Params } from "../../proto/gen/openledger/emission/v1.js";
import {
  addressKey,
  defineSchema,
  hashKey,
  item,
  keySet,
  map,
  pair,
  protoValue,
  triple,
  u64Key,
  u64Value,
} from "../../chain/store/index.js";

/** Store and account of the module. The account holds what is allocated and not claimed. */
export const EMISSION_STORE = "emission";

export const emissionState = defineSchema(EMISSION_STORE, {
  params: item(1, protoValue(Params)),
  /** the epoch that runs, or ran last; absent before the first */
  epoch: item(2, protoValue(Epoch)),
  /** datanet id -> the last contribution that was counted */
  cursors: map(3, u64Key, u64Value),
  /** digests of rows that have counted, in whatever Datanet */
  rows: keySet(4, hashKey),
  /** (epoch, datanet id) -> bytes that counted; removed once the epoch is over */
  running: map(5, pair(u64Key, u64Key), u64Value),
  /** (account, epoch, datanet id) -> bytes that are not claimed */
  shares: map(6, triple(addressKey, u64Key, u64Key), u64Value),
  /** (datanet id, epoch) -> allocation */
  allocations: map(7, pair(u64Key, u64Key), protoValue(Allocation)),
});
