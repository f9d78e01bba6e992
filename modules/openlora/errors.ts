import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `openlora`. Append-only. */
export const OpenLoraError = defineErrors("openlora", {
  /** Empty, too long, or with control characters other than line feed and tab. */
  InvalidPrompt: { code: 2, text: "invalid prompt" },
  InvalidSampling: { code: 3, text: "invalid sampling" },
  InvalidNonce: { code: 4, text: "client nonce must be 1 to 64 printable ASCII characters" },
  /** The user asked with this nonce before; the answer to that request is the answer. */
  NonceUsed: { code: 5, text: "client nonce was used before" },
  AdapterNotFound: { code: 6, text: "adapter not found" },
  AdapterNotPublished: { code: 7, text: "adapter is not published" },
  InvalidMaxTokens: { code: 8, text: "invalid number of answer tokens" },
  /** Below the least escrow, or below what the answer may cost at most. */
  MaxFeeTooLow: { code: 9, text: "max fee is too low" },
  InvalidParams: { code: 10, text: "invalid openlora params" },
  InvalidGenesis: { code: 11, text: "invalid openlora genesis" },
  /** Its training, or one that it goes on from, was proven wrong or cannot be checked. */
  AdapterRefuted: { code: 12, text: "adapter was refuted" },
});
