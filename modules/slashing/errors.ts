import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `slashing`; numbers and texts of the SDK's. Append-only. */
export const SlashingError = defineErrors("slashing", {
  NoValidatorForAddress: { code: 2, text: "address is not associated with any known validator" },
  ValidatorJailed: { code: 4, text: "validator still jailed; cannot be unjailed" },
  ValidatorNotJailed: { code: 5, text: "validator not jailed; cannot be unjailed" },
  /** A sentence of nobody, or of a validator that is free. */
  InvalidGenesis: { code: 100, text: "invalid slashing genesis" },
});
