import type { ValidatorUpdate } from "../../chain/abci/index.js";
import { fromTimestamp, parseAddress, parseOperatorAddress, parseUopen } from "../../chain/codec/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Context, GenesisSpec, ReadContext } from "../../chain/kernel/index.js";
import {
  DEC_ZERO,
  addDec,
  parseScaledDec,
  sumUopen,
  toHeight,
  toHex,
  toVotingPower,
  utf8,
} from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { formatOperatorAddress } from "../../chain/codec/index.js";
import { BondStatus, GenesisState } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { tell } from "./ports.js";
import type { StakingPorts } from "./ports.js";
import { putRedelegation } from "./redelegations.js";
import { checkRates } from "./rules/commission.js";
import { BONDED_POOL, NOT_BONDED_POOL } from "./state.js";
import { putUnbonding } from "./unbondings.js";
import { updateValidatorSet } from "./validator-set.js";
import { consensusKeyOf, viewOf } from "./validator.js";
import type { ValidatorView } from "./validator.js";
import { isBonded, putValidator, reading, writing } from "./validators.js";

function refuse(why: string): Error {
  return SdkError.InvalidRequest(why);
}

function checkValidator(wire: Validator): ValidatorView {
  const { rate, maxRate, maxChangeRate } = wire.commission.commissionRates;
  checkRates({
    rate: parseScaledDec(rate),
    maxRate: parseScaledDec(maxRate),
    maxChangeRate: parseScaledDec(maxChangeRate),
  });
  fromTimestamp(wire.commission.updateTime);
  const view = viewOf(wire);
  if (view.delegatorShares < 0n) throw refuse(`${wire.operatorAddress} has negative shares`);
  if (view.delegatorShares === 0n && view.tokens > 0n)
    throw refuse(`${wire.operatorAddress} has stake of nobody`);
  return view;
}

/** The validators, each once, with the order by power and the queue of those that leave. */
function initValidators(
  ctx: Context,
  ports: StakingPorts,
  { validators: wires, exported }: GenesisState,
): readonly ValidatorView[] {
  const { validators, byConsensus, validatorQueue } = writing(ctx);
  return wires.map((wire) => {
    const view = checkValidator(wire);
    const { operator, consensusAddress } = view;
    if (validators.has(operator) || byConsensus.has(consensusAddress))
      throw refuse(`validator ${wire.operatorAddress} stands twice`);
    putValidator(ctx, operator, wire);
    byConsensus.set(consensusAddress, operator);
    if (wire.status === BondStatus.BOND_STATUS_UNBONDING) {
      validatorQueue.add([fromTimestamp(wire.unbondingTime), toHeight(wire.unbondingHeight), operator]);
    }
    if (!exported) tell(ports, (l) => l.afterValidatorCreated?.(ctx, operator));
    return view;
  });
}

/** Delegations, each once, to validators that are there and whose shares they add up to. */
function initDelegations(
  ctx: Context,
  ports: StakingPorts,
  { delegations: wires, exported }: GenesisState,
): void {
  const { delegations, delegators, validators } = writing(ctx);
  for (const wire of wires) {
    const [delegator, operator] = [
      parseAddress(wire.delegatorAddress),
      parseOperatorAddress(wire.validatorAddress),
    ];
    if (
      parseScaledDec(wire.shares) <= 0n ||
      !validators.has(operator) ||
      delegations.has([delegator, operator])
    ) {
      throw refuse(`delegation of ${wire.delegatorAddress} to ${wire.validatorAddress} cannot be`);
    }
    if (!exported) tell(ports, (l) => l.beforeDelegationCreated?.(ctx, delegator, operator));
    delegations.set([delegator, operator], wire);
    delegators.add([operator, delegator]);
    if (!exported) tell(ports, (l) => l.afterDelegationModified?.(ctx, delegator, operator));
  }
}

function checkShares(ctx: Context, views: readonly ValidatorView[]): void {
  const sums = new Map(views.map((v) => [toHex(v.operator), DEC_ZERO]));
  for (const [[, operator], { shares }] of reading(ctx).delegations.entries()) {
    sums.set(toHex(operator), addDec(sums.get(toHex(operator)) ?? DEC_ZERO, parseScaledDec(shares)));
  }
  for (const { operator, moniker, delegatorShares } of views) {
    const sum = sums.get(toHex(operator)) ?? DEC_ZERO;
    if (sum !== delegatorShares)
      throw refuse(`delegations to ${moniker} have ${sum} of its ${delegatorShares} shares`);
  }
}

function checkEntries(title: string, entries: readonly { readonly unbondingOnHoldRefCount: bigint }[]): void {
  if (entries.length === 0) throw refuse(`${title} has no entries`);
  if (entries.some((e) => e.unbondingOnHoldRefCount !== 0n))
    throw refuse(`${title} is on hold, which this chain does not know`);
}

