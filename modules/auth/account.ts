import { BaseAccount, ModuleAccount } from "../../proto/gen/cosmos/auth/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { Delegated, Schedule } from "./rules/vesting.js";
import { vestingFromAny, vestingToAny } from "./vesting-wire.js";

/** Fields that every account has. */
export interface AccountBase {
  readonly address: Address;
  readonly publicKey: Any | undefined;
  readonly number: bigint;
  readonly sequence: bigint;
}

/** A key's account, a module's, or one whose coins are released over time. */
export type Account = AccountBase &
  (
    | { readonly kind: "base" }
    | { readonly kind: "module"; readonly name: string; readonly permissions: readonly string[] }
    | { readonly kind: "vesting"; readonly schedule: Schedule; readonly delegated: Delegated }
  );

const BASE = `/${BaseAccount.typeName}`;
const MODULE = `/${ModuleAccount.typeName}`;

function toWire(account: AccountBase): BaseAccount {
  const { address, publicKey, number, sequence } = account;
  return { address: formatAddress(address), pubKey: publicKey, accountNumber: number, sequence };
}

function fromWire(wire: BaseAccount | undefined): AccountBase {
  if (wire === undefined) throw SdkError.InvalidType("account without a base account");
  const { address, pubKey, accountNumber, sequence } = wire;
  return { address: parseAddress(address), publicKey: pubKey, number: accountNumber, sequence };
}

/** The Any that queries and genesis carry, and the store keeps. */
export function accountToAny(account: Account): Any {
  const baseAccount = toWire(account);
  switch (account.kind) {
    case "base":
      return { typeUrl: BASE, value: BaseAccount.encode(baseAccount) };
    case "module": {
      const { name, permissions } = account;
      return { typeUrl: MODULE, value: ModuleAccount.encode({ baseAccount, name, permissions }) };
    }
    case "vesting":
      return vestingToAny(baseAccount, account.schedule, account.delegated);
    default:
      return account satisfies never;
  }
}

/** @throws Reject sdk/29 on another type of account, sdk/2 or others on a malformed one. */
export function accountFromAny(any: Any): Account {
  if (any.typeUrl === BASE) return { ...fromWire(BaseAccount.decode(any.value)), kind: "base" };
  if (any.typeUrl === MODULE) {
    const { baseAccount, name, permissions } = ModuleAccount.decode(any.value);
    return { ...fromWire(baseAccount), kind: "module", name, permissions };
  }
  const vesting = vestingFromAny(any);
  if (vesting === undefined) throw SdkError.InvalidType(`unknown account type ${any.typeUrl.slice(0, 100)}`);
  const { base, schedule, delegated } = vesting;
  return { ...fromWire(base), kind: "vesting", schedule, delegated };
}
