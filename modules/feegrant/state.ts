import { Any } from "../../proto/gen/google/protobuf.js";
import { addressKey, defineSchema, keySet, map, pair, timeKey, triple } from "../../chain/store/index.js";
import type { ValueCodec } from "../../chain/store/index.js";
import { allowanceFromAny, allowanceToAny } from "./allowance-wire.js";
import type { Allowance } from "./rules/allowance.js";

export const FEEGRANT_STORE = "feegrant";

const allowanceValue: ValueCodec<Allowance> = {
  encode: (allowance) => Any.encode(allowanceToAny(allowance)),
  decode: (bytes) => allowanceFromAny(Any.decode(bytes)),
};

export const feegrantState = defineSchema(FEEGRANT_STORE, {
  /** (grantee, granter) -> what may be spent */
  allowances: map(1, pair(addressKey, addressKey), allowanceValue),
  /** (granter, grantee), for those who look for what they granted */
  byGranter: keySet(2, pair(addressKey, addressKey)),
  /** (expiration, grantee, granter) of those that end */
  queue: keySet(3, triple(timeKey, addressKey, addressKey)),
});
