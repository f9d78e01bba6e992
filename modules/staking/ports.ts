import type { Context } from "../../chain/kernel/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { StakingHooks } from "./hooks.js";

/** Where stake is kept. */
export interface Token {
  /** Out of an account, coins that a release schedule still locks included where it allows that. @throws Reject sdk/5. */
  delegate(ctx: Context, from: Address, module: string, amount: Uopen): void;
  /** Back to the account that delegated. */
  undelegate(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleToModule(ctx: Context, from: string, to: string, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
  supply(stores: ReadStores): bigint;
}

/** Where slashed stake goes: nothing is burnt, 1,000,000,000 OPEN exist always (ADR 0116). */
export interface CommunityPool {
  fund(ctx: Context, fromModule: string, amount: Uopen): void;
}

/** All that staking needs of others. */
export interface StakingPorts {
  readonly token: Token;
  readonly communityPool: CommunityPool;
  /** Who is told when stake moves, in order; asked for at each moment, since they are tied late. */
  hooks(): readonly StakingHooks[];
}

/** Tells every listener, in order. */
export function tell(ports: StakingPorts, what: (listener: StakingHooks) => void): void {
  ports.hooks().forEach(what);
}
