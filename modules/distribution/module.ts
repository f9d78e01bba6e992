import * as wire from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { genesisRoute, messageRoute, updateParamsRoute } from "../../chain/kernel/index.js";
import type { MessageRoute, Module } from "../../chain/kernel/index.js";
import { beginBlock } from "./block.js";
import { distributionGenesis } from "./genesis.js";
import { communityPoolSpend } from "./handlers/community-pool-spend.js";
import { depositValidatorRewardsPool } from "./handlers/deposit-validator-rewards-pool.js";
import { setWithdrawAddress } from "./handlers/set-withdraw-address.js";
import { withdrawDelegatorReward } from "./handlers/withdraw-delegator-reward.js";
import { withdrawValidatorCommission } from "./handlers/withdraw-validator-commission.js";
import { createHooks } from "./hooks.js";
import type { DistributionHooks } from "./hooks.js";
import { invariants } from "./invariants.js";
import {
  parseCommunityPoolSpend,
  parseDepositValidatorRewardsPool,
  parseFundCommunityPool,
  parseSetWithdrawAddress,
  parseWithdrawDelegatorReward,
  parseWithdrawValidatorCommission,
} from "./messages.js";
import { checkParams } from "./params.js";
import { createPool } from "./pool.js";
import type { CommunityPool } from "./pool.js";
import type { DistributionPorts } from "./ports.js";
import { queries } from "./queries.js";
import { createService } from "./service.js";
import type { DistributionService } from "./service.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

const stakeMessages = (ports: DistributionPorts): readonly MessageRoute[] => [
  messageRoute({
    request: wire.MsgSetWithdrawAddress,
    response: wire.MsgSetWithdrawAddressResponse,
    parse: parseSetWithdrawAddress,
    signers: (msg) => [msg.delegator],
    handle: (ctx, msg) => setWithdrawAddress(ctx, ports, msg),
  }),
  messageRoute({
    request: wire.MsgWithdrawDelegatorReward,
    response: wire.MsgWithdrawDelegatorRewardResponse,
    parse: parseWithdrawDelegatorReward,
    signers: (msg) => [msg.delegator],
    handle: (ctx, msg) => withdrawDelegatorReward(ctx, ports, msg),
  }),
  messageRoute({
    request: wire.MsgWithdrawValidatorCommission,
    response: wire.MsgWithdrawValidatorCommissionResponse,
    parse: parseWithdrawValidatorCommission,
    signers: (msg) => [msg.operator],
    handle: (ctx, msg) => withdrawValidatorCommission(ctx, ports, msg),
  }),
  messageRoute({
    request: wire.MsgDepositValidatorRewardsPool,
    response: wire.MsgDepositValidatorRewardsPoolResponse,
    parse: parseDepositValidatorRewardsPool,
    signers: (msg) => [msg.depositor],
    handle: (ctx, msg) => depositValidatorRewardsPool(ctx, ports, msg),
  }),
];

const poolMessages = (ports: DistributionPorts, pool: CommunityPool): readonly MessageRoute[] => [
  messageRoute({
    request: wire.MsgFundCommunityPool,
    response: wire.MsgFundCommunityPoolResponse,
    parse: parseFundCommunityPool,
    signers: (msg) => [msg.depositor],
    handle(ctx, { depositor, amount }) {
      pool.fundFrom(ctx, depositor, amount);
      return {};
    },
  }),
  messageRoute({
    request: wire.MsgCommunityPoolSpend,
    response: wire.MsgCommunityPoolSpendResponse,
    parse: parseCommunityPoolSpend,
    signers: (msg) => [msg.authority],
    handle: (ctx, msg) => communityPoolSpend(ctx, { ports, pool }, msg),
  }),
  updateParamsRoute({
    request: wire.MsgUpdateParams,
    response: wire.MsgUpdateParamsResponse,
    check: checkParams,
    set: (ctx, params) => distributionState.open(ctx.store(DISTRIBUTION_STORE)).params.set(params),
  }),
];

export interface DistributionModule extends Module {
  readonly service: DistributionService;
  /** For staking; tied in modules/app.ts. */
  readonly hooks: DistributionHooks;
}

/** Who earns the fees: validators, their delegators, and the community. Must come before staking in genesis order. */
export function createDistributionModule(ports: DistributionPorts): DistributionModule {
  const pool = createPool(ports);
  return {
    name: DISTRIBUTION_STORE,
    messages: [...stakeMessages(ports), ...poolMessages(ports, pool)],
    queries: queries(ports, pool),
    genesis: genesisRoute(distributionGenesis(ports)),
    beginBlock: (ctx) => beginBlock(ctx, ports),
    invariants: invariants(ports),
    tasks: [],
    service: createService(ports, pool),
    hooks: createHooks(ports),
  };
}
