import { SdkError } from "../../chain/kernel/index.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import { GenesisState } from "../../proto/gen/openledger/upgrade/v1.js";
import { setVersions } from "./block.js";
import type { UpgradeOptions, VersionMap } from "./options.js";
import { parsePlan } from "./plan.js";
import { UPGRADE_STORE, upgradeState } from "./state.js";

/** The SDK's document is empty; ours carries what else would be forgotten. */
export const upgradeGenesis = ({ versions }: UpgradeOptions): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => ({ plan: undefined, applied: [], moduleVersions: [], last: "" }),
  init(ctx, document) {
    const state = upgradeState.open(ctx.store(UPGRADE_STORE));
    for (const { name, height } of document.applied) state.applied.set(name, toHeight(height));
    if (document.plan !== undefined) {
      const plan = parsePlan(document.plan);
      if (state.applied.has(plan.name)) throw SdkError.InvalidRequest(`upgrade with name ${plan.name} has already been completed`);
      state.plan.set(plan);
    }
    if (document.last !== "") {
      if (!state.applied.has(document.last)) throw SdkError.InvalidRequest(`upgrade ${document.last} was not carried out`);
      state.last.set(document.last);
    }
    const given: VersionMap = new Map(document.moduleVersions.map(({ name, version }) => [name, version]));
    setVersions(ctx, given.size > 0 ? given : versions());
    return [];
  },
  export(ctx) {
    const { plan, applied, last, versions: stored } = upgradeState.read(ctx.store(UPGRADE_STORE));
    return {
      plan: plan.get(),
      applied: [...applied.entries()].map(([name, height]) => ({ name, height })),
      moduleVersions: [...stored.entries()].map(([name, version]) => ({ name, version })),
      last: last.get() ?? "",
    };
  },
});
