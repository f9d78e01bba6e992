import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `attribution`. Append-only. */
export const AttributionError = defineErrors("attribution", {
  NothingToClaim: { code: 2, text: "nothing to claim" },
  /** A second record or task for one inference. */
  AlreadyAttributed: { code: 3, text: "inference is already attributed" },
  AdapterNotFound: { code: 4, text: "adapter not found" },
  InvalidParams: { code: 5, text: "invalid attribution params" },
  InvalidGenesis: { code: 6, text: "invalid attribution genesis" },
});
