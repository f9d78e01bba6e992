import { Params } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { addressKey, defineSchema, item, map, protoValue, rememberedValue, uopenValue } from "../../chain/store/index.js";

export const BANK_STORE = "bank";

export const bankState = defineSchema(BANK_STORE, {
  params: item(1, rememberedValue(protoValue(Params))),
  /** address -> uopen; accounts with nothing have no entry */
  balances: map(2, addressKey, uopenValue),
  supply: item(3, uopenValue),
});
