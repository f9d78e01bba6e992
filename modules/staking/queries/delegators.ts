import {
  QueryDelegationRequest,
  QueryDelegationResponse,
  QueryDelegatorDelegationsRequest,
  QueryDelegatorDelegationsResponse,
  QueryDelegatorUnbondingDelegationsRequest,
  QueryDelegatorUnbondingDelegationsResponse,
  QueryDelegatorValidatorRequest,
  QueryDelegatorValidatorResponse,
  QueryDelegatorValidatorsRequest,
  QueryDelegatorValidatorsResponse,
  QueryRedelegationsRequest,
  QueryRedelegationsResponse,
  QueryUnbondingDelegationRequest,
  QueryUnbondingDelegationResponse,
} from "../../../proto/gen/cosmos/staking/v1beta1.js";
import type { Redelegation } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { parseAddress, parseOperatorAddress } from "../../../chain/codec/index.js";
import { SdkError, queryRoute } from "../../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../../chain/kernel/index.js";
import type { PageResponse } from "../../../chain/store/index.js";
import { StakingError } from "../errors.js";
import { getValidator, reading } from "../validators.js";
import { delegatorAddress, validatorAddress, withBalance, withBalances } from "./answers.js";

const PATH = "/cosmos.staking.v1beta1.Query";

const delegation = queryRoute(
  `${PATH}/Delegation`,
  { request: QueryDelegationRequest, response: QueryDelegationResponse },
  (ctx, { delegatorAddr, validatorAddr }) => {
    const key = [delegatorAddress(delegatorAddr), validatorAddress(validatorAddr)] as const;
    const missing = () =>
      SdkError.NotFound(
        `delegation with delegator ${delegatorAddr} not found for validator ${validatorAddr}`,
      );
    return { delegationResponse: withBalance(ctx, reading(ctx).delegations.getOrFail(key, missing)) };
  },
);

const unbonding = queryRoute(
  `${PATH}/UnbondingDelegation`,
  { request: QueryUnbondingDelegationRequest, response: QueryUnbondingDelegationResponse },
  (ctx, { delegatorAddr, validatorAddr }) => {
    const key = [delegatorAddress(delegatorAddr), validatorAddress(validatorAddr)] as const;
    const missing = () =>
      SdkError.NotFound(
        `unbonding delegation with delegator ${delegatorAddr} not found for validator ${validatorAddr}`,
      );
    return { unbond: reading(ctx).unbondings.getOrFail(key, missing) };
  },
);

const delegations = queryRoute(
  `${PATH}/DelegatorDelegations`,
  { request: QueryDelegatorDelegationsRequest, response: QueryDelegatorDelegationsResponse },
  (ctx, { delegatorAddr, pagination: request }) => {
    const prefix = [delegatorAddress(delegatorAddr)] as const;
    const { entries, pagination } = reading(ctx).delegations.page(request, { prefix });
    return { delegationResponses: entries.map(([, found]) => withBalance(ctx, found)), pagination };
  },
);

const unbondings = queryRoute(
  `${PATH}/DelegatorUnbondingDelegations`,
  {
    request: QueryDelegatorUnbondingDelegationsRequest,
    response: QueryDelegatorUnbondingDelegationsResponse,
  },
  (ctx, { delegatorAddr, pagination: request }) => {
    const prefix = [delegatorAddress(delegatorAddr)] as const;
    const { entries, pagination } = reading(ctx).unbondings.page(request, { prefix });
    return { unbondingResponses: entries.map(([, found]) => found), pagination };
  },
);

const validator = queryRoute(
  `${PATH}/DelegatorValidator`,
  { request: QueryDelegatorValidatorRequest, response: QueryDelegatorValidatorResponse },
  (ctx, { delegatorAddr, validatorAddr }) => {
    const [delegator, operator] = [delegatorAddress(delegatorAddr), validatorAddress(validatorAddr)];
    if (!reading(ctx).delegations.has([delegator, operator])) throw StakingError.NoDelegation();
    return { validator: getValidator(ctx, operator) };
  },
);

const validators = queryRoute(
  `${PATH}/DelegatorValidators`,
  { request: QueryDelegatorValidatorsRequest, response: QueryDelegatorValidatorsResponse },
  (ctx, { delegatorAddr, pagination: request }) => {
    // The SDK asks for no address here, and says what its parser says.
    const prefix = [parseAddress(delegatorAddr)] as const;
    const { entries, pagination } = reading(ctx).delegations.page(request, { prefix });
    return { validators: entries.map(([[, operator]]) => getValidator(ctx, operator)), pagination };
  },
);

interface Found {
  readonly redelegations: readonly Redelegation[];
  readonly pagination: PageResponse | undefined;
}

function oneMove(ctx: ReadContext, request: QueryRedelegationsRequest): Found {
  const { delegatorAddr, srcValidatorAddr, dstValidatorAddr } = request;
  const key = [
    parseAddress(delegatorAddr),
    parseOperatorAddress(srcValidatorAddr),
    parseOperatorAddress(dstValidatorAddr),
  ] as const;
  const names = `delegator address ${delegatorAddr} from validator address ${srcValidatorAddr}`;
  const found = reading(ctx).redelegations.getOrFail(key, () =>
    SdkError.NotFound(`redelegation not found for ${names}`),
  );
  return { redelegations: [found], pagination: undefined };
}

function movesFrom(ctx: ReadContext, request: QueryRedelegationsRequest): Found {
  const { redelegations, redelegationsFrom } = reading(ctx);
  const prefix = [parseOperatorAddress(request.srcValidatorAddr)] as const;
  const { entries, pagination } = redelegationsFrom.page(request.pagination, { prefix });
  const found = entries.map(([source, delegator, destination]) =>
    redelegations.getOrFail([delegator, source, destination]),
  );
  return { redelegations: found, pagination };
}

function movesOf(ctx: ReadContext, request: QueryRedelegationsRequest): Found {
  const prefix = [parseAddress(request.delegatorAddr)] as const;
  const { entries, pagination } = reading(ctx).redelegations.page(request.pagination, { prefix });
  return { redelegations: entries.map(([, found]) => found), pagination };
}

/** One move when all three are named, those from a validator when it alone is, otherwise the delegator's. */
function findMoves(ctx: ReadContext, request: QueryRedelegationsRequest): Found {
  const { delegatorAddr, srcValidatorAddr, dstValidatorAddr } = request;
  if (delegatorAddr !== "" && srcValidatorAddr !== "" && dstValidatorAddr !== "")
    return oneMove(ctx, request);
  if (delegatorAddr === "" && srcValidatorAddr !== "" && dstValidatorAddr === "")
    return movesFrom(ctx, request);
  return movesOf(ctx, request);
}

const redelegations = queryRoute(
  `${PATH}/Redelegations`,
  { request: QueryRedelegationsRequest, response: QueryRedelegationsResponse },
  (ctx, request) => {
    const { redelegations: found, pagination } = findMoves(ctx, request);
    return { redelegationResponses: found.map((r) => withBalances(ctx, r)), pagination };
  },
);

/** What accounts have at stake, what is leaving, and what has moved. */
export const delegatorQueries: readonly QueryRoute[] = [
  delegation,
  unbonding,
  delegations,
  unbondings,
  validator,
  validators,
  redelegations,
];
