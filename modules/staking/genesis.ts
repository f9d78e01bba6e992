import { GenesisState } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Context, GenesisSpec } from "../../chain/kernel/index.js";
import { sumUopen } from "../../chain/primitives/index.js";
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

/** Validators with their power; the engine gets them from InitChain. */
export const stakingGenesis = (token: Token): GenesisSpec<GenesisState> => ({
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
    return views.filter((v) => v.power > 0n).map(({ publicKey, power }) => ({ publicKey, power }));
  },
  export(ctx) {
    const { params, validators } = stakingState.read(ctx.store(STAKING_STORE));
    return GenesisState.create({ params: params.getOrFail(), validators: [...validators.values()] });
  },
});
