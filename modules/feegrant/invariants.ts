import type { Invariant } from "../../chain/kernel/index.js";
import { expiresAt } from "./rules/allowance.js";
import { FEEGRANT_STORE, feegrantState } from "./state.js";

export const feegrantInvariants: readonly Invariant[] = [
  {
    name: "every allowance is found by its granter and, if it ends, by its end, and nothing else is",
    holds(ctx) {
      const { allowances, byGranter, queue } = feegrantState.read(ctx.store(FEEGRANT_STORE));
      let count = 0;
      let ending = 0;
      for (const [[grantee, granter], allowance] of allowances.entries()) {
        const expiration = expiresAt(allowance);
        count++;
        if (expiration !== undefined) ending++;
        const isQueued = expiration === undefined || queue.has([expiration, grantee, granter]);
        if (!byGranter.has([granter, grantee]) || !isQueued) return { count };
      }
      const indexed = [...byGranter.keys()].length;
      const queued = [...queue.keys()].length;
      return (indexed === count && queued === ending) || { count, indexed, ending, queued };
    },
  },
];
