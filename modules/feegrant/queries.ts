import {
  QueryAllowanceRequest,
  QueryAllowanceResponse,
  QueryAllowancesByGranterRequest,
  QueryAllowancesByGranterResponse,
  QueryAllowancesRequest,
  QueryAllowancesResponse,
} from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import type { Grant } from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { SdkError, queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import { allowanceToAny } from "./allowance-wire.js";
import type { Pair } from "./events.js";
import type { Allowance } from "./rules/allowance.js";
import { FEEGRANT_STORE, feegrantState } from "./state.js";

const PATH = "/cosmos.feegrant.v1beta1.Query";

function state(ctx: ReadContext): ReturnType<typeof feegrantState.read> {
  return feegrantState.read(ctx.store(FEEGRANT_STORE));
}

export function grantWire({ granter, grantee }: Pair, allowance: Allowance): Grant {
  return { granter: formatAddress(granter), grantee: formatAddress(grantee), allowance: allowanceToAny(allowance) };
}

export const feegrantQueries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Allowance`, { request: QueryAllowanceRequest, response: QueryAllowanceResponse }, (ctx, request) => {
    const pair = { granter: parseAddress(request.granter), grantee: parseAddress(request.grantee) };
    const allowance = state(ctx).allowances.getOrFail([pair.grantee, pair.granter], () =>
      SdkError.NotFound("fee-grant not found"),
    );
    return { allowance: grantWire(pair, allowance) };
  }),
  queryRoute(`${PATH}/Allowances`, { request: QueryAllowancesRequest, response: QueryAllowancesResponse }, (ctx, request) => {
    const prefix = [parseAddress(request.grantee)] as const;
    const { entries, pagination } = state(ctx).allowances.page(request.pagination, { prefix });
    const allowances = entries.map(([[grantee, granter], allowance]) => grantWire({ granter, grantee }, allowance));
    return { allowances, pagination };
  }),
  queryRoute(
    `${PATH}/AllowancesByGranter`,
    { request: QueryAllowancesByGranterRequest, response: QueryAllowancesByGranterResponse },
    (ctx, request) => {
      const { allowances, byGranter } = state(ctx);
      const { entries, pagination } = byGranter.page(request.pagination, { prefix: [parseAddress(request.granter)] });
      const grants = entries.map(([granter, grantee]) =>
        grantWire({ granter, grantee }, allowances.getOrFail([grantee, granter])),
      );
      return { allowances: grants, pagination };
    },
  ),
];
