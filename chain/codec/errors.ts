import { defineErrors } from "../primitives/index.js";

/** Refusals of the wire decoder. Codes are the SDK's where it has one for the case (cosmos-formats.md §7.3). */
export const CodecError = defineErrors("sdk", {
  /** Bytes that are not the canonical strict form of the message. */
  TxDecode: { code: 2, text: "tx parse error" },
  /** JSON that does not match the message. */
  Json: { code: 35, text: "internal logic error" },
});
