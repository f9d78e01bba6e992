import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { createTypeRegistry } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { genesisRoute } from "../../chain/kernel/index.js";
import type { Invariant, Module } from "../../chain/kernel/index.js";
import { equalBytes } from "../../chain/primitives/index.js";
import { stakingGenesis } from "./genesis.js";
import { stakingQueries } from "./queries.js";
import { STAKING_STORE, stakingState } from "./state.js";
import { viewOf } from "./validator.js";

const invariants: readonly Invariant[] = [
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
];

export function createStakingModule(): Module {
  return {
    name: STAKING_STORE,
    messages: [],
    queries: stakingQueries,
    genesis: genesisRoute(stakingGenesis, createTypeRegistry([PubKey as AnyCodec])),
    invariants,
    tasks: [],
  };
}
