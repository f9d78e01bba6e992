import type { Context } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** What feegrant needs of accounts. modules/app.ts passes auth, and who may not receive. */
export interface AccountsPort {
  find(stores: ReadStores, address: Address): unknown;
  /** Makes an account where none exists, so that somebody without coins can sign. */
  ensure(ctx: Context, address: Address): void;
  /** Accounts of modules, which nobody signs for. */
  isBlocked(address: Address): boolean;
}
