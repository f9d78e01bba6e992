import { parseUopen } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import type { Invariant } from "../../chain/kernel/module.js";
import { sumUopen } from "../../chain/primitives/index.js";
import { isHeld } from "./genesis.js";
import type { Token } from "./ports.js";
import { OPENLORA_STORE, openloraState } from "./state.js";

const open = (ctx: ReadContext): ReturnType<typeof openloraState.read> => openloraState.read(ctx.store(OPENLORA_STORE));

/** Statements that hold after every block. */
export const invariants = (token: Token): readonly Invariant[] => [
  {
    name: "the openlora account holds exactly the escrows of requests that have not ended",
    holds(ctx) {
      const active = [...open(ctx).inferences.values()].filter(isHeld);
      const owed = sumUopen(active.map((inference) => parseUopen(inference.maxFee)));
      const held = token.moduleBalance(ctx, OPENLORA_STORE);
      return owed === held || { owed, held };
    },
  },
  {
    name: "no fee exceeds its escrow, and a request has a quote exactly while it has not ended",
    holds(ctx) {
      const state = open(ctx);
      for (const inference of state.inferences.values()) {
        const isSound =
          parseUopen(inference.fee) <= parseUopen(inference.maxFee) && state.quotes.has(inference.id) === isHeld(inference);
        if (!isSound) return { inference: inference.id, fee: inference.fee, maxFee: inference.maxFee };
      }
      return true;
    },
  },
];
