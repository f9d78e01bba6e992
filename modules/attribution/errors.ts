import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `attribution`. Append-only. */
export const AttributionError = defineErrors("attribution", {
  NothingToClaim: { code: 2, text: "nothing to claim" },
  /** A second record or task for one inference. */
  AlreadyAttributed: { code: 3, text: "inference is already attributed" },
  AdapterNotFound: { code: 4, text: "adapter not found" },
  InvalidParams: { code: 5, text: "invalid attribution params" },
  InvalidGenesis: { code: 6, text: "invalid attribution genesis" },
  RecordNotFound: { code: 7, text: "attribution record not found" },
  /** Final, or its window has passed. */
  WindowClosed: { code: 8, text: "attribution can no longer be disputed" },
  AlreadyDisputed: { code: 9, text: "attribution is under dispute" },
  TooManyDisputes: { code: 10, text: "attribution was disputed too often" },
});
