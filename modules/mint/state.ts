import { Params } from "../../proto/gen/cosmos/mint/v1beta1.js";
import { defineSchema, item, protoValue } from "../../chain/store/index.js";

export const MINT_STORE = "mint";

export const mintState = defineSchema(MINT_STORE, {
  params: item(1, protoValue(Params)),
});
