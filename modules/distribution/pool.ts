import type { Context } from "../../chain/kernel/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { addDec, addUopen, decFromInt, subDec, truncateUopen } from "../../chain/primitives/index.js";
import type { Address, Dec, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { parseDecCoins, toDecCoins } from "./dec-coins.js";
import { DistributionError } from "./errors.js";
import type { DistributionPorts } from "./ports.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

/**
 * The community pool. Its coins lie in an account of their own, and in the reserve, whose release schedule frees the
 * community's part of the supply over time; what truncation leaves lies with the rewards as dust until it is a whole uopen
 * (ADR 0120).
 */
export interface CommunityPool {
  readonly account: Address;
  /** Released and not spent. */
  available(stores: ReadStores, time: TimeNs): Uopen;
  fund(ctx: Context, fromModule: string, amount: Uopen): void;
  fundFrom(ctx: Context, depositor: Address, amount: Uopen): void;
  /** Only for what governance decided. @throws Reject distribution/9 when less is available. */
  spend(ctx: Context, to: Address, amount: Uopen): void;
  /** As `spend`, to the account of a module. */
  spendTo(ctx: Context, module: string, amount: Uopen): void;
}

export function dustOf(stores: ReadStores): Dec {
  const { dust } = distributionState.read(stores.store(DISTRIBUTION_STORE));
  return parseDecCoins(dust.getOrFail().communityPool);
}

function setDust(ctx: Context, amount: Dec): void {
  const { dust } = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  dust.set({ communityPool: toDecCoins(amount) });
}

/** Gives the community a part of what the module's account holds. */
export function addDust(ctx: Context, amount: Dec): void {
  if (amount !== 0n) setDust(ctx, addDec(dustOf(ctx), amount));
}

/** Moves the whole uopen of the dust to the pool's account. */
export function sweepDust(ctx: Context, ports: DistributionPorts): void {
  const dust = dustOf(ctx);
  const whole = truncateUopen(dust);
  if (whole === 0n) return;
  ports.token.moduleToModule(ctx, DISTRIBUTION_STORE, ports.communityPool, whole);
  setDust(ctx, subDec(dust, decFromInt(whole)));
}

export function createPool(ports: DistributionPorts): CommunityPool {
  const { token } = ports;
  const account = moduleAddress(ports.communityPool);
  const released = (stores: ReadStores, time: TimeNs): Uopen => token.spendable(stores, ports.communityReserve, time);
  const available: CommunityPool["available"] = (stores, time) =>
    addUopen(token.spendable(stores, account, time), released(stores, time));
  const draw = (ctx: Context, amount: Uopen): void => {
    sweepDust(ctx, ports);
    if (amount > available(ctx, ctx.block.time)) throw DistributionError.BadDistribution();
    if (amount <= token.moduleBalance(ctx, ports.communityPool)) return;
    token.toModule(ctx, ports.communityReserve, ports.communityPool, released(ctx, ctx.block.time));
  };
  return {
    account,
    available,
    fund: (ctx, fromModule, amount) => token.moduleToModule(ctx, fromModule, ports.communityPool, amount),
    fundFrom: (ctx, depositor, amount) => token.toModule(ctx, depositor, ports.communityPool, amount),
    spend(ctx, to, amount) {
      draw(ctx, amount);
      token.fromModule(ctx, ports.communityPool, to, amount);
    },
    spendTo(ctx, module, amount) {
      draw(ctx, amount);
      token.moduleToModule(ctx, ports.communityPool, module, amount);
    },
  };
}
