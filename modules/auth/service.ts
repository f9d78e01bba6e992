import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Accounts, Context } from "../../chain/kernel/index.js";
import { Fault, toUopen } from "../../chain/primitives/index.js";
import type { Address, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { Account } from "./account.js";
import { lockedAt } from "./rules/vesting.js";
import { AUTH_STORE, authState } from "./state.js";

/** What others may ask of accounts. */
export interface AuthService extends Accounts {
  account(stores: ReadStores, address: Address): Account | undefined;
  /** Makes a base account where none exists. */
  ensure(ctx: Context, address: Address): void;
  /** Makes a module's account where none exists. @throws Fault when a key's account stands there. */
  ensureModule(ctx: Context, name: string, permissions: readonly string[]): Address;
  /** What a release schedule still holds back; 0 for accounts without one. */
  locked(stores: ReadStores, address: Address, time: TimeNs): Uopen;
}

function reading(stores: ReadStores): ReturnType<typeof authState.read> {
  return authState.read(stores.store(AUTH_STORE));
}

function writing(ctx: Context): ReturnType<typeof authState.open> {
  return authState.open(ctx.store(AUTH_STORE));
}

type NewAccount =
  | { readonly kind: "base" }
  | { readonly kind: "module"; readonly name: string; readonly permissions: readonly string[] };

function create(ctx: Context, address: Address, made: NewAccount): void {
  const { accounts, nextNumber, byNumber } = writing(ctx);
  const number = nextNumber.get() ?? 0n;
  nextNumber.set(number + 1n);
  byNumber.set(number, address);
  accounts.set(address, { address, publicKey: undefined, number, sequence: 0n, ...made });
}

function update(ctx: Context, address: Address, change: (account: Account) => Account): void {
  const { accounts } = writing(ctx);
  accounts.set(address, change(accounts.getOrFail(address)));
}

export function createAuthService(): AuthService {
  return {
    txParams: (stores) => reading(stores).params.getOrFail(),
    account: (stores, address) => reading(stores).accounts.get(address),
    find: (stores, address) => reading(stores).accounts.get(address),
    setPublicKey: (ctx, address, key) => update(ctx, address, (account) => ({ ...account, publicKey: key })),
    incrementSequence: (ctx, address) =>
      update(ctx, address, (account) => ({ ...account, sequence: account.sequence + 1n })),
    useNonce(ctx, address, timeout) {
      const { nonces } = writing(ctx);
      if (nonces.has([timeout, address])) {
        const used = `sender ${formatAddress(address)} has already used timeout ${timeout}`;
        throw SdkError.InvalidRequest(`failed to add unordered nonce: ${used}`);
      }
      nonces.add([timeout, address]);
    },
    ensure(ctx, address) {
      if (!reading(ctx).accounts.has(address)) create(ctx, address, { kind: "base" });
    },
    ensureModule(ctx, name, permissions) {
      const address = moduleAddress(name);
      const account = reading(ctx).accounts.get(address);
      if (account === undefined) create(ctx, address, { kind: "module", name, permissions });
      else if (account.kind === "base")
        throw new Fault("an ordinary account stands at a module's address", { name });
      return address;
    },
    locked(stores, address, time) {
      const account = reading(stores).accounts.get(address);
      return account?.kind === "vesting" ? lockedAt(account.schedule, time) : toUopen(0n);
    },
  };
}
