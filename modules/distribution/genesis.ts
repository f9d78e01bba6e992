import { GenesisState } from "../../proto/gen/cosmos/distribution/v1beta1.js";
import {
  formatAddress,
  formatOperatorAddress,
  parseAddress,
  parseConsensusAddress,
  parseOperatorAddress,
} from "../../chain/codec/index.js";
import { Fault, addDec, decFromInt, formatDec, parseScaledDec } from "../../chain/primitives/index.js";
import type { Dec } from "../../chain/primitives/index.js";
import type { Context, GenesisSpec, ReadContext } from "../../chain/kernel/index.js";
import { parseDecCoins } from "./dec-coins.js";
import { DistributionError } from "./errors.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import type { DistributionPorts } from "./ports.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

type State = ReturnType<typeof distributionState.open>;

function readPools(state: State, doc: GenesisState): void {
  for (const { validatorAddress, outstandingRewards } of doc.outstandingRewards) {
    state.outstanding.set(parseOperatorAddress(validatorAddress), { rewards: outstandingRewards });
  }
  for (const { validatorAddress, accumulated } of doc.validatorAccumulatedCommissions) {
    parseDecCoins(accumulated.commission);
    state.commissions.set(parseOperatorAddress(validatorAddress), accumulated);
  }
  for (const { validatorAddress, rewards } of doc.validatorCurrentRewards) {
    parseDecCoins(rewards.rewards);
    state.current.set(parseOperatorAddress(validatorAddress), rewards);
  }
}

function readHistory(state: State, doc: GenesisState): void {
  for (const { validatorAddress, period, rewards } of doc.validatorHistoricalRewards) {
    parseDecCoins(rewards.cumulativeRewardRatio);
    state.historical.set([parseOperatorAddress(validatorAddress), period], rewards);
  }
  for (const { validatorAddress, delegatorAddress, startingInfo } of doc.delegatorStartingInfos) {
    if (parseScaledDec(startingInfo.stake) < 0n) throw DistributionError.InvalidGenesis("a negative stake");
    state.startingInfos.set([parseOperatorAddress(validatorAddress), parseAddress(delegatorAddress)], startingInfo);
  }
  for (const { validatorAddress, height, period, validatorSlashEvent } of doc.validatorSlashEvents) {
    state.slashes.set([parseOperatorAddress(validatorAddress), height, period], validatorSlashEvent);
  }
}

/** Each record leads to those it needs, so that no message or block meets a hole. */
function checkLinks(state: State): void {
  const has = (...found: readonly boolean[]): boolean => found.every((f) => f);
  for (const [operator, { period }] of state.current.entries()) {
    if (period === 0n || !has(state.outstanding.has(operator), state.commissions.has(operator), state.historical.has([operator, period - 1n])))
      throw DistributionError.InvalidGenesis(`incomplete records of ${formatOperatorAddress(operator)}`);
  }
  for (const [[operator, delegator], info] of state.startingInfos.entries()) {
    if (!has(state.current.has(operator), state.historical.has([operator, info.previousPeriod])))
      throw DistributionError.InvalidGenesis(`delegation of ${formatAddress(delegator)} without its history`);
  }
  for (const [[operator, , period], { validatorPeriod, fraction }] of state.slashes.entries()) {
    const slashed = parseScaledDec(fraction);
    if (period !== validatorPeriod || slashed < 0n || slashed > decFromInt(1n) || !has(state.historical.has([operator, period])))
      throw DistributionError.InvalidGenesis(`slash of ${formatOperatorAddress(operator)} without its history`);
  }
}

/** Everything that the module's account owes, dust included. */
export function owedByAccount(ctx: ReadContext): Dec {
  const { outstanding, dust } = distributionState.read(ctx.store(DISTRIBUTION_STORE));
  const pools = [...outstanding.values()].map(({ rewards }) => parseDecCoins(rewards));
  return pools.reduce(addDec, parseDecCoins(dust.getOrFail().communityPool));
}

function checkCoins(ctx: Context, { token }: DistributionPorts): void {
  const [owed, held] = [owedByAccount(ctx), token.moduleBalance(ctx, DISTRIBUTION_STORE)];
  if (owed !== decFromInt(held))
    throw DistributionError.InvalidGenesis(`the module owes ${formatDec(owed)} uopen and its account holds ${held}`);
}

/** Must come before staking, whose hooks write here. `previous_proposer` of the SDK decides nothing and is not kept. */
export const distributionGenesis = (ports: DistributionPorts): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => GenesisState.create({ params: DEFAULT_PARAMS, feePool: { communityPool: [] } }),
  init(ctx, doc) {
    checkParams(doc.params);
    if (doc.previousProposer !== "") parseConsensusAddress(doc.previousProposer);
    const state = distributionState.open(ctx.store(DISTRIBUTION_STORE));
    state.params.set(doc.params);
    state.dust.set(doc.feePool);
    for (const { delegatorAddress, withdrawAddress } of doc.delegatorWithdrawInfos) {
      state.withdrawAddresses.set(parseAddress(delegatorAddress), parseAddress(withdrawAddress));
    }
    readPools(state, doc);
    readHistory(state, doc);
    checkLinks(state);
    checkCoins(ctx, ports);
    return [];
  },
  export: exportState,
});

function exportState(ctx: ReadContext): GenesisState {
  const state = distributionState.read(ctx.store(DISTRIBUTION_STORE));
  const params = state.params.get();
  if (params === undefined) throw new Fault("distribution was never initialised");
  return GenesisState.create({
    params,
    feePool: state.dust.getOrFail(),
    delegatorWithdrawInfos: [...state.withdrawAddresses.entries()].map(([delegator, withdraw]) => {
      return { delegatorAddress: formatAddress(delegator), withdrawAddress: formatAddress(withdraw) };
    }),
    outstandingRewards: [...state.outstanding.entries()].map(([operator, { rewards }]) => {
      return { validatorAddress: formatOperatorAddress(operator), outstandingRewards: rewards };
    }),
    validatorAccumulatedCommissions: [...state.commissions.entries()].map(([operator, accumulated]) => {
      return { validatorAddress: formatOperatorAddress(operator), accumulated };
    }),
    validatorHistoricalRewards: [...state.historical.entries()].map(([[operator, period], rewards]) => {
      return { validatorAddress: formatOperatorAddress(operator), period, rewards };
    }),
    validatorCurrentRewards: [...state.current.entries()].map(([operator, rewards]) => {
      return { validatorAddress: formatOperatorAddress(operator), rewards };
    }),
    delegatorStartingInfos: [...state.startingInfos.entries()].map(([[operator, delegator], startingInfo]) => {
      return { validatorAddress: formatOperatorAddress(operator), delegatorAddress: formatAddress(delegator), startingInfo };
    }),
    validatorSlashEvents: [...state.slashes.entries()].map(([[operator, height, period], validatorSlashEvent]) => {
      return { validatorAddress: formatOperatorAddress(operator), height, period, validatorSlashEvent };
    }),
  });
}
