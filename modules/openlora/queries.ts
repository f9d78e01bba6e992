import { parseAddress } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import { SdkError } from "../../chain/kernel/errors.js";
import { queryRoute } from "../../chain/kernel/module.js";
import type { QueryRoute } from "../../chain/kernel/module.js";
import {
  QueryInferenceByNonceRequest,
  QueryInferenceByNonceResponse,
  QueryInferenceRequest,
  QueryInferenceResponse,
  QueryInferencesRequest,
  QueryInferencesResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryService,
} from "../../proto/gen/openledger/openlora/v1.js";
import type { QueryInferencesRequest as Inferences } from "../../proto/gen/openledger/openlora/v1.js";
import { OPENLORA_STORE, openloraState } from "./state.js";

const path = (method: string): string => `/${QueryService.typeName}/${method}`;

const open = (ctx: ReadContext): ReturnType<typeof openloraState.read> => openloraState.read(ctx.store(OPENLORA_STORE));

/** All of them, or one user's, in id order. */
function list(ctx: ReadContext, { user, pagination }: Inferences): QueryInferencesResponse {
  const state = open(ctx);
  if (user === "") {
    const page = state.inferences.page(pagination);
    return { inferences: page.entries.map(([, inference]) => inference), pagination: page.pagination };
  }
  const page = state.byUser.page(pagination, { prefix: [parseAddress(user)] });
  return { inferences: page.entries.map(([, id]) => state.inferences.getOrFail(id)), pagination: page.pagination };
}

/** Reads over one committed version. */
export const queries: readonly QueryRoute[] = [
  queryRoute(path("Params"), { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: open(ctx).params.getOrFail(),
  })),
  queryRoute(path("Inference"), { request: QueryInferenceRequest, response: QueryInferenceResponse }, (ctx, { inferenceId }) => {
    const state = open(ctx);
    const inference = state.inferences.getOrFail(inferenceId, () => SdkError.NotFound(`inference ${inferenceId}`));
    return { inference, outcome: state.outcomes.get(inferenceId) };
  }),
  queryRoute(
    path("InferenceByNonce"),
    { request: QueryInferenceByNonceRequest, response: QueryInferenceByNonceResponse },
    (ctx, { user, clientNonce }) => {
      const state = open(ctx);
      const notFound = () => SdkError.NotFound(`inference with nonce ${clientNonce}`);
      const id = state.byNonce.getOrFail([parseAddress(user), clientNonce], notFound);
      return { inference: state.inferences.getOrFail(id) };
    },
  ),
  queryRoute(path("Inferences"), { request: QueryInferencesRequest, response: QueryInferencesResponse }, list),
];
