import { Plan } from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import { defineSchema, heightValue, item, map, protoValue, textKey, textValue, u64Value } from "../../chain/store/index.js";

export const UPGRADE_STORE = "upgrade";

export const upgradeState = defineSchema(UPGRADE_STORE, {
  /** what is scheduled */
  plan: item(1, protoValue(Plan)),
  /** name -> height at which it was carried out; a name is never used again */
  applied: map(2, textKey, heightValue),
  /** name of the last one carried out */
  last: item(3, textValue),
  /** module -> what version of it the state has */
  versions: map(4, textKey, u64Value),
});
