import { Params } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { Any } from "../../proto/gen/google/protobuf.js";
import {
  addressKey,
  addressValue,
  defineSchema,
  item,
  keySet,
  map,
  pair,
  protoValue,
  rememberedValue,
  timeKey,
  u64Key,
  u64Value,
} from "../../chain/store/index.js";
import type { ValueCodec } from "../../chain/store/index.js";
import { accountFromAny, accountToAny } from "./account.js";
import type { Account } from "./account.js";

export const AUTH_STORE = "auth";

const plainValue: ValueCodec<Account> = {
  encode: (account) => Any.encode(accountToAny(account)),
  decode: (bytes) => accountFromAny(Any.decode(bytes)),
};

/** Of the plain kind a decode gives each field back as it went in; of the others it may not. */
function decodedAgain(account: Account): Account | undefined {
  if (account.kind !== "base") return undefined;
  const { address, publicKey, number, sequence, kind } = account;
  return { address, publicKey, number, sequence, kind };
}

/** Nearly every transaction reads its signer's account three times. */
const accountValue = rememberedValue(plainValue, decodedAgain);

export const authState = defineSchema(AUTH_STORE, {
  params: item(1, rememberedValue(protoValue(Params))),
  /** address -> account, as the Any that queries answer */
  accounts: map(2, addressKey, accountValue),
  /** number of the next account; the first is 0 */
  nextNumber: item(3, u64Value),
  /** account number -> address */
  byNumber: map(4, u64Key, addressValue),
  /** (timeout, signer) of unordered transactions that ran and could still be repeated */
  nonces: keySet(5, pair(timeKey, addressKey)),
});
