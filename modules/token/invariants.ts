import type { Invariant } from "../../chain/kernel/index.js";
import { TOTAL_SUPPLY, sumUopen } from "../../chain/primitives/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import type { AccountsPort } from "./ports.js";
import { BANK_STORE, bankState } from "./state.js";

export function bankInvariants(accounts: AccountsPort): readonly Invariant[] {
  return [
    {
      name: "the balances sum to the supply, which never exceeds 1,000,000,000 OPEN",
      holds(ctx) {
        const { balances, supply } = bankState.read(ctx.store(BANK_STORE));
        const held = sumUopen(balances.values());
        const total = supply.getOrFail();
        return (held === total && total <= TOTAL_SUPPLY) || { held, total };
      },
    },
    {
      name: "no account holds less than its release schedule still locks",
      holds(ctx) {
        const { balances } = bankState.read(ctx.store(BANK_STORE));
        for (const [address, balance] of balances.entries()) {
          const locked = accounts.locked(ctx, address, ctx.block.time);
          if (locked > balance) return { account: formatAddress(address), locked, balance };
        }
        return true;
      },
    },
  ];
}
