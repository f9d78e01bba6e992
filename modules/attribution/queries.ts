import { parseAddress } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import { SdkError } from "../../chain/kernel/errors.js";
import { queryRoute } from "../../chain/kernel/module.js";
import { toAddress, toHex } from "../../chain/primitives/index.js";
import type { QueryRoute } from "../../chain/kernel/module.js";
import {
  QueryAccruedRequest,
  QueryAccruedResponse,
  QueryAttesterRequest,
  QueryAttesterResponse,
  QueryDisputeRequest,
  QueryDisputeResponse,
  QueryDisputesRequest,
  QueryDisputesResponse,
  QueryHarmRequest,
  QueryHarmResponse,
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
  queryRoute(path("Accrued"), { request: QueryAccruedRequest, response: QueryAccruedResponse }, (ctx, { account }) => {
    const { accrued, held } = open(ctx);
    const address = parseAddress(account);
    return { amount: (accrued.get(address) ?? 0n).toString(), pending: (held.get(address) ?? 0n).toString() };
  }),
  queryRoute(path("Dispute"), { request: QueryDisputeRequest, response: QueryDisputeResponse }, (ctx, { disputeId }) => ({
    dispute: open(ctx).disputes.getOrFail(disputeId, () => SdkError.NotFound(`dispute ${disputeId}`)),
  })),
  queryRoute(path("Disputes"), { request: QueryDisputesRequest, response: QueryDisputesResponse }, (ctx, { inferenceId }) => {
    const { disputes, disputesOf } = open(ctx);
    return { disputes: [...disputesOf.keys({ prefix: [inferenceId] })].map(([, id]) => disputes.getOrFail(id)) };
  }),
  queryRoute(path("Attester"), { request: QueryAttesterRequest, response: QueryAttesterResponse }, (ctx, { validator }) => {
    if (validator.length !== 20) throw SdkError.InvalidRequest("a consensus address has 20 bytes");
    const missing = () => SdkError.NotFound(`attester ${toHex(validator)}`);
    return { attester: open(ctx).attesters.getOrFail(toAddress(validator), missing) };
  }),
  queryRoute(path("Harm"), { request: QueryHarmRequest, response: QueryHarmResponse }, (ctx, { adapterId, pagination }) => {
    const page = open(ctx).harm.page(pagination, { prefix: [adapterId] });
    return { harm: page.entries.map(([, entry]) => entry), pagination: page.pagination };
  }),
];
