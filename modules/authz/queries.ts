import {
  QueryGranteeGrantsRequest,
  QueryGranteeGrantsResponse,
  QueryGranterGrantsRequest,
  QueryGranterGrantsResponse,
  QueryGrantsRequest,
  QueryGrantsResponse,
} from "../../proto/gen/cosmos/authz/v1beta1.js";
import type { GrantAuthorization } from "../../proto/gen/cosmos/authz/v1beta1.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { AuthzError } from "./errors.js";
import { AUTHZ_STORE, authzState, grantToWire } from "./state.js";
import type { StoredGrant } from "./state.js";

const PATH = "/cosmos.authz.v1beta1.Query";

function state(ctx: ReadContext): ReturnType<typeof authzState.read> {
  return authzState.read(ctx.store(AUTHZ_STORE));
}

export function grantOfBoth(granter: Address, grantee: Address, grant: StoredGrant): GrantAuthorization {
  return { granter: formatAddress(granter), grantee: formatAddress(grantee), ...grantToWire(grant) };
}

export const authzQueries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Grants`, { request: QueryGrantsRequest, response: QueryGrantsResponse }, (ctx, request) => {
    const pair = [parseAddress(request.granter), parseAddress(request.grantee)] as const;
    const { grants } = state(ctx);
    if (request.msgTypeUrl !== "") {
      const grant = grants.getOrFail([...pair, request.msgTypeUrl], () =>
        AuthzError.NoAuthorizationFound(`authorization not found for ${request.msgTypeUrl.slice(0, 256)} type`),
      );
      return { grants: [grantToWire(grant)], pagination: undefined };
    }
    const { entries, pagination } = grants.page(request.pagination, { prefix: pair });
    return { grants: entries.map(([, grant]) => grantToWire(grant)), pagination };
  }),
  queryRoute(
    `${PATH}/GranterGrants`,
    { request: QueryGranterGrantsRequest, response: QueryGranterGrantsResponse },
    (ctx, request) => {
      const { entries, pagination } = state(ctx).grants.page(request.pagination, { prefix: [parseAddress(request.granter)] });
      return { grants: entries.map(([[granter, grantee], grant]) => grantOfBoth(granter, grantee, grant)), pagination };
    },
  ),
  queryRoute(
    `${PATH}/GranteeGrants`,
    { request: QueryGranteeGrantsRequest, response: QueryGranteeGrantsResponse },
    (ctx, request) => {
      const { grants, byGrantee } = state(ctx);
      const { entries, pagination } = byGrantee.page(request.pagination, { prefix: [parseAddress(request.grantee)] });
      const found = entries.map(([grantee, granter, message]) =>
        grantOfBoth(granter, grantee, grants.getOrFail([granter, grantee, message])),
      );
      return { grants: found, pagination };
    },
  ),
];
