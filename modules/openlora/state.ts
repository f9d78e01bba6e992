import {
  addressKey,
  defineSchema,
  item,
  keySet,
  map,
  pair,
  protoValue,
  sequence,
  textKey,
  u64Key,
  u64Value,
} from "../../chain/store/index.js";
import { Inference, InferenceOutcome, Params, Quote } from "../../proto/gen/openledger/openlora/v1.js";

export const OPENLORA_STORE = "openlora";

export const openloraState = defineSchema(OPENLORA_STORE, {
  params: item(1, protoValue(Params)),
  nextInference: sequence(2),
  /** inference id -> request and what came of it */
  inferences: map(3, u64Key, protoValue(Inference)),
  /** inference id -> the agreed answer */
  outcomes: map(4, u64Key, protoValue(InferenceOutcome)),
  /** (user, client nonce) -> inference id; never removed, so that a request is paid once */
  byNonce: map(5, pair(addressKey, textKey), u64Value),
  /** (user, inference id) */
  byUser: keySet(6, pair(addressKey, u64Key)),
  /** inference id -> prices it was accepted at; while pending or answered */
  quotes: map(7, u64Key, protoValue(Quote)),
});
