import { parseAddress } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import { SdkError } from "../../chain/kernel/errors.js";
import { queryRoute } from "../../chain/kernel/module.js";
import type { QueryRoute } from "../../chain/kernel/module.js";
import { toHash32 } from "../../chain/primitives/index.js";
import {
  QueryContributionRequest,
  QueryContributionResponse,
  QueryContributionsRequest,
  QueryContributionsResponse,
  QueryDatanetRequest,
  QueryDatanetResponse,
  QueryDatanetsRequest,
  QueryDatanetsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryService,
  QuerySponsorshipsRequest,
  QuerySponsorshipsResponse,
  QueryVersionContributionsRequest,
  QueryVersionContributionsResponse,
  QueryVersionRequest,
  QueryVersionResponse,
} from "../../proto/gen/openledger/datanet/v1.js";
import type { Contribution, DatasetVersion, VersionContribution } from "../../proto/gen/openledger/datanet/v1.js";
import { countedPositions } from "./rules/rows.js";
import { DATANET_STORE, datanetState } from "./state.js";

const path = (method: string): string => `/${QueryService.typeName}/${method}`;

type Reader = ReturnType<typeof datanetState.read>;

const open = (ctx: ReadContext): Reader => datanetState.read(ctx.store(DATANET_STORE));

/** Version 0 is the latest. @throws Reject sdk/38. */
function versionOf(state: Reader, datanetId: bigint, version: bigint): DatasetVersion {
  const datanet = state.datanets.getOrFail(datanetId, () => SdkError.NotFound(`datanet ${datanetId}`));
  const number = version === 0n ? datanet.latestVersion : version;
  return state.versions.getOrFail([datanetId, number], () => SdkError.NotFound(`datanet ${datanetId} version ${number}`));
}

function withRows(state: Reader, contribution: Contribution): VersionContribution {
  const { rows } = state.rows.getOrFail(contribution.id);
  const owns = (hash: Uint8Array): boolean =>
    state.rowOwners.get([contribution.datanetId, toHash32(hash)]) === contribution.id;
  return { contribution, rows: countedPositions(rows, owns) };
}

/** Reads over one committed version. */
export const queries: readonly QueryRoute[] = [
  queryRoute(path("Params"), { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: open(ctx).params.getOrFail(),
  })),
  queryRoute(path("Datanet"), { request: QueryDatanetRequest, response: QueryDatanetResponse }, (ctx, { datanetId }) => ({
    datanet: open(ctx).datanets.getOrFail(datanetId, () => SdkError.NotFound(`datanet ${datanetId}`)),
  })),
  queryRoute(path("Datanets"), { request: QueryDatanetsRequest, response: QueryDatanetsResponse }, (ctx, { pagination }) => {
    const page = open(ctx).datanets.page(pagination);
    return { datanets: page.entries.map(([, datanet]) => datanet), pagination: page.pagination };
  }),
  queryRoute(
    path("Contribution"),
    { request: QueryContributionRequest, response: QueryContributionResponse },
    (ctx, { contributionId }) => {
      const state = open(ctx);
      const contribution = state.contributions.getOrFail(contributionId, () =>
        SdkError.NotFound(`contribution ${contributionId}`),
      );
      return { contribution, rows: state.rows.get(contributionId)?.rows ?? [] };
    },
  ),
  queryRoute(
    path("Contributions"),
    { request: QueryContributionsRequest, response: QueryContributionsResponse },
    (ctx, { datanetId, pagination }) => {
      const state = open(ctx);
      const page = state.byDatanet.page(pagination, { prefix: [datanetId] });
      return {
        contributions: page.entries.map(([, id]) => state.contributions.getOrFail(id)),
        pagination: page.pagination,
      };
    },
  ),
  queryRoute(path("Version"), { request: QueryVersionRequest, response: QueryVersionResponse }, (ctx, request) => ({
    version: versionOf(open(ctx), request.datanetId, request.version),
  })),
  queryRoute(
    path("Sponsorships"),
    { request: QuerySponsorshipsRequest, response: QuerySponsorshipsResponse },
    (ctx, { contributor, pagination }) => {
      const page = open(ctx).sponsorships.page(pagination, { prefix: [parseAddress(contributor)] });
      return { sponsorships: page.entries.map(([, found]) => found), pagination: page.pagination };
    },
  ),
  queryRoute(
    path("VersionContributions"),
    { request: QueryVersionContributionsRequest, response: QueryVersionContributionsResponse },
    (ctx, { datanetId, version, pagination }) => {
      const state = open(ctx);
      const { version: number } = versionOf(state, datanetId, version);
      const page = state.members.page(pagination, { prefix: [datanetId], keep: (_, first) => first <= number });
      return {
        contributions: page.entries.map(([[, id]]) => withRows(state, state.contributions.getOrFail(id))),
        pagination: page.pagination,
      };
    },
  ),
];
