import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `feegrant`; numbers and texts are the SDK's. Append-only. */
export const FeegrantError = defineErrors("feegrant", {
  LimitExceeded: { code: 2, text: "fee limit exceeded" },
  Expired: { code: 3, text: "fee allowance expired" },
  InvalidDuration: { code: 4, text: "invalid duration" },
  NoAllowance: { code: 5, text: "no allowance" },
  NoMessages: { code: 6, text: "allowed messages are empty" },
  MessageNotAllowed: { code: 7, text: "message not allowed" },
});
