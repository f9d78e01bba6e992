import { GenesisState } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { parseAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Context, GenesisSpec } from "../../chain/kernel/index.js";
import { addDec, DEC_ZERO, parseScaledDec, sumUopen, toHex } from "../../chain/primitives/index.js";
import type { StakingHooks } from "./hooks.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import type { Token } from "./ports.js";
import { BONDED_POOL, STAKING_STORE, stakingState } from "./state.js";
import { viewOf } from "./validator.js";
import type { ValidatorView } from "./validator.js";

/** The stake that validators are said to have lies in the bonded pool, or the document is refused. */
function checkPool(ctx: Context, token: Token, validators: readonly ValidatorView[]): void {
  const staked = sumUopen(validators.map((v) => v.tokens));
  const held = token.moduleBalance(ctx, BONDED_POOL);
  if (staked !== held) throw SdkError.InvalidRequest(`validators stake ${staked} uopen, the bonded pool holds ${held}`);
}

/** Delegations, each once, to validators that are there and whose shares they add up to. */
function initDelegations(ctx: Context, { delegations: wires }: GenesisState, views: readonly ValidatorView[]): void {
  const { delegations, delegators, validators } = stakingState.open(ctx.store(STAKING_STORE));
  const sums = new Map(views.map((v) => [toHex(v.operator), DEC_ZERO]));
  for (const wire of wires) {
    const [delegator, operator] = [parseAddress(wire.delegatorAddress), parseOperatorAddress(wire.validatorAddress)];
    const shares = parseScaledDec(wire.shares);
    if (shares <= 0n || !validators.has(operator) || delegations.has([delegator, operator])) {
      throw SdkError.InvalidRequest(`delegation of ${wire.delegatorAddress} to ${wire.validatorAddress} cannot be`);
    }
    delegations.set([delegator, operator], wire);
    delegators.add([operator, delegator]);
    sums.set(toHex(operator), addDec(sums.get(toHex(operator)) ?? DEC_ZERO, shares));
  }
  for (const { operator, moniker, delegatorShares } of views) {
    const sum = sums.get(toHex(operator)) ?? DEC_ZERO;
    if (sum !== delegatorShares) throw SdkError.InvalidRequest(`delegations to ${moniker} have ${sum} of its ${delegatorShares} shares`);
  }
}

/** A new chain's stake is news to those who listen; in an exported state they have their records already. */
function tellGenesis(ctx: Context, listeners: readonly StakingHooks[], { delegations }: GenesisState, views: readonly ValidatorView[]): void {
  for (const listener of listeners) {
    for (const { operator } of views) listener.afterValidatorCreated?.(ctx, operator);
    for (const wire of delegations) {
      const [delegator, operator] = [parseAddress(wire.delegatorAddress), parseOperatorAddress(wire.validatorAddress)];
      listener.beforeDelegationCreated?.(ctx, delegator, operator);
      listener.afterDelegationModified?.(ctx, delegator, operator);
    }
  }
}

/** Validators with their power; the engine gets them from InitChain. `hooks`: who listens to stake. */
export const stakingGenesis = (token: Token, hooks: () => readonly StakingHooks[]): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => GenesisState.create({ params: DEFAULT_PARAMS }),
  init(ctx, state) {
    checkParams(state.params);
    const { params, validators, byConsensus, told } = stakingState.open(ctx.store(STAKING_STORE));
    params.set(state.params);
    if (state.validators.length > state.params.maxValidators)
      throw SdkError.InvalidRequest("more validators than max_validators");
    const views = state.validators.map((wire) => {
      const view = viewOf(wire);
      if (validators.has(view.operator) || byConsensus.has(view.consensusAddress)) {
        throw SdkError.InvalidRequest(`validator ${wire.operatorAddress} stands twice`);
      }
      validators.set(view.operator, wire);
      byConsensus.set(view.consensusAddress, view.operator);
      if (view.power > 0n) told.set(view.operator, view.power);
      return view;
    });
    checkPool(ctx, token, views);
    initDelegations(ctx, state, views);
    if (!state.exported) tellGenesis(ctx, hooks(), state, views);
    return views.filter((v) => v.power > 0n).map(({ publicKey, power }) => ({ publicKey, power }));
  },
  export(ctx) {
    const { params, validators, delegations } = stakingState.read(ctx.store(STAKING_STORE));
    return GenesisState.create({
      params: params.getOrFail(),
      validators: [...validators.values()],
      delegations: [...delegations.values()],
      exported: true,
    });
  },
});
