import type { ReadContext } from "../../chain/kernel/context.js";
import { SdkError } from "../../chain/kernel/errors.js";
import { queryRoute } from "../../chain/kernel/module.js";
import type { QueryRoute } from "../../chain/kernel/module.js";
import {
  JobStatus,
  QueryAdapterRequest,
  QueryAdapterResponse,
  QueryAdaptersRequest,
  QueryAdaptersResponse,
  QueryBaseModelRequest,
  QueryBaseModelResponse,
  QueryBaseModelsRequest,
  QueryBaseModelsResponse,
  QueryCheckpointsRequest,
  QueryCheckpointsResponse,
  QueryDisputeRequest,
  QueryDisputeResponse,
  QueryDisputesRequest,
  QueryDisputesResponse,
  QueryJobRequest,
  QueryJobResponse,
  QueryJobsRequest,
  QueryJobsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryService,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../proto/gen/openledger/modelfactory/v1.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

const path = (method: string): string => `/${QueryService.typeName}/${method}`;

const open = (ctx: ReadContext): ReturnType<typeof modelfactoryState.read> =>
  modelfactoryState.read(ctx.store(MODELFACTORY_STORE));

const baseModels: readonly QueryRoute[] = [
  queryRoute(path("BaseModel"), { request: QueryBaseModelRequest, response: QueryBaseModelResponse }, (ctx, { baseModelId }) => ({
    baseModel: open(ctx).baseModels.getOrFail(baseModelId, () => SdkError.NotFound(`base model ${baseModelId}`)),
  })),
  queryRoute(path("BaseModels"), { request: QueryBaseModelsRequest, response: QueryBaseModelsResponse }, (ctx, { pagination }) => {
    const page = open(ctx).baseModels.page(pagination);
    return { baseModels: page.entries.map(([, base]) => base), pagination: page.pagination };
  }),
];

const jobs: readonly QueryRoute[] = [
  queryRoute(path("Job"), { request: QueryJobRequest, response: QueryJobResponse }, (ctx, { jobId }) => ({
    job: open(ctx).jobs.getOrFail(jobId, () => SdkError.NotFound(`job ${jobId}`)),
  })),
  queryRoute(path("Jobs"), { request: QueryJobsRequest, response: QueryJobsResponse }, (ctx, { status, pagination }) => {
    const all = status === JobStatus.JOB_STATUS_UNSPECIFIED;
    const page = open(ctx).jobs.page(pagination, { keep: (_, job) => all || job.status === status });
    return { jobs: page.entries.map(([, job]) => job), pagination: page.pagination };
  }),
  queryRoute(
    path("Checkpoints"),
    { request: QueryCheckpointsRequest, response: QueryCheckpointsResponse },
    (ctx, { jobId, pagination }) => {
      const page = open(ctx).checkpoints.page(pagination, { prefix: [jobId] });
      return { checkpoints: page.entries.map(([, checkpoint]) => checkpoint), pagination: page.pagination };
    },
  ),
];

const adapters: readonly QueryRoute[] = [
  queryRoute(path("Adapter"), { request: QueryAdapterRequest, response: QueryAdapterResponse }, (ctx, { adapterId }) => ({
    adapter: open(ctx).adapters.getOrFail(adapterId, () => SdkError.NotFound(`adapter ${adapterId}`)),
  })),
  queryRoute(path("Adapters"), { request: QueryAdaptersRequest, response: QueryAdaptersResponse }, (ctx, { pagination }) => {
    const page = open(ctx).adapters.page(pagination);
    return { adapters: page.entries.map(([, adapter]) => adapter), pagination: page.pagination };
  }),
];

type DisputePage = QueryDisputesResponse;

/** Those that are open, in order of job: few, whatever there was before. */
function openDisputes(ctx: ReadContext, { jobId, pagination }: QueryDisputesRequest): DisputePage {
  const state = open(ctx);
  const page = state.openDisputes.page(pagination, { keep: ([job]) => jobId === 0n || job === jobId });
  return { disputes: page.entries.map(([, id]): Dispute => state.disputes.getOrFail(id)), pagination: page.pagination };
}

const disputes: readonly QueryRoute[] = [
  queryRoute(path("Dispute"), { request: QueryDisputeRequest, response: QueryDisputeResponse }, (ctx, { disputeId }) => ({
    dispute: open(ctx).disputes.getOrFail(disputeId, () => SdkError.NotFound(`dispute ${disputeId}`)),
  })),
  queryRoute(path("Disputes"), { request: QueryDisputesRequest, response: QueryDisputesResponse }, (ctx, request) => {
    const { jobId, pagination } = request;
    if (request.openOnly) return openDisputes(ctx, request);
    const page = open(ctx).disputes.page(pagination, { keep: (_, dispute) => jobId === 0n || dispute.jobId === jobId });
    return { disputes: page.entries.map(([, dispute]) => dispute), pagination: page.pagination };
  }),
];

/** Reads over one committed version. */
export const queries: readonly QueryRoute[] = [
  queryRoute(path("Params"), { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: open(ctx).params.getOrFail(),
  })),
  ...baseModels,
  ...jobs,
  ...adapters,
  ...disputes,
];
