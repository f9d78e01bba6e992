import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { createTypeRegistry } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { genesisRoute } from "../../chain/kernel/index.js";
import type { Invariant, Module } from "../../chain/kernel/index.js";
import { equalBytes, sumUopen } from "../../chain/primitives/index.js";
import { endBlock } from "./block.js";
import { stakingGenesis } from "./genesis.js";
import type { StakingHooks } from "./hooks.js";
import { stakingQueries } from "./queries.js";
import type { Token } from "./ports.js";
import { BONDED_POOL, STAKING_STORE, stakingState } from "./state.js";
import { viewOf } from "./validator.js";

const invariants = (token: Token): readonly Invariant[] => [
  {
    name: "every validator is found by its consensus address, and by no other",
    holds(ctx) {
      const { validators, byConsensus } = stakingState.read(ctx.store(STAKING_STORE));
      const count = [...validators.keys()].length;
      for (const [operator, wire] of validators.entries()) {
        const found = byConsensus.get(viewOf(wire).consensusAddress);
        if (found === undefined || !equalBytes(found, operator)) return { operator: wire.operatorAddress };
      }
      const indexed = [...byConsensus.keys()].length;
      return indexed === count || { indexed, count };
    },
  },
  {
    name: "the bonded pool holds exactly what validators have at stake",
    holds(ctx) {
      const { validators } = stakingState.read(ctx.store(STAKING_STORE));
      const staked = sumUopen([...validators.values()].map((wire) => viewOf(wire).tokens));
      const held = token.moduleBalance(ctx, BONDED_POOL);
      return staked === held || { staked, held };
    },
  },
  {
    name: "the engine knows the power of every validator that did not change since it was told",
    holds(ctx) {
      const { validators, told, changed } = stakingState.read(ctx.store(STAKING_STORE));
      for (const [operator, wire] of validators.entries()) {
        const { power } = viewOf(wire);
        if (!changed.has(operator) && (told.get(operator) ?? 0n) !== power) return { operator: wire.operatorAddress, power };
      }
      return true;
    },
  },
];

/** `hooks`: who is told when stake moves, in order; asked for at each moment, since they are tied late. */
export function createStakingModule(token: Token, hooks: () => readonly StakingHooks[]): Module {
  return {
    name: STAKING_STORE,
    messages: [],
    queries: stakingQueries,
    endBlock,
    genesis: genesisRoute(stakingGenesis(token, hooks), createTypeRegistry([PubKey as AnyCodec])),
    invariants: invariants(token),
    tasks: [],
  };
}
