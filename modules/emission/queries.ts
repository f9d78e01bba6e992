import { parseAddress } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import { SdkError } from "../../chain/kernel/errors.js";
import { queryRoute } from "../../chain/kernel/module.js";
import type { QueryRoute } from "../../chain/kernel/module.js";
import {
  Epoch,
  QueryAllocationRequest,
  QueryAllocationResponse,
  QueryAllocationsRequest,
  QueryAllocationsResponse,
  QueryEpochRequest,
  QueryEpochResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySharesRequest,
  QuerySharesResponse,
} from "../../proto/gen/openledger/emission/v1.js";
import type { Share, ShareState } from "../../proto/gen/openledger/emission/v1.js";
import { payOf } from "./claims.js";
import { EMISSION_STORE, emissionState } from "./state.js";

const PATH = "/openledger.emission.v1.Query";

function state(ctx: ReadContext): ReturnType<typeof emissionState.read> {
  return emissionState.read(ctx.store(EMISSION_STORE));
}

function withPay(ctx: ReadContext, share: Share): ShareState {
  const allocation = state(ctx).allocations.get([share.datanetId, share.epoch]);
  if (allocation === undefined) return { share, amount: "0", mature: false };
  const mature = allocation.matureHeight <= ctx.block.height;
  return { share, amount: payOf(allocation, share.bytes).toString(), mature };
}

const PARAMS = { request: QueryParamsRequest, response: QueryParamsResponse };
const EPOCH = { request: QueryEpochRequest, response: QueryEpochResponse };
const ALLOCATION = { request: QueryAllocationRequest, response: QueryAllocationResponse };
const ALLOCATIONS = { request: QueryAllocationsRequest, response: QueryAllocationsResponse };
const SHARES = { request: QuerySharesRequest, response: QuerySharesResponse };

export const queries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Params`, PARAMS, (ctx) => ({ params: state(ctx).params.getOrFail() })),
  queryRoute(`${PATH}/Epoch`, EPOCH, (ctx) => {
    const { epoch: item, params, running } = state(ctx);
    const epoch = item.get() ?? Epoch.create({});
    const { weights } = params.getOrFail();
    const bytes = weights.map(({ datanetId }) => ({ datanetId, bytes: running.get([epoch.number, datanetId]) ?? 0n }));
    return { epoch, bytes };
  }),
  queryRoute(`${PATH}/Allocation`, ALLOCATION, (ctx, { datanetId, epoch }) => ({
    allocation: state(ctx).allocations.getOrFail([datanetId, epoch], () =>
      SdkError.NotFound(`allocation of datanet ${datanetId} in epoch ${epoch} not found`),
    ),
  })),
  queryRoute(`${PATH}/Allocations`, ALLOCATIONS, (ctx, request) => {
    const { entries, pagination } = state(ctx).allocations.page(request.pagination, { prefix: [request.datanetId] });
    return { allocations: entries.map(([, allocation]) => allocation), pagination };
  }),
  queryRoute(`${PATH}/Shares`, SHARES, (ctx, request) => {
    const account = parseAddress(request.account);
    const { entries, pagination } = state(ctx).shares.page(request.pagination, { prefix: [account] });
    const shares = entries.map(([[, epoch, datanetId], bytes]) =>
      withPay(ctx, { account: request.account, epoch, datanetId, bytes }),
    );
    return { shares, pagination };
  }),
];
