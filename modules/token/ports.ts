import type { Context } from "../../chain/kernel/index.js";
import type { Address, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** What token needs of accounts. modules/app.ts passes auth. */
export interface AccountsPort {
  ensure(ctx: Context, address: Address): void;
  ensureModule(ctx: Context, name: string, permissions: readonly string[]): Address;
  /** Whether something else than a module's account stands at a module's address. */
  isOccupied(stores: ReadStores, name: string): boolean;
  locked(stores: ReadStores, address: Address, time: TimeNs): Uopen;
  /** Coins of an account with a release schedule go to stake, or come back: which of them were locked is the schedule's to know. */
  trackDelegation(ctx: Context, address: Address, amount: Uopen): void;
  trackUndelegation(ctx: Context, address: Address, amount: Uopen): void;
}
