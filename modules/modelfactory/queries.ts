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
  QueryJobRequest,
  QueryJobResponse,
  QueryJobsRequest,
  QueryJobsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryService,
} from "../../proto/gen/openledger/modelfactory/v1.js";
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

/** Reads over one committed version. */
export const queries: readonly QueryRoute[] = [
  queryRoute(path("Params"), { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: open(ctx).params.getOrFail(),
  })),
  ...baseModels,
  ...jobs,
  ...adapters,
];
