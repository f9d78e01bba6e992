import {
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySigningInfoRequest,
  QuerySigningInfoResponse,
  QuerySigningInfosRequest,
  QuerySigningInfosResponse,
} from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { parseConsensusAddress } from "../../chain/codec/index.js";
import { SdkError, queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import { SLASHING_STORE, slashingState } from "./state.js";

const PATH = "/cosmos.slashing.v1beta1.Query";

function state(ctx: ReadContext): ReturnType<typeof slashingState.read> {
  return slashingState.read(ctx.store(SLASHING_STORE));
}

export const slashingQueries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: state(ctx).params.getOrFail(),
  })),
  queryRoute(
    `${PATH}/SigningInfo`,
    { request: QuerySigningInfoRequest, response: QuerySigningInfoResponse },
    (ctx, { consAddress }) => {
      if (consAddress === "") throw SdkError.InvalidRequest("invalid request");
      const missing = () => SdkError.NotFound(`SigningInfo not found for validator ${consAddress}`);
      return { valSigningInfo: state(ctx).infos.getOrFail(parseConsensusAddress(consAddress), missing) };
    },
  ),
  queryRoute(
    `${PATH}/SigningInfos`,
    { request: QuerySigningInfosRequest, response: QuerySigningInfosResponse },
    (ctx, request) => {
      const { entries, pagination } = state(ctx).infos.page(request.pagination);
      return { info: entries.map(([, info]) => info), pagination };
    },
  ),
];
