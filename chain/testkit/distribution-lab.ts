import { createDistributionModule } from "../../modules/distribution/index.js";
import type { DistributionModule } from "../../modules/distribution/index.js";
import { parseDecCoins } from "../../modules/distribution/dec-coins.js";
import { distributionState } from "../../modules/distribution/state.js";
import { moduleAddress } from "../crypto/index.js";
import { toAddress, toHeight, toUopen, toVotingPower } from "../primitives/index.js";
import type { Address, Dec } from "../primitives/index.js";
import { createLedger } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { advance, createScratchContext } from "./scratch-context.js";
import type { ScratchContext } from "./scratch-context.js";
import { createStakeLab, labConsensus } from "./stake-lab.js";
import type { StakeLab } from "./stake-lab.js";

/** Distribution over stake and coins in memory. */

export const FEES = "fee_collector";
export const POOL = "community_pool";
/** Everything in it is released. */
export const RESERVE = "reserve";
export const labAccount = (n: number): Address => toAddress(new Uint8Array(20).fill(n));

export interface DistributionLab {
  readonly ctx: ScratchContext;
  readonly ledger: Ledger;
  readonly stake: StakeLab;
  readonly module: DistributionModule;
}

export function createDistributionLab(): DistributionLab {
  const ctx = createScratchContext();
  const ledger = createLedger();
  const stake: StakeLab = createStakeLab(() => module.hooks);
  const module: DistributionModule = createDistributionModule({
    token: { ...ledger, spendable: (stores, address) => toUopen(ledger.balance(stores, address)) },
    staking: stake,
    feeCollector: FEES,
    communityPool: POOL,
    communityReserve: moduleAddress(RESERVE),
    isModuleAccount: (address) => [FEES, POOL, "distribution"].some((name) => moduleAddress(name).every((byte, i) => byte === address[i])),
  });
  module.genesis.init(ctx, module.genesis.defaults());
  return { ctx, ledger, stake, module };
}

/** Begins the next block; `powers`: operators with their power of the block before. */
export function beginNext(lab: DistributionLab, powers: readonly (readonly [Address, bigint])[] = []): void {
  advance(lab.ctx, lab.ctx.block.height + 1n);
  const votes = powers.map(([operator, power]) => {
    return { validator: { address: labConsensus(operator), power: toVotingPower(power) }, flag: "commit" as const };
  });
  lab.ctx.lastCommit = { round: 0, votes };
  lab.module.beginBlock?.(lab.ctx);
}

export function skipTo(lab: DistributionLab, height: bigint): void {
  advance(lab.ctx, toHeight(height));
}

/** Gives a validator rewards, as fees that nobody else has a part in and without tax. */
export function reward(lab: DistributionLab, operator: Address, amount: bigint): void {
  lab.ledger.mint(lab.ctx, moduleAddress("giver"), amount);
  const given = { operator, fromModule: "giver", amount: lab.ledger.moduleBalance(lab.ctx, "giver") };
  lab.module.service.rewardValidator(lab.ctx, given);
}

/** What stands in the books of a validator. */
export function booksOf(lab: DistributionLab, operator: Address) {
  const state = distributionState.read(lab.ctx.store("distribution"));
  return {
    commission: parseDecCoins(state.commissions.get(operator)?.commission ?? []),
    current: parseDecCoins(state.current.get(operator)?.rewards ?? []),
    outstanding: parseDecCoins(state.outstanding.get(operator)?.rewards ?? []),
  };
}

/** Community's coins together: the pool's account and the dust. */
export function communityOf(lab: DistributionLab): { readonly account: bigint; readonly dust: Dec } {
  const { dust } = distributionState.read(lab.ctx.store("distribution"));
  return { account: lab.ledger.moduleBalance(lab.ctx, POOL), dust: parseDecCoins(dust.get()?.communityPool ?? []) };
}

/** Sum of the reference counts of all points of history. */
export function referenceCount(lab: DistributionLab): number {
  const { historical } = distributionState.read(lab.ctx.store("distribution"));
  return [...historical.values()].reduce((sum, { referenceCount: count }) => sum + count, 0);
}

