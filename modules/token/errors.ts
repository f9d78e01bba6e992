import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace "bank": numbers and texts are the SDK's. Append only. */
export const BankError = defineErrors("bank", {
  NoInputs: { code: 2, text: "no inputs to send transaction" },
  NoOutputs: { code: 3, text: "no outputs to send transaction" },
  InputOutputMismatch: { code: 4, text: "sum inputs != sum outputs" },
  SendDisabled: { code: 5, text: "send transactions are disabled" },
  DenomMetadataNotFound: { code: 6, text: "client denom metadata not found" },
  InvalidKey: { code: 7, text: "invalid key" },
  DuplicateEntry: { code: 8, text: "duplicate entry" },
  MultipleSenders: { code: 9, text: "multiple senders not allowed" },
});
