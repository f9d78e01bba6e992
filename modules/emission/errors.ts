import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `emission`. Append-only. */
export const EmissionError = defineErrors("emission", {
  NothingToClaim: { code: 2, text: "nothing to claim" },
  InvalidParams: { code: 3, text: "invalid emission parameters" },
  NothingToVoid: { code: 4, text: "no allocation that is not mature" },
  InvalidGenesis: { code: 5, text: "invalid emission genesis" },
});
