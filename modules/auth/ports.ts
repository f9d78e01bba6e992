import type { Context } from "../../chain/kernel/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** What the vesting messages need of coins. modules/app.ts passes token, and who may not receive. */
export interface CoinsPort {
  /** @throws Reject bank/5 while transfers are switched off. */
  checkSendEnabled(stores: ReadStores): void;
  /** @throws Reject sdk/5 when `from` cannot spend so much. */
  send(ctx: Context, from: Address, to: Address, amount: Uopen): void;
  isBlocked(address: Address): boolean;
}
