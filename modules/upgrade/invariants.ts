import type { Invariant } from "../../chain/kernel/index.js";
import { UPGRADE_STORE, upgradeState } from "./state.js";

export const invariants: readonly Invariant[] = [
  {
    name: "a scheduled upgrade is still to come and has a name that none had before",
    holds(ctx) {
      const { plan, applied } = upgradeState.read(ctx.store(UPGRADE_STORE));
      const found = plan.get();
      if (found === undefined) return true;
      const isNew = !applied.has(found.name);
      return (isNew && found.height >= ctx.block.height) || { name: found.name, height: found.height };
    },
  },
  {
    name: "the last upgrade is one that was carried out",
    holds(ctx) {
      const { last, applied } = upgradeState.read(ctx.store(UPGRADE_STORE));
      const name = last.get();
      return name === undefined || applied.has(name) || { name };
    },
  },
];
