import { GenesisState } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { STAKING_STORE, stakingState } from "./state.js";
import { viewOf } from "./validator.js";

/** Validators with their power; the engine gets them from InitChain. */
export const stakingGenesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({ params: DEFAULT_PARAMS, validators: [] }),
  init(ctx, state) {
    checkParams(state.params);
    const { params, validators, byConsensus } = stakingState.open(ctx.store(STAKING_STORE));
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
      return view;
    });
    return views.filter((v) => v.power > 0n).map(({ publicKey, power }) => ({ publicKey, power }));
  },
  export(ctx) {
    const { params, validators } = stakingState.read(ctx.store(STAKING_STORE));
    return { params: params.getOrFail(), validators: [...validators.values()] };
  },
};
