import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Accounts, Context } from "../../chain/kernel/index.js";
import { Fault, toUopen } from "../../chain/primitives/index.js";
import type { Address, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { Account } from "./account.js";
import { NOTHING_DELEGATED, lockedAt, trackDelegation, trackUndelegation, vestingAt } from "./rules/vesting.js";
import type { Delegated, Schedule } from "./rules/vesting.js";
import { AUTH_STORE, authState } from "./state.js";

/** What others may ask of accounts. */
export interface AuthService extends Accounts {
  account(stores: ReadStores, address: Address): Account | undefined;
  /** Makes a base account where none exists. */
  ensure(ctx: Context, address: Address): void;
  /**
   * Makes a module's account where none exists, or out of what stands there: whoever sends coins to the address of a module to come
   * makes an account there, and nobody has its key. @throws Fault where one has.
   */
  ensureModule(ctx: Context, name: string, permissions: readonly string[]): Address;
  /** Whether something else than a module's account stands at a module's address. */
  isOccupied(stores: ReadStores, name: string): boolean;
  /** Makes an account whose coins are released over time. @throws Fault where an account stands already. */
  createVesting(ctx: Context, address: Address, schedule: Schedule): void;
  /** What a release schedule still holds back and is not staked; 0 for accounts without one. */
  locked(stores: ReadStores, address: Address, time: TimeNs): Uopen;
  /** Coins of this account go to stake: of an account with a schedule, vesting ones first. */
  trackDelegation(ctx: Context, address: Address, amount: Uopen): void;
  /** Coins come back from stake: of an account with a schedule, free ones first. */
  trackUndelegation(ctx: Context, address: Address, amount: Uopen): void;
}

function reading(stores: ReadStores): ReturnType<typeof authState.read> {
  return authState.read(stores.store(AUTH_STORE));
}

function writing(ctx: Context): ReturnType<typeof authState.open> {
  return authState.open(ctx.store(AUTH_STORE));
}

type NewAccount =
  | { readonly kind: "base" }
  | { readonly kind: "module"; readonly name: string; readonly permissions: readonly string[] }
  | { readonly kind: "vesting"; readonly schedule: Schedule; readonly delegated: Delegated };

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

type VestingAccount = Extract<Account, { kind: "vesting" }>;

/** Accounts without a schedule have nothing to track. */
function updateVesting(ctx: Context, address: Address, change: (account: VestingAccount) => Delegated): void {
  const { accounts } = writing(ctx);
  const account = accounts.get(address);
  if (account?.kind !== "vesting") return;
  accounts.set(address, { ...account, delegated: change(account) });
}

/** Number and sequence stay; a release schedule ends, since nobody could ever have used what it releases. */
function takeOver(ctx: Context, found: Account, name: string, permissions: readonly string[]): void {
  const { address, publicKey, number, sequence } = found;
  if (publicKey !== undefined) throw new Fault("the account of a key stands at a module's address", { name });
  writing(ctx).accounts.set(address, { address, publicKey, number, sequence, kind: "module", name, permissions });
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
      else if (account.kind !== "module") takeOver(ctx, account, name, permissions);
      return address;
    },
    isOccupied(stores, name) {
      const kind = reading(stores).accounts.get(moduleAddress(name))?.kind;
      return kind !== undefined && kind !== "module";
    },
    locked(stores, address, time) {
      const account = reading(stores).accounts.get(address);
      return account?.kind === "vesting" ? lockedAt(account.schedule, account.delegated, time) : toUopen(0n);
    },
    createVesting(ctx, address, schedule) {
      if (reading(ctx).accounts.has(address)) throw new Fault("a schedule for an account that exists");
      create(ctx, address, { kind: "vesting", schedule, delegated: NOTHING_DELEGATED });
    },
    trackDelegation: (ctx, address, amount) =>
      updateVesting(ctx, address, ({ schedule, delegated }) =>
        trackDelegation(delegated, vestingAt(schedule, ctx.block.time), amount),
      ),
    trackUndelegation: (ctx, address, amount) =>
      updateVesting(ctx, address, ({ delegated }) => trackUndelegation(delegated, amount)),
  };
}
