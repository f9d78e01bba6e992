import type { TaskOpener } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** Moves OPEN. @throws Reject sdk/5 when the payer has too little. */
export interface Token {
  toModule(ctx: Context, from: Address, module: string, amount: Uopen): void;
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
}

/** Where forfeited bonds go. */
export interface CommunityPool {
  fund(ctx: Context, fromModule: string, amount: Uopen): void;
}

/** What the Datanet module needs of others. */
export interface DatanetPorts {
  readonly token: Token;
  readonly communityPool: CommunityPool;
  readonly tasks: TaskOpener;
}
