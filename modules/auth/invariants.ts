import { equalBytes } from "../../chain/primitives/index.js";
import type { Invariant } from "../../chain/kernel/index.js";
import { AUTH_STORE, authState } from "./state.js";

export const authInvariants: readonly Invariant[] = [
  {
    name: "every account number belongs to one account, below the next number",
    holds(ctx) {
      const { accounts, byNumber, nextNumber } = authState.read(ctx.store(AUTH_STORE));
      const next = nextNumber.get() ?? 0n;
      let count = 0n;
      for (const [address, account] of accounts.entries()) {
        count++;
        const owner = byNumber.get(account.number);
        if (owner === undefined || !equalBytes(owner, address) || account.number >= next)
          return { number: account.number, next };
      }
      const numbers = BigInt([...byNumber.keys()].length);
      return numbers === count || { numbers, count };
    },
  },
];