/** What is leaving and what has moved, with their queues. */
function initDeparted(ctx: Context, { unbondingDelegations, redelegations }: GenesisState): void {
  const { unbondings, unbondingQueue, redelegations: moved, redelegationQueue } = writing(ctx);
  for (const { delegatorAddress, validatorAddress, entries } of unbondingDelegations) {
    const [delegator, operator] = [parseAddress(delegatorAddress), parseOperatorAddress(validatorAddress)];
    checkEntries(`unbonding of ${delegatorAddress}`, entries);
    if (unbondings.has([delegator, operator])) throw refuse(`unbonding of ${delegatorAddress} stands twice`);
    putUnbonding(ctx, { delegator, operator }, entries);
    for (const entry of entries)
      unbondingQueue.add([fromTimestamp(entry.completionTime), [delegator, operator]]);
  }
  for (const { delegatorAddress, validatorSrcAddress, validatorDstAddress, entries } of redelegations) {
    const delegator = parseAddress(delegatorAddress);
    const [source, destination] = [
      parseOperatorAddress(validatorSrcAddress),
      parseOperatorAddress(validatorDstAddress),
    ];
    checkEntries(`redelegation of ${delegatorAddress}`, entries);
    if (moved.has([delegator, source, destination]))
      throw refuse(`redelegation of ${delegatorAddress} stands twice`);
    putRedelegation(ctx, { delegator, source, destination }, entries);
    for (const { completionTime, sharesDst, initialBalance } of entries) {
      if (parseScaledDec(sharesDst) < 0n)
        throw refuse(`redelegation of ${delegatorAddress} has negative shares`);
      parseUopen(initialBalance);
      redelegationQueue.add([fromTimestamp(completionTime), [delegator, source, destination]]);
    }
  }
}

/** Numbers go on above all that are in use. */
function initIds(ctx: Context, { validators, unbondingDelegations, redelegations }: GenesisState): void {
  const entries = [
    ...unbondingDelegations.flatMap((u) => u.entries),
    ...redelegations.flatMap((r) => r.entries),
  ];
  const used = [...entries.map((e) => e.unbondingId), ...validators.flatMap((v) => v.unbondingIds)];
  const highest = used.reduce((most, id) => (id > most ? id : most), 0n);
  if (highest > 0n) writing(ctx).unbondingIds.set(highest + 1n);
}

/** The stake lies in the pools' accounts, or the document is refused. */
function checkPools(
  ctx: Context,
  { token }: StakingPorts,
  { validators, unbondingDelegations }: GenesisState,
): void {
  const bonded = sumUopen(validators.filter(isBonded).map((v) => parseUopen(v.tokens)));
  const idle = validators.filter((v) => !isBonded(v)).map((v) => parseUopen(v.tokens));
  const leaving = unbondingDelegations.flatMap((u) => u.entries).map((e) => parseUopen(e.balance));
  const want = { [BONDED_POOL]: bonded, [NOT_BONDED_POOL]: sumUopen([...idle, ...leaving]) };
  for (const pool of [BONDED_POOL, NOT_BONDED_POOL] as const) {
    const held = token.moduleBalance(ctx, pool);
    if (held !== want[pool]) throw refuse(`${pool} should hold ${want[pool]} uopen, it holds ${held}`);
  }
}

/** What the engine was told where the document comes from. */
function restoreSet(ctx: Context, { lastValidatorPowers }: GenesisState): readonly ValidatorUpdate[] {
  const { validators, told, totalPower } = writing(ctx);
  const updates = lastValidatorPowers.map(({ address, power }) => {
    const operator = parseOperatorAddress(address);
    const validator = validators.getOrFail(operator, () =>
      SdkError.InvalidRequest(`validator ${address} not found`),
    );
    if (!isBonded(validator) || told.has(operator) || power <= 0n)
      throw refuse(`validator ${address} cannot be in the last set`);
    told.set(operator, toVotingPower(power));
    return { publicKey: consensusKeyOf(validator), power: toVotingPower(power) };
  });
  for (const [operator, validator] of validators.entries()) {
    if (isBonded(validator) && !told.has(operator))
      throw refuse(`validator ${validator.operatorAddress} is bonded and not in the last set`);
  }
  totalPower.set(updates.reduce((sum, u) => sum + u.power, 0n));
  return updates;
}

/** The set of a new chain. Validators that the document calls bonded are told of as those that enter. */
function firstSet(
  ctx: Context,
  ports: StakingPorts,
  views: readonly ValidatorView[],
): readonly ValidatorUpdate[] {
  const { told } = writing(ctx);
  for (const { operator, consensusAddress } of views.filter((v) => v.status === "bonded")) {
    told.set(operator, toVotingPower(0n));
    tell(ports, (l) => l.afterValidatorBonded?.(ctx, consensusAddress, operator));
  }
  return updateValidatorSet(ctx, ports).filter((u) => u.power > 0n);
}

function init(ctx: Context, ports: StakingPorts, state: GenesisState): readonly ValidatorUpdate[] {
  checkParams(state.params);
  writing(ctx).params.set(state.params);
  const views = initValidators(ctx, ports, state);
  checkPools(ctx, ports, state);
  initDelegations(ctx, ports, state);
  checkShares(ctx, views);
  initDeparted(ctx, state);
  initIds(ctx, state);
  return state.exported ? restoreSet(ctx, state) : firstSet(ctx, ports, views);
}

function exportState(ctx: ReadContext): GenesisState {
  const { params, told, totalPower, validators, delegations, unbondings, redelegations } = reading(ctx);
  const powerOf = ([operator, power]: readonly [Address, bigint]) => ({
    address: formatOperatorAddress(operator),
    power,
  });
  return {
    params: params.getOrFail(),
    lastTotalPower: utf8((totalPower.get() ?? 0n).toString()),
    lastValidatorPowers: [...told.entries()].map(powerOf),
    validators: [...validators.values()],
    delegations: [...delegations.values()],
    unbondingDelegations: [...unbondings.values()],
    redelegations: [...redelegations.values()],
    exported: true,
  };
}

/** Validators, delegations and what is leaving; the engine gets its set from InitChain. History starts anew. */
export const stakingGenesis = (ports: StakingPorts): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => GenesisState.create({ params: DEFAULT_PARAMS }),
  init: (ctx, state) => init(ctx, ports, state),
  export: exportState,
});
