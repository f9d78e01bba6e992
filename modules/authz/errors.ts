import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `authz`; numbers and texts are the SDK's. Append-only. */
export const AuthzError = defineErrors("authz", {
  NoAuthorizationFound: { code: 2, text: "authorization not found" },
  InvalidExpirationTime: { code: 3, text: "expiration time of authorization should be more than current time" },
  UnknownAuthorizationType: { code: 4, text: "unknown authorization type" },
  NoGrantKeyFound: { code: 5, text: "grant key not found" },
  Expired: { code: 6, text: "authorization expired" },
  GranteeIsGranter: { code: 7, text: "grantee and granter should be different" },
  NumberOfSigners: { code: 9, text: "authorization can be given to msg with only one signer" },
  NegativeMaxTokens: { code: 12, text: "max tokens should be positive" },
});
