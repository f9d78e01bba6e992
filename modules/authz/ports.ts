import type { Context, MessageRunner } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** What authz needs of accounts. modules/app.ts passes auth, and who may not receive. */
export interface AccountsPort {
  find(stores: ReadStores, address: Address): unknown;
  /** Makes an account where none exists, so that the grantee can sign. */
  ensure(ctx: Context, address: Address): void;
  isBlocked(address: Address): boolean;
}

export interface AuthzPorts {
  readonly accounts: AccountsPort;
  /** Every message of the application. */
  readonly messages: MessageRunner;
}
