import type { Invariant } from "../../chain/kernel/index.js";
import { messageOf } from "./rules/authorization.js";
import { AUTHZ_STORE, authzState } from "./state.js";

export const authzInvariants: readonly Invariant[] = [
  {
    name: "every grant stands under its message, is found by its grantee and, if it ends, by its end, and nothing else is",
    holds(ctx) {
      const { grants, byGrantee, queue } = authzState.read(ctx.store(AUTHZ_STORE));
      let count = 0;
      let ending = 0;
      for (const [[granter, grantee, message], { authorization, expiration }] of grants.entries()) {
        count++;
        if (expiration !== undefined) ending++;
        const isQueued = expiration === undefined || queue.has([expiration, [granter, grantee, message]]);
        if (messageOf(authorization) !== message || !byGrantee.has([grantee, granter, message]) || !isQueued) return { message };
      }
      const indexed = [...byGrantee.keys()].length;
      const queued = [...queue.keys()].length;
      return (indexed === count && queued === ending) || { count, indexed, ending, queued };
    },
  },
];
