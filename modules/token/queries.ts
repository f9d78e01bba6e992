import {
  QueryAllBalancesRequest,
  QueryAllBalancesResponse,
  QueryBalanceRequest,
  QueryBalanceResponse,
  QueryDenomMetadataByQueryStringRequest,
  QueryDenomMetadataByQueryStringResponse,
  QueryDenomMetadataRequest,
  QueryDenomMetadataResponse,
  QueryDenomOwnersByQueryRequest,
  QueryDenomOwnersByQueryResponse,
  QueryDenomOwnersRequest,
  QueryDenomOwnersResponse,
  QueryDenomsMetadataRequest,
  QueryDenomsMetadataResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySendEnabledRequest,
  QuerySendEnabledResponse,
  QuerySpendableBalanceByDenomRequest,
  QuerySpendableBalanceByDenomResponse,
  QuerySpendableBalancesRequest,
  QuerySpendableBalancesResponse,
  QuerySupplyOfRequest,
  QuerySupplyOfResponse,
  QueryTotalSupplyRequest,
  QueryTotalSupplyResponse,
} from "../../proto/gen/cosmos/bank/v1beta1.js";
import type { Metadata } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { SdkError, queryRoute, toCoins } from "../../chain/kernel/index.js";
import type { CoinText, QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import { UOPEN } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { PageResponse } from "../../chain/store/index.js";
import { OPEN_METADATA } from "./params.js";
import type { TokenService } from "./service.js";
import { BANK_STORE, bankState } from "./state.js";

const PATH = "/cosmos.bank.v1beta1.Query";

/** Everything fits one page: there is one coin. */
function onePage(total: number): PageResponse {
  return { nextKey: new Uint8Array(0), total: BigInt(total) };
}

function holder(text: string): Address {
  if (text === "") throw SdkError.InvalidRequest("address cannot be empty");
  return parseAddress(text);
}

function checkDenom(denom: string): void {
  if (!/^[a-zA-Z][a-zA-Z0-9/:._-]{2,127}$/.test(denom)) throw SdkError.InvalidRequest("invalid denom");
}

function coinOf(denom: string, amount: bigint): CoinText {
  return { denom, amount: (denom === UOPEN ? amount : 0n).toString() };
}

function metadataOf(denom: string): Metadata {
  checkDenom(denom);
  if (denom !== UOPEN) throw SdkError.NotFound(`client metadata for denom ${denom}`);
  return OPEN_METADATA;
}

function balanceQueries(token: TokenService): readonly QueryRoute[] {
  const spendable = (ctx: ReadContext, address: Address): bigint =>
    token.spendable(ctx, address, ctx.block.time);
  return [
    queryRoute(
      `${PATH}/Balance`,
      { request: QueryBalanceRequest, response: QueryBalanceResponse },
      (ctx, { address, denom }) => {
        checkDenom(denom);
        return { balance: coinOf(denom, token.balance(ctx, holder(address))) };
      },
    ),
    queryRoute(
      `${PATH}/AllBalances`,
      { request: QueryAllBalancesRequest, response: QueryAllBalancesResponse },
      (ctx, { address }) => {
        const balances = toCoins(token.balance(ctx, holder(address)));
        return { balances, pagination: onePage(balances.length) };
      },
    ),
    queryRoute(
      `${PATH}/SpendableBalances`,
      { request: QuerySpendableBalancesRequest, response: QuerySpendableBalancesResponse },
      (ctx, { address }) => {
        const owner = holder(address);
        const hasAny = token.balance(ctx, owner) > 0n;
        const balances = hasAny ? [coinOf(UOPEN, spendable(ctx, owner))] : [];
        return { balances, pagination: onePage(balances.length) };
      },
    ),
    queryRoute(
      `${PATH}/SpendableBalanceByDenom`,
      { request: QuerySpendableBalanceByDenomRequest, response: QuerySpendableBalanceByDenomResponse },
      (ctx, { address, denom }) => {
        checkDenom(denom);
        return { balance: coinOf(denom, spendable(ctx, holder(address))) };
      },
    ),
    queryRoute(
      `${PATH}/DenomOwners`,
      { request: QueryDenomOwnersRequest, response: QueryDenomOwnersResponse },
      owners,
    ),
    queryRoute(
      `${PATH}/DenomOwnersByQuery`,
      { request: QueryDenomOwnersByQueryRequest, response: QueryDenomOwnersByQueryResponse },
      owners,
    ),
  ];
}

/** Everyone who holds the coin, a page of them. */
function owners(ctx: ReadContext, { denom, pagination: asked }: QueryDenomOwnersRequest): QueryDenomOwnersResponse {
  checkDenom(denom);
  if (denom !== UOPEN) return { denomOwners: [], pagination: onePage(0) };
  const { entries, pagination } = bankState.read(ctx.store(BANK_STORE)).balances.page(asked);
  const denomOwners = entries.map(([a, amount]) => ({
    address: formatAddress(a),
    balance: coinOf(UOPEN, amount),
  }));
  return { denomOwners, pagination };
}

function coinQueries(token: TokenService): readonly QueryRoute[] {
  const params = (ctx: ReadContext) => bankState.read(ctx.store(BANK_STORE)).params.getOrFail();
  return [
    queryRoute(
      `${PATH}/TotalSupply`,
      { request: QueryTotalSupplyRequest, response: QueryTotalSupplyResponse },
      (ctx) => {
        const supply = toCoins(token.supply(ctx));
        return { supply, pagination: onePage(supply.length) };
      },
    ),
    queryRoute(
      `${PATH}/SupplyOf`,
      { request: QuerySupplyOfRequest, response: QuerySupplyOfResponse },
      (ctx, { denom }) => {
        checkDenom(denom);
        return { amount: coinOf(denom, token.supply(ctx)) };
      },
    ),
    queryRoute(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
      params: params(ctx),
    })),
    queryRoute(
      `${PATH}/SendEnabled`,
      { request: QuerySendEnabledRequest, response: QuerySendEnabledResponse },
      (ctx, { denoms }) => {
        const asked = denoms.filter((d) => d === UOPEN).slice(0, 1);
        return {
          sendEnabled: asked.map((denom) => ({ denom, enabled: params(ctx).defaultSendEnabled })),
          pagination: onePage(asked.length),
        };
      },
    ),
    queryRoute(
      `${PATH}/DenomsMetadata`,
      { request: QueryDenomsMetadataRequest, response: QueryDenomsMetadataResponse },
      () => ({
        metadatas: [OPEN_METADATA],
        pagination: onePage(1),
      }),
    ),
    queryRoute(
      `${PATH}/DenomMetadata`,
      { request: QueryDenomMetadataRequest, response: QueryDenomMetadataResponse },
      (_, { denom }) => ({
        metadata: metadataOf(denom),
      }),
    ),
    queryRoute(
      `${PATH}/DenomMetadataByQueryString`,
      { request: QueryDenomMetadataByQueryStringRequest, response: QueryDenomMetadataByQueryStringResponse },
      (_, { denom }) => ({ metadata: metadataOf(denom) }),
    ),
  ];
}

export function bankQueries(token: TokenService): readonly QueryRoute[] {
  return [...balanceQueries(token), ...coinQueries(token)];
}
