import { Grant } from "../../proto/gen/cosmos/authz/v1beta1.js";
import { fromTimestamp, toTimestamp } from "../../chain/codec/index.js";
import type { Address, TimeNs } from "../../chain/primitives/index.js";
import { addressKey, defineSchema, keySet, map, pair, textKey, timeKey, triple } from "../../chain/store/index.js";
import type { ValueCodec } from "../../chain/store/index.js";
import { authorizationFromAny, authorizationToAny } from "./authorization-wire.js";
import type { Authorization } from "./rules/authorization.js";

export const AUTHZ_STORE = "authz";

/** An authorization, and when it ends; undefined for never. */
export interface StoredGrant {
  readonly authorization: Authorization;
  readonly expiration: TimeNs | undefined;
}

export function grantToWire({ authorization, expiration }: StoredGrant): Grant {
  return {
    authorization: authorizationToAny(authorization),
    expiration: expiration === undefined ? undefined : toTimestamp(expiration),
  };
}

/** @throws what the parser of the authorization throws. */
export function grantFromWire({ authorization, expiration }: Grant): StoredGrant {
  return { authorization: authorizationFromAny(authorization), expiration: expiration && fromTimestamp(expiration) };
}

const grantValue: ValueCodec<StoredGrant> = {
  encode: (grant) => Grant.encode(grantToWire(grant)),
  decode: (bytes) => grantFromWire(Grant.decode(bytes)),
};

export const authzState = defineSchema(AUTHZ_STORE, {
  /** (granter, grantee, type URL) -> grant */
  grants: map(1, triple(addressKey, addressKey, textKey), grantValue),
  /** (grantee, granter, type URL), for those who look for what they may do */
  byGrantee: keySet(2, triple(addressKey, addressKey, textKey)),
  /** (expiration, (granter, grantee, type URL)) of those that end */
  queue: keySet(3, pair(timeKey, triple(addressKey, addressKey, textKey))),
});

/** Who let whom do what. */
export interface GrantKey {
  readonly granter: Address;
  readonly grantee: Address;
  /** Type URL. */
  readonly message: string;
}
