import { queryRoute } from "../kernel/module.js";
import type { QueryRoute } from "../kernel/module.js";
import type { ReadContext } from "../kernel/context.js";
import { SdkError } from "../kernel/errors.js";
import {
  QueryOpenTasksRequest,
  QueryOpenTasksResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryService,
  QueryTaskRequest,
  QueryTaskResponse,
  QueryTasksRequest,
  QueryTasksResponse,
} from "../../proto/gen/openledger/attest/v1.js";
import { ATTEST_STORE, attestState } from "./state.js";

const path = (method: string): string => `/${QueryService.typeName}/${method}`;

function open(ctx: ReadContext) {
  return attestState.read(ctx.store(ATTEST_STORE));
}

export const queries: readonly QueryRoute[] = [
  queryRoute(path("Params"), { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: open(ctx).params.getOrFail(),
  })),
  queryRoute(path("Task"), { request: QueryTaskRequest, response: QueryTaskResponse }, (ctx, { taskId }) => {
    const state = open(ctx);
    const task = state.tasks.getOrFail(taskId, () => SdkError.NotFound(`task ${taskId}`));
    return { task, submissions: [...state.submissions.values({ prefix: [taskId] })] };
  }),
  queryRoute(
    path("OpenTasks"),
    { request: QueryOpenTasksRequest, response: QueryOpenTasksResponse },
    (ctx, { pagination }) => {
      const state = open(ctx);
      const page = state.open.page(pagination);
      return { tasks: page.entries.map((id) => state.tasks.getOrFail(id)), pagination: page.pagination };
    },
  ),
  queryRoute(path("Tasks"), { request: QueryTasksRequest, response: QueryTasksResponse }, (ctx, { pagination }) => {
    const page = open(ctx).tasks.page(pagination);
    return { tasks: page.entries.map(([, task]) => task), pagination: page.pagination };
  }),
];
