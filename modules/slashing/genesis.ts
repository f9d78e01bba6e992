import { formatOperatorAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import { GenesisState } from "../../proto/gen/openledger/slashing/v1.js";
import { SlashingError } from "./errors.js";
import type { Staking } from "./ports.js";
import { SLASHING_STORE, slashingState } from "./state.js";

export const slashingGenesis = (staking: Staking): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => ({ sentences: [] }),
  init(ctx, document) {
    const { sentences } = slashingState.open(ctx.store(SLASHING_STORE));
    for (const { operator: text, untilHeight } of document.sentences) {
      const operator = parseOperatorAddress(text);
      if (staking.byOperator(ctx, operator)?.isJailed !== true) throw SlashingError.InvalidGenesis(`${text} is not jailed`);
      sentences.set(operator, toHeight(untilHeight));
    }
    return [];
  },
  export(ctx) {
    const { sentences } = slashingState.read(ctx.store(SLASHING_STORE));
    return {
      sentences: [...sentences.entries()].map(([operator, until]) => ({
        operator: formatOperatorAddress(operator),
        untilHeight: until,
      })),
    };
  },
});
