import { addressKey, defineSchema, item, map, pair, protoValue, u64Key, uopenValue } from "../../chain/store/index.js";
import { AttributionRecord, HarmEntry, Params, PendingAttribution } from "../../proto/gen/openledger/attribution/v1.js";

export const ATTRIBUTION_STORE = "attribution";

export const attributionState = defineSchema(ATTRIBUTION_STORE, {
  params: item(1, protoValue(Params)),
  /** inference id -> what was found and paid */
  records: map(2, u64Key, protoValue(AttributionRecord)),
  /** account -> uopen earned and not claimed; zero is absent */
  accrued: map(3, addressKey, uopenValue),
  /** inference id -> an answer whose attribution is being computed */
  pending: map(4, u64Key, protoValue(PendingAttribution)),
  /** (adapter id, contributor) -> sum of negative scores */
  harm: map(5, pair(u64Key, addressKey), protoValue(HarmEntry)),
});
