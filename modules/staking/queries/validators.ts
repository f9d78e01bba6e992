import {
  QueryHistoricalInfoRequest,
  QueryHistoricalInfoResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryPoolRequest,
  QueryPoolResponse,
  QueryValidatorDelegationsRequest,
  QueryValidatorDelegationsResponse,
  QueryValidatorRequest,
  QueryValidatorResponse,
  QueryValidatorUnbondingDelegationsRequest,
  QueryValidatorUnbondingDelegationsResponse,
  QueryValidatorsRequest,
  QueryValidatorsResponse,
  BondStatus,
} from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { SdkError, queryRoute } from "../../../chain/kernel/index.js";
import type { QueryRoute } from "../../../chain/kernel/index.js";
import { toHeight } from "../../../chain/primitives/index.js";
import { historyAt } from "../history.js";
import type { StakingPorts } from "../ports.js";
import { BONDED_POOL, NOT_BONDED_POOL } from "../state.js";
import { reading } from "../validators.js";
import { validatorAddress, withBalance } from "./answers.js";

const PATH = "/cosmos.staking.v1beta1.Query";

// eslint-disable-next-line determinism/core -- an enum of the sources; names are looked up, not walked
const STATUS = new Map<string, number>(Object.entries(BondStatus));

function statusOf(text: string): number | undefined {
  if (text === "") return undefined;
  const status = STATUS.get(text);
  if (status === undefined || status === 0)
    throw SdkError.InvalidRequest(`invalid validator status ${text.slice(0, 60)}`);
  return status;
}

const validators = queryRoute(
  `${PATH}/Validators`,
  { request: QueryValidatorsRequest, response: QueryValidatorsResponse },
  (ctx, request) => {
    const status = statusOf(request.status);
    const { entries, pagination } = reading(ctx).validators.page(request.pagination, {
      keep: (_, validator) => status === undefined || validator.status === status,
    });
    return { validators: entries.map(([, validator]) => validator), pagination };
  },
);

const validator = queryRoute(
  `${PATH}/Validator`,
  { request: QueryValidatorRequest, response: QueryValidatorResponse },
  (ctx, { validatorAddr }) => {
    const missing = () => SdkError.NotFound(`validator ${validatorAddr} not found`);
    return { validator: reading(ctx).validators.getOrFail(validatorAddress(validatorAddr), missing) };
  },
);

const validatorDelegations = queryRoute(
  `${PATH}/ValidatorDelegations`,
  { request: QueryValidatorDelegationsRequest, response: QueryValidatorDelegationsResponse },
  (ctx, { validatorAddr, pagination: request }) => {
    const operator = validatorAddress(validatorAddr);
    const { delegations, delegators } = reading(ctx);
    const { entries, pagination } = delegators.page(request, { prefix: [operator] });
    const found = entries.map(([, delegator]) => delegations.getOrFail([delegator, operator]));
    return { delegationResponses: found.map((delegation) => withBalance(ctx, delegation)), pagination };
  },
);

const validatorUnbondings = queryRoute(
  `${PATH}/ValidatorUnbondingDelegations`,
  {
    request: QueryValidatorUnbondingDelegationsRequest,
    response: QueryValidatorUnbondingDelegationsResponse,
  },
  (ctx, { validatorAddr, pagination: request }) => {
    const operator = validatorAddress(validatorAddr);
    const { unbondings, unbondingsFrom } = reading(ctx);
    const { entries, pagination } = unbondingsFrom.page(request, { prefix: [operator] });
    return {
      unbondingResponses: entries.map(([, delegator]) => unbondings.getOrFail([delegator, operator])),
      pagination,
    };
  },
);

const historicalInfo = queryRoute(
  `${PATH}/HistoricalInfo`,
  { request: QueryHistoricalInfoRequest, response: QueryHistoricalInfoResponse },
  (ctx, { height }) => {
    if (height < 0n) throw SdkError.InvalidRequest("height cannot be negative");
    const hist = historyAt(ctx, toHeight(height));
    if (hist === undefined) throw SdkError.NotFound(`historical info for height ${height} not found`);
    return { hist };
  },
);

const pool = ({ token }: StakingPorts): QueryRoute =>
  queryRoute(`${PATH}/Pool`, { request: QueryPoolRequest, response: QueryPoolResponse }, (ctx) => ({
    pool: {
      notBondedTokens: token.moduleBalance(ctx, NOT_BONDED_POOL).toString(),
      bondedTokens: token.moduleBalance(ctx, BONDED_POOL).toString(),
    },
  }));

const params = queryRoute(
  `${PATH}/Params`,
  { request: QueryParamsRequest, response: QueryParamsResponse },
  (ctx) => ({
    params: reading(ctx).params.getOrFail(),
  }),
);

/** Validators, what is at stake with them, and what they were. */
export function validatorQueries(ports: StakingPorts): readonly QueryRoute[] {
  return [
    validators,
    validator,
    validatorDelegations,
    validatorUnbondings,
    historicalInfo,
    pool(ports),
    params,
  ];
}
