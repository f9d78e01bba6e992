import { BaseAccount, ModuleAccount } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { ContinuousVestingAccount } from "../../proto/gen/cosmos/vesting/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { SdkError, parseCoins, toCoins } from "../../chain/kernel/index.js";
import { toUopen } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { Schedule } from "./rules/vesting.js";

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
    | { readonly kind: "vesting"; readonly schedule: Schedule }
  );

const BASE = `/${BaseAccount.typeName}`;
const MODULE = `/${ModuleAccount.typeName}`;
const VESTING = `/${ContinuousVestingAccount.typeName}`;

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
    case "vesting": {
      const { original, start, end } = account.schedule;
      const base = {
        baseAccount,
        originalVesting: toCoins(original),
        delegatedFree: [],
        delegatedVesting: [],
        endTime: end,
      };
      const value = ContinuousVestingAccount.encode({ baseVestingAccount: base, startTime: start });
      return { typeUrl: VESTING, value };
    }
    default:
      return account satisfies never;
  }
}

function vestingAccount(bytes: Uint8Array): Account {
  const { baseVestingAccount, startTime } = ContinuousVestingAccount.decode(bytes);
  if (baseVestingAccount === undefined) throw SdkError.InvalidType("vesting account without its base");
  const { baseAccount, originalVesting, delegatedFree, delegatedVesting, endTime } = baseVestingAccount;
  if (delegatedFree.length + delegatedVesting.length > 0)
    throw SdkError.NotSupported("delegated vesting coins");
  if (startTime < 0n || endTime <= startTime)
    throw SdkError.InvalidRequest("vesting must end after it starts");
  const original = originalVesting.length === 0 ? toUopen(0n) : parseCoins(originalVesting);
  return {
    ...fromWire(baseAccount),
    kind: "vesting",
    schedule: { original, start: startTime, end: endTime },
  };
}

/** @throws Reject sdk/29 on another type of account, sdk/2 or others on a malformed one. */
export function accountFromAny(any: Any): Account {
  if (any.typeUrl === BASE) return { ...fromWire(BaseAccount.decode(any.value)), kind: "base" };
  if (any.typeUrl === VESTING) return vestingAccount(any.value);
  if (any.typeUrl !== MODULE) throw SdkError.InvalidType(`unknown account type ${any.typeUrl.slice(0, 100)}`);
  const { baseAccount, name, permissions } = ModuleAccount.decode(any.value);
  return { ...fromWire(baseAccount), kind: "module", name, permissions };
}
