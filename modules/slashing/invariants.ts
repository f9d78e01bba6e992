import { formatConsensusAddress } from "../../chain/codec/index.js";
import type { Invariant } from "../../chain/kernel/index.js";
import { missedIndices } from "./missed-blocks.js";
import type { Staking } from "./ports.js";
import { SLASHING_STORE, slashingState } from "./state.js";

export const invariants = (staking: Staking): readonly Invariant[] => [
  {
    name: "only jailed validators have a sentence",
    holds(ctx) {
      for (const operator of slashingState.read(ctx.store(SLASHING_STORE)).sentences.keys()) {
        const stake = staking.byOperator(ctx, operator);
        if (stake?.isJailed !== true) return { power: stake?.power ?? 0n };
      }
      return true;
    },
  },
  {
    name: "how a validator with power signs is recorded",
    holds(ctx) {
      const { infos } = slashingState.read(ctx.store(SLASHING_STORE));
      const unknown = staking.validators(ctx).find((v) => v.power > 0n && !infos.has(v.consensusAddress));
      return unknown === undefined || { validator: formatConsensusAddress(unknown.consensusAddress) };
    },
  },
  {
    name: "a validator's counter of missed blocks is the number of those marked in its window",
    holds(ctx) {
      const { infos, params } = slashingState.read(ctx.store(SLASHING_STORE));
      const window = params.getOrFail().signedBlocksWindow;
      for (const [validator, { missedBlocksCounter: counter }] of infos.entries()) {
        const marked = missedIndices(ctx, validator);
        const isInside = marked.every((index) => index < window);
        if (!isInside || counter !== BigInt(marked.length)) {
          return { validator: formatConsensusAddress(validator), counter, marked: marked.length, window };
        }
      }
      return true;
    },
  },
];
