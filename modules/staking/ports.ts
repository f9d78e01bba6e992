import type { Context } from "../../chain/kernel/index.js";
import type { Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** Where stake is kept. */
export interface Token {
  moduleToModule(ctx: Context, from: string, to: string, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
  supply(stores: ReadStores): bigint;
}
