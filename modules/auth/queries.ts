import {
  AddressBytesToStringRequest,
  AddressBytesToStringResponse,
  AddressStringToBytesRequest,
  AddressStringToBytesResponse,
  BaseAccount,
  Bech32PrefixRequest,
  Bech32PrefixResponse,
  QueryAccountAddressByIDRequest,
  QueryAccountAddressByIDResponse,
  QueryAccountInfoRequest,
  QueryAccountInfoResponse,
  QueryAccountRequest,
  QueryAccountResponse,
  QueryAccountsRequest,
  QueryAccountsResponse,
  QueryModuleAccountByNameRequest,
  QueryModuleAccountByNameResponse,
  QueryModuleAccountsRequest,
  QueryModuleAccountsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
} from "../../proto/gen/cosmos/auth/v1beta1.js";
import { ACCOUNT_PREFIX, formatAddress, parseAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { SdkError, queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import { accountToAny } from "./account.js";
import type { Account } from "./account.js";
import { AUTH_STORE, authState } from "./state.js";

const PATH = "/cosmos.auth.v1beta1.Query";

function state(ctx: ReadContext): ReturnType<typeof authState.read> {
  return authState.read(ctx.store(AUTH_STORE));
}

/** CosmJS and Keplr rely on NotFound here for an account that never received anything. */
function accountAt(ctx: ReadContext, text: string): Account {
  if (text === "") throw SdkError.InvalidRequest("Address cannot be empty");
  return state(ctx).accounts.getOrFail(parseAddress(text), () =>
    SdkError.NotFound(`account ${text} not found`),
  );
}

const accountQueries: readonly QueryRoute[] = [
  queryRoute(
    `${PATH}/Account`,
    { request: QueryAccountRequest, response: QueryAccountResponse },
    (ctx, { address }) => ({
      account: accountToAny(accountAt(ctx, address)),
    }),
  ),
  queryRoute(
    `${PATH}/AccountInfo`,
    { request: QueryAccountInfoRequest, response: QueryAccountInfoResponse },
    (ctx, { address }) => {
      const { publicKey, number, sequence } = accountAt(ctx, address);
      return { info: BaseAccount.create({ address, pubKey: publicKey, accountNumber: number, sequence }) };
    },
  ),
  queryRoute(
    `${PATH}/Accounts`,
    { request: QueryAccountsRequest, response: QueryAccountsResponse },
    (ctx, request) => {
      const { entries, pagination } = state(ctx).accounts.page(request.pagination);
      return { accounts: entries.map(([, account]) => accountToAny(account)), pagination };
    },
  ),
  queryRoute(
    `${PATH}/AccountAddressByID`,
    { request: QueryAccountAddressByIDRequest, response: QueryAccountAddressByIDResponse },
    (ctx, { id, accountId }) => {
      const number = accountId === 0n && id > 0n ? id : accountId;
      const address = state(ctx).byNumber.getOrFail(number, () =>
        SdkError.NotFound(`account address not found with account number ${number}`),
      );
      return { accountAddress: formatAddress(address) };
    },
  ),
];

function moduleQueries(names: readonly string[]): readonly QueryRoute[] {
  return [
    queryRoute(
      `${PATH}/ModuleAccounts`,
      { request: QueryModuleAccountsRequest, response: QueryModuleAccountsResponse },
      (ctx) => {
        const found = names.map((name) => state(ctx).accounts.get(moduleAddress(name)));
        return { accounts: found.filter((a) => a !== undefined).map(accountToAny) };
      },
    ),
    queryRoute(
      `${PATH}/ModuleAccountByName`,
      { request: QueryModuleAccountByNameRequest, response: QueryModuleAccountByNameResponse },
      (ctx, { name }) => {
        const account = names.includes(name) ? state(ctx).accounts.get(moduleAddress(name)) : undefined;
        if (account === undefined) throw SdkError.NotFound(`account ${name} not found`);
        return { account: accountToAny(account) };
      },
    ),
  ];
}

const addressQueries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: state(ctx).params.getOrFail(),
  })),
  queryRoute(
    `${PATH}/Bech32Prefix`,
    { request: Bech32PrefixRequest, response: Bech32PrefixResponse },
    () => ({
      bech32Prefix: ACCOUNT_PREFIX,
    }),
  ),
  queryRoute(
    `${PATH}/AddressBytesToString`,
    { request: AddressBytesToStringRequest, response: AddressBytesToStringResponse },
    (_, { addressBytes }) => ({ addressString: formatAddress(toAddress(addressBytes)) }),
  ),
  queryRoute(
    `${PATH}/AddressStringToBytes`,
    { request: AddressStringToBytesRequest, response: AddressStringToBytesResponse },
    (_, { addressString }) => ({ addressBytes: parseAddress(addressString) }),
  ),
];

/** `moduleNames`: the accounts that ModuleAccounts lists, in that order. */
export function authQueries(moduleNames: readonly string[]): readonly QueryRoute[] {
  return [...accountQueries, ...moduleQueries(moduleNames), ...addressQueries];
}
