import { parseAddress } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import { SdkError } from "../../chain/kernel/errors.js";
import { queryRoute } from "../../chain/kernel/module.js";
import type { QueryRoute } from "../../chain/kernel/module.js";
import {
  QueryAccruedRequest,
  QueryAccruedResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryRecordRequest,
  QueryRecordResponse,
  QueryRecordsRequest,
  QueryRecordsResponse,
  QueryService,
} from "../../proto/gen/openledger/attribution/v1.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

const path = (method: string): string => `/${QueryService.typeName}/${method}`;

const open = (ctx: ReadContext): ReturnType<typeof attributionState.read> =>
  attributionState.read(ctx.store(ATTRIBUTION_STORE));

/** Reads over one committed version. */
export const queries: readonly QueryRoute[] = [
  queryRoute(path("Params"), { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: open(ctx).params.getOrFail(),
  })),
  queryRoute(path("Record"), { request: QueryRecordRequest, response: QueryRecordResponse }, (ctx, { inferenceId }) => ({
    record: open(ctx).records.getOrFail(inferenceId, () => SdkError.NotFound(`record of inference ${inferenceId}`)),
  })),
  queryRoute(path("Records"), { request: QueryRecordsRequest, response: QueryRecordsResponse }, (ctx, { pagination }) => {
    const page = open(ctx).records.page(pagination);
    return { records: page.entries.map(([, record]) => record), pagination: page.pagination };
  }),
  queryRoute(path("Accrued"), { request: QueryAccruedRequest, response: QueryAccruedResponse }, (ctx, { account }) => ({
    amount: (open(ctx).accrued.get(parseAddress(account)) ?? 0n).toString(),
  })),
];
