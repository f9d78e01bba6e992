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

/** Decoded accounts by their bytes: nearly every transaction reads its signer's three times. Never changed by anybody. */
const known = new WeakMap<Uint8Array, Account>();

const accountValue: ValueCodec<Account> = {
  encode(account) {
    const bytes = Any.encode(accountToAny(account));
    // Of the plain kind a decode gives each of these fields back as it went in; of the others it may not, and they are decoded.
    if (account.kind === "base") {
      const { address, publicKey, number, sequence, kind } = account;
      known.set(bytes, { address, publicKey, number, sequence, kind });
    }
    return bytes;
  },
  decode(bytes) {
    let account = known.get(bytes);
    if (account === undefined) {
      account = accountFromAny(Any.decode(bytes));
      known.set(bytes, account);
    }
    return account;
  },
};

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
