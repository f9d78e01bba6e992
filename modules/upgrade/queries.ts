import {
  QueryAppliedPlanRequest,
  QueryAppliedPlanResponse,
  QueryAuthorityRequest,
  QueryAuthorityResponse,
  QueryCurrentPlanRequest,
  QueryCurrentPlanResponse,
  QueryModuleVersionsRequest,
  QueryModuleVersionsResponse,
  QueryUpgradedConsensusStateRequest,
  QueryUpgradedConsensusStateResponse,
} from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import type { ModuleVersion } from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY, queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import { EMPTY_BYTES } from "../../chain/primitives/index.js";
import { UpgradeError } from "./errors.js";
import { UPGRADE_STORE, upgradeState } from "./state.js";

const PATH = "/cosmos.upgrade.v1beta1.Query";

function state(ctx: ReadContext): ReturnType<typeof upgradeState.read> {
  return upgradeState.read(ctx.store(UPGRADE_STORE));
}

function versions(ctx: ReadContext, name: string): readonly ModuleVersion[] {
  const stored = state(ctx).versions;
  if (name === "") return [...stored.entries()].map(([module, version]) => ({ name: module, version }));
  const missing = () => UpgradeError.NoModuleVersionFound(`x/upgrade: QueryModuleVersions module ${name} not found`);
  return [{ name, version: stored.getOrFail(name, missing) }];
}

export const upgradeQueries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/CurrentPlan`, { request: QueryCurrentPlanRequest, response: QueryCurrentPlanResponse }, (ctx) => ({
    plan: state(ctx).plan.get(),
  })),
  queryRoute(`${PATH}/AppliedPlan`, { request: QueryAppliedPlanRequest, response: QueryAppliedPlanResponse }, (ctx, { name }) => ({
    height: state(ctx).applied.get(name) ?? 0n,
  })),
  queryRoute(
    `${PATH}/ModuleVersions`,
    { request: QueryModuleVersionsRequest, response: QueryModuleVersionsResponse },
    (ctx, { moduleName }) => ({ moduleVersions: versions(ctx, moduleName) }),
  ),
  queryRoute(`${PATH}/Authority`, { request: QueryAuthorityRequest, response: QueryAuthorityResponse }, () => ({
    address: formatAddress(GOV_AUTHORITY),
  })),
  // Deprecated in the SDK, and always empty on a chain without IBC.
  queryRoute(
    `${PATH}/UpgradedConsensusState`,
    { request: QueryUpgradedConsensusStateRequest, response: QueryUpgradedConsensusStateResponse },
    () => ({ upgradedConsensusState: EMPTY_BYTES }),
  ),
];
