import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `slashing`; numbers and texts of the SDK's up to 9. Append-only. */
export const SlashingError = defineErrors("slashing", {
  NoValidatorForAddress: { code: 2, text: "address is not associated with any known validator" },
  ValidatorJailed: { code: 4, text: "validator still jailed; cannot be unjailed" },
  ValidatorNotJailed: { code: 5, text: "validator not jailed; cannot be unjailed" },
  MissingSelfDelegation: { code: 6, text: "validator has no self-delegation; cannot be unjailed" },
  SelfDelegationTooLow: { code: 7, text: "validator's self delegation less than minimum; cannot be unjailed" },
  NoSigningInfoFound: { code: 8, text: "no validator signing info found" },
  ValidatorTombstoned: { code: 9, text: "validator already tombstoned" },
  /** A sentence of nobody or of a validator that is free, records of signatures that contradict themselves. */
  InvalidGenesis: { code: 100, text: "invalid slashing genesis" },
});
