import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import {
  MsgBeginRedelegate,
  MsgBeginRedelegateResponse,
  MsgCancelUnbondingDelegation,
  MsgCancelUnbondingDelegationResponse,
  MsgCreateValidator,
  MsgCreateValidatorResponse,
  MsgDelegate,
  MsgDelegateResponse,
  MsgEditValidator,
  MsgEditValidatorResponse,
  MsgUndelegate,
  MsgUndelegateResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import { createTypeRegistry } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { genesisRoute, messageRoute, updateParamsRoute } from "../../chain/kernel/index.js";
import type { Context, MessageRoute, Module } from "../../chain/kernel/index.js";
import type { Params } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { endBlock } from "./block.js";
import { stakingGenesis } from "./genesis.js";
import { handleBeginRedelegate } from "./handlers/begin-redelegate.js";
import { handleCancelUnbonding } from "./handlers/cancel-unbonding.js";
import { handleCreateValidator } from "./handlers/create-validator.js";
import { handleDelegate } from "./handlers/delegate.js";
import { handleEditValidator } from "./handlers/edit-validator.js";
import { handleUndelegate } from "./handlers/undelegate.js";
import { trackHistory } from "./history.js";
import { stakingInvariants } from "./invariants.js";
import {
  parseBeginRedelegate,
  parseCancelUnbonding,
  parseCreateValidator,
  parseDelegate,
  parseEditValidator,
  parseUndelegate,
} from "./messages.js";
import { checkParams } from "./params.js";
import type { StakingPorts } from "./ports.js";
import { delegatorQueries } from "./queries/delegators.js";
import { validatorQueries } from "./queries/validators.js";
import { STAKING_STORE } from "./state.js";
import { writing } from "./validators.js";

/** Messages of those who validate. */
function validatorMessages(ports: StakingPorts): readonly MessageRoute[] {
  return [
    messageRoute({
      request: MsgCreateValidator,
      response: MsgCreateValidatorResponse,
      parse: parseCreateValidator,
      signers: (m) => [m.operator],
      handle: (ctx, m) => handleCreateValidator(ctx, ports, m),
    }),
    messageRoute({
      request: MsgEditValidator,
      response: MsgEditValidatorResponse,
      parse: parseEditValidator,
      signers: (m) => [m.operator],
      handle: (ctx, m) => handleEditValidator(ctx, ports, m),
    }),
  ];
}

/** Messages of those who stake. */
function delegatorMessages(ports: StakingPorts): readonly MessageRoute[] {
  return [
    messageRoute({
      request: MsgDelegate,
      response: MsgDelegateResponse,
      parse: parseDelegate,
      signers: (m) => [m.delegator],
      handle: (ctx, m) => handleDelegate(ctx, ports, m),
    }),
    messageRoute({
      request: MsgUndelegate,
      response: MsgUndelegateResponse,
      parse: parseUndelegate,
      signers: (m) => [m.delegator],
      handle: (ctx, m) => handleUndelegate(ctx, ports, m),
    }),
    messageRoute({
      request: MsgBeginRedelegate,
      response: MsgBeginRedelegateResponse,
      parse: parseBeginRedelegate,
      signers: (m) => [m.delegator],
      handle: (ctx, m) => handleBeginRedelegate(ctx, ports, m),
    }),
    messageRoute({
      request: MsgCancelUnbondingDelegation,
      response: MsgCancelUnbondingDelegationResponse,
      parse: parseCancelUnbonding,
      signers: (m) => [m.delegator],
      handle: (ctx, m) => handleCancelUnbonding(ctx, ports, m),
    }),
  ];
}

/** The size of the set may have changed with the parameters. */
function setParams(ctx: Context, params: Params): void {
  const { params: stored, stale } = writing(ctx);
  stored.set(params);
  stale.set(true);
}

const updateParams = updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
  request: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  check: checkParams,
  set: setParams,
});

/** Who validates, and whose stake stands behind them. */
export function createStakingModule(ports: StakingPorts): Module {
  return {
    name: STAKING_STORE,
    messages: [...validatorMessages(ports), ...delegatorMessages(ports), updateParams],
    queries: [...validatorQueries(ports), ...delegatorQueries],
    beginBlock: trackHistory,
    endBlock: (ctx) => endBlock(ctx, ports),
    genesis: genesisRoute(stakingGenesis(ports), createTypeRegistry([PubKey as AnyCodec])),
    invariants: stakingInvariants(ports),
    tasks: [],
  };
}
