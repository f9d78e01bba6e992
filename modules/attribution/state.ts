import {
  addressKey,
  defineSchema,
  heightValue,
  item,
  keySet,
  map,
  pair,
  protoValue,
  sequence,
  triple,
  u32Value,
  u64Key,
  uopenValue,
} from "../../chain/store/index.js";
import {
  AttesterRecord,
  AttributionDispute,
  AttributionRecord,
  HarmEntry,
  Params,
  PendingAttribution,
  SettledWork,
  WorkAudit,
} from "../../proto/gen/openledger/attribution/v1.js";

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
  /** (final height, inference id) of open records */
  due: keySet(6, pair(u64Key, u64Key)),
  /** account -> uopen of records that are not final; zero is absent */
  held: map(7, addressKey, uopenValue),
  disputes: map(8, u64Key, protoValue(AttributionDispute)),
  nextDispute: sequence(9),
  /** (inference id, dispute id) */
  disputesOf: keySet(10, pair(u64Key, u64Key)),
  /** consensus address -> how it has done of late */
  attesters: map(11, addressKey, protoValue(AttesterRecord)),
  /** (inference id, task id) -> what attesters revealed; removed once the record is final */
  works: map(12, pair(u64Key, u64Key), protoValue(SettledWork)),
  /** (height of settlement, inference id, task id) of works whose audits are not drawn */
  draws: keySet(13, triple(u64Key, u64Key, u64Key)),
  /** audit id -> an audit that validators are working on */
  audits: map(14, u64Key, protoValue(WorkAudit)),
  nextAudit: sequence(15),
  /** inference id -> draws and audits that its record still waits for; zero is absent */
  waiting: map(16, u64Key, u32Value),
  /** operator account -> height of its last failed audit */
  forfeits: map(17, addressKey, heightValue),
});
