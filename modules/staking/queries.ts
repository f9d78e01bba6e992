import {
  BondStatus,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryPoolRequest,
  QueryPoolResponse,
  QueryValidatorRequest,
  QueryValidatorResponse,
  QueryValidatorsRequest,
  QueryValidatorsResponse,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import { parseOperatorAddress } from "../../chain/codec/index.js";
import { SdkError, queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import { STAKING_STORE, stakingState } from "./state.js";

const PATH = "/cosmos.staking.v1beta1.Query";

function state(ctx: ReadContext): ReturnType<typeof stakingState.read> {
  return stakingState.read(ctx.store(STAKING_STORE));
}

// eslint-disable-next-line determinism/core -- an enum of the sources; names are looked up, not walked
const STATUS = new Map<string, number>(Object.entries(BondStatus));

function statusOf(text: string): number | undefined {
  if (text === "") return undefined;
  const status = STATUS.get(text);
  if (status === undefined || status === 0)
    throw SdkError.InvalidRequest(`invalid validator status ${text.slice(0, 60)}`);
  return status;
}

export const stakingQueries: readonly QueryRoute[] = [
  queryRoute(
    `${PATH}/Validators`,
    { request: QueryValidatorsRequest, response: QueryValidatorsResponse },
    (ctx, request) => {
      const status = statusOf(request.status);
      const { entries, pagination } = state(ctx).validators.page(request.pagination, {
        keep: (_, validator) => status === undefined || validator.status === status,
      });
      return { validators: entries.map(([, validator]) => validator), pagination };
    },
  ),
  queryRoute(
    `${PATH}/Validator`,
    { request: QueryValidatorRequest, response: QueryValidatorResponse },
    (ctx, request) => {
      const text = request.validatorAddr;
      if (text === "") throw SdkError.InvalidRequest("validator address cannot be empty");
      const missing = () => SdkError.NotFound(`validator ${text} not found`);
      return { validator: state(ctx).validators.getOrFail(parseOperatorAddress(text), missing) };
    },
  ),
  queryRoute(`${PATH}/Pool`, { request: QueryPoolRequest, response: QueryPoolResponse }, (ctx) => {
    const bonded = [...state(ctx).validators.values()].reduce((sum, v) => sum + BigInt(v.tokens), 0n);
    return { pool: { notBondedTokens: "0", bondedTokens: bonded.toString() } };
  }),
  queryRoute(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: state(ctx).params.getOrFail(),
  })),
];
