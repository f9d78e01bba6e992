import { addressKey, defineSchema, heightValue, map } from "../../chain/store/index.js";

export const SLASHING_STORE = "slashing";

export const slashingState = defineSchema(SLASHING_STORE, {
  /** operator of a jailed validator -> first height at which it may ask to return */
  sentences: map(1, addressKey, heightValue),
});
