import { parseUopen } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import type { Invariant } from "../../chain/kernel/module.js";
import { sumUopen } from "../../chain/primitives/index.js";
import type { Token } from "./ports.js";
import { payoutTotal } from "./rules/split.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

const open = (ctx: ReadContext): ReturnType<typeof attributionState.read> =>
  attributionState.read(ctx.store(ATTRIBUTION_STORE));

/** Statements that hold after every block. */
export const invariants = (token: Token): readonly Invariant[] => [
  {
    name: "the attribution account holds exactly what it owes",
    holds(ctx) {
      const owed = sumUopen(open(ctx).accrued.values());
      const held = token.moduleBalance(ctx, ATTRIBUTION_STORE);
      return owed === held || { owed, held };
    },
  },
  {
    name: "the payouts of every record sum to its fee",
    holds(ctx) {
      for (const record of open(ctx).records.values()) {
        const paid = payoutTotal(record.payouts);
        if (paid !== parseUopen(record.fee)) return { inference: record.inferenceId, paid, fee: record.fee };
      }
      return true;
    },
  },
  {
    name: "an inference is attributed once: no record is still pending",
    holds(ctx) {
      const state = open(ctx);
      for (const id of state.pending.keys()) if (state.records.has(id)) return { inference: id };
      return true;
    },
  },
];
