import type { Context } from "../../chain/kernel/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { rewardValidator } from "./allocate.js";
import type { CommunityPool } from "./pool.js";
import type { DistributionPorts } from "./ports.js";

/** What other modules may ask of distribution. */
export interface DistributionService {
  readonly communityPool: CommunityPool;
  /**
   * Coins of a module as rewards of a validator and its delegators, commission first, free of the community tax.
   *
   * @returns false, and moves nothing, when there is no such validator.
   */
  rewardValidator(
    ctx: Context,
    reward: { readonly operator: Address; readonly fromModule: string; readonly amount: Uopen },
  ): boolean;
}

export function createService(ports: DistributionPorts, communityPool: CommunityPool): DistributionService {
  return { communityPool, rewardValidator: (ctx, reward) => rewardValidator(ctx, ports, reward) };
}
