import {
  QueryCommunityPoolRequest,
  QueryCommunityPoolResponse,
  QueryDelegationRewardsRequest,
  QueryDelegationRewardsResponse,
  QueryDelegationTotalRewardsRequest,
  QueryDelegationTotalRewardsResponse,
  QueryDelegatorValidatorsRequest,
  QueryDelegatorValidatorsResponse,
  QueryDelegatorWithdrawAddressRequest,
  QueryDelegatorWithdrawAddressResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryValidatorCommissionRequest,
  QueryValidatorCommissionResponse,
  QueryValidatorDistributionInfoRequest,
  QueryValidatorDistributionInfoResponse,
  QueryValidatorOutstandingRewardsRequest,
  QueryValidatorOutstandingRewardsResponse,
  QueryValidatorSlashesRequest,
  QueryValidatorSlashesResponse,
} from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { formatAddress, formatOperatorAddress, parseAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import { SdkError, queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import { DEC_ZERO, addDec, decFromInt } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { toDecCoins } from "./dec-coins.js";
import { findStake, rewardsNow, withdrawAddressOf } from "./delegations.js";
import { AbsentStake } from "./errors.js";
import { dustOf } from "./pool.js";
import type { CommunityPool } from "./pool.js";
import type { DistributionPorts } from "./ports.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

const PATH = "/cosmos.distribution.v1beta1.Query";

function state(ctx: ReadContext): ReturnType<typeof distributionState.read> {
  return distributionState.read(ctx.store(DISTRIBUTION_STORE));
}

/** @throws Reject sdk/18 when empty, sdk/7. */
function delegatorAt(text: string): Address {
  if (text === "") throw SdkError.InvalidRequest("empty delegator address");
  return parseAddress(text);
}

/** @throws Reject sdk/18 when empty, sdk/7. */
function operatorAt(text: string): Address {
  if (text === "") throw SdkError.InvalidRequest("empty validator address");
  return parseOperatorAddress(text);
}

/** @throws Reject as above, staking/3 without such a validator. */
function validatorAt(ctx: ReadContext, { staking }: DistributionPorts, text: string): Address {
  const operator = operatorAt(text);
  if (staking.byOperator(ctx, operator) === undefined) throw AbsentStake.NoValidatorFound();
  return operator;
}

const validatorQueries = (ports: DistributionPorts): readonly QueryRoute[] => [
  queryRoute(
    `${PATH}/ValidatorDistributionInfo`,
    { request: QueryValidatorDistributionInfoRequest, response: QueryValidatorDistributionInfoResponse },
    (ctx, { validatorAddress }) => {
      const operator = operatorAt(validatorAddress);
      const stake = findStake(ports, ctx, { delegator: operator, operator });
      return {
        operatorAddress: formatAddress(operator),
        selfBondRewards: toDecCoins(rewardsNow(ctx, stake)),
        commission: state(ctx).commissions.getOrFail(operator).commission,
      };
    },
  ),
  queryRoute(
    `${PATH}/ValidatorOutstandingRewards`,
    { request: QueryValidatorOutstandingRewardsRequest, response: QueryValidatorOutstandingRewardsResponse },
    (ctx, { validatorAddress }) => ({
      rewards: state(ctx).outstanding.getOrFail(validatorAt(ctx, ports, validatorAddress)),
    }),
  ),
  queryRoute(
    `${PATH}/ValidatorCommission`,
    { request: QueryValidatorCommissionRequest, response: QueryValidatorCommissionResponse },
    (ctx, { validatorAddress }) => ({
      commission: state(ctx).commissions.getOrFail(validatorAt(ctx, ports, validatorAddress)),
    }),
  ),
  queryRoute(
    `${PATH}/ValidatorSlashes`,
    { request: QueryValidatorSlashesRequest, response: QueryValidatorSlashesResponse },
    // The SDK compares its "heights" with the period that the slash ended; wallets have come to rely on it.
    (ctx, { validatorAddress, startingHeight: from, endingHeight: to, pagination: page }) => {
      const operator = operatorAt(validatorAddress);
      if (to < from) throw SdkError.InvalidRequest(`starting height greater than ending height (${from} > ${to})`);
      const { entries, pagination } = state(ctx).slashes.page(page, {
        prefix: [operator],
        keep: (_, { validatorPeriod }) => validatorPeriod >= from && validatorPeriod <= to,
      });
      return { slashes: entries.map(([, slash]) => slash), pagination };
    },
  ),
];

const delegatorQueries = (ports: DistributionPorts): readonly QueryRoute[] => [
  queryRoute(
    `${PATH}/DelegationRewards`,
    { request: QueryDelegationRewardsRequest, response: QueryDelegationRewardsResponse },
    (ctx, { delegatorAddress, validatorAddress }) => {
      const [delegator, operator] = [delegatorAt(delegatorAddress), operatorAt(validatorAddress)];
      return { rewards: toDecCoins(rewardsNow(ctx, findStake(ports, ctx, { delegator, operator }))) };
    },
  ),
  queryRoute(
    `${PATH}/DelegationTotalRewards`,
    { request: QueryDelegationTotalRewardsRequest, response: QueryDelegationTotalRewardsResponse },
    (ctx, { delegatorAddress }) => {
      const delegator = delegatorAt(delegatorAddress);
      const found = ports.staking.delegationsOf(ctx, delegator).map(({ operator }) => {
        return { operator, reward: rewardsNow(ctx, findStake(ports, ctx, { delegator, operator })) };
      });
      return {
        rewards: found.map(({ operator, reward }) => {
          return { validatorAddress: formatOperatorAddress(operator), reward: toDecCoins(reward) };
        }),
        total: toDecCoins(found.reduce((sum, { reward }) => addDec(sum, reward), DEC_ZERO)),
      };
    },
  ),
  queryRoute(
    `${PATH}/DelegatorValidators`,
    { request: QueryDelegatorValidatorsRequest, response: QueryDelegatorValidatorsResponse },
    (ctx, { delegatorAddress }) => {
      const found = ports.staking.delegationsOf(ctx, delegatorAt(delegatorAddress));
      return { validators: found.map(({ operator }) => formatOperatorAddress(operator)) };
    },
  ),
  queryRoute(
    `${PATH}/DelegatorWithdrawAddress`,
    { request: QueryDelegatorWithdrawAddressRequest, response: QueryDelegatorWithdrawAddressResponse },
    (ctx, { delegatorAddress }) => ({
      withdrawAddress: formatAddress(withdrawAddressOf(ctx, delegatorAt(delegatorAddress))),
    }),
  ),
];

export const queries = (ports: DistributionPorts, pool: CommunityPool): readonly QueryRoute[] => [
  queryRoute(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
    params: state(ctx).params.getOrFail(),
  })),
  ...validatorQueries(ports),
  ...delegatorQueries(ports),
  queryRoute(
    `${PATH}/CommunityPool`,
    { request: QueryCommunityPoolRequest, response: QueryCommunityPoolResponse },
    (ctx) => ({ pool: toDecCoins(addDec(decFromInt(pool.available(ctx, ctx.block.time)), dustOf(ctx))) }),
  ),
];
