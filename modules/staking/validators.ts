import { parseOperatorAddress, parseUopen } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { Fault, parseScaledDec, toAddress } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { BondStatus } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { StakingError } from "./errors.js";
import { tell } from "./ports.js";
import type { StakingPorts } from "./ports.js";
import type { StakePool } from "./rules/shares.js";
import { STAKING_STORE, stakingState } from "./state.js";
import { consensusKeyOf, powerOf } from "./validator.js";

/** The books of validators: every write keeps the order by power in step. */

export function writing(ctx: Context): ReturnType<typeof stakingState.open> {
  return stakingState.open(ctx.store(STAKING_STORE));
}

export function reading(stores: ReadStores): ReturnType<typeof stakingState.read> {
  return stakingState.read(stores.store(STAKING_STORE));
}

/** @throws Reject staking/3. */
export function getValidator(stores: ReadStores, operator: Address): Validator {
  return reading(stores).validators.getOrFail(operator, StakingError.NoValidatorFound);
}

export function findByConsensus(stores: ReadStores, address: Uint8Array): Validator | undefined {
  if (address.length !== 20) return undefined;
  const { byConsensus, validators } = reading(stores);
  const operator = byConsensus.get(toAddress(address));
  return operator && validators.getOrFail(operator);
}

export function isBonded({ status }: Validator): boolean {
  return status === BondStatus.BOND_STATUS_BONDED;
}

export function isUnbonded({ status }: Validator): boolean {
  return status === BondStatus.BOND_STATUS_UNBONDED;
}

export function stakeOf({ tokens, delegatorShares }: Validator): StakePool {
  return { tokens: parseUopen(tokens), shares: parseScaledDec(delegatorShares) };
}

export function withStake(validator: Validator, { tokens, shares }: StakePool): Validator {
  return { ...validator, tokens: tokens.toString(), delegatorShares: shares.toString() };
}

function turnedOver(address: Uint8Array): Address {
  return toAddress(address.map((byte) => 255 - byte));
}

/** Read backwards, the strongest comes first, and of equals the one with the lower address (x/staking/types/keys.go). */
export function rankOf(operator: Address, validator: Validator): readonly [bigint, Address] {
  return [powerOf(parseUopen(validator.tokens)), turnedOver(operator)];
}

/** Operators out of jail, the strongest first. */
export function* operatorsByPower(stores: ReadStores): Generator<Address> {
  for (const [, address] of reading(stores).byPower.keys({ reverse: true })) yield turnedOver(address);
}

/** Writes a validator and its place among the others. The set is worked out again when power or jail changed. */
export function putValidator(ctx: Context, operator: Address, after: Validator): void {
  const { validators, byPower, stale, unrecorded } = writing(ctx);
  const before = validators.get(operator);
  validators.set(operator, after);
  unrecorded.set(true);
  const old = before === undefined || before.jailed ? undefined : rankOf(operator, before);
  const now = after.jailed ? undefined : rankOf(operator, after);
  if (old?.[0] === now?.[0]) return;
  if (old !== undefined) byPower.delete(old);
  if (now !== undefined) byPower.add(now);
  stale.set(true);
}

/** A validator that nothing is at stake with and that is out of the set for good. @throws Fault when it is not. */
export function removeValidator(ctx: Context, ports: StakingPorts, validator: Validator): void {
  const operator = parseOperatorAddress(validator.operatorAddress);
  if (!isUnbonded(validator) || validator.tokens !== "0") {
    throw new Fault("only an unbonded validator without stake can be removed", {
      operator: validator.operatorAddress,
    });
  }
  const consensus = ed25519Address(consensusKeyOf(validator));
  const { validators, byConsensus, byPower } = writing(ctx);
  validators.delete(operator);
  byConsensus.delete(consensus);
  byPower.delete(rankOf(operator, validator));
  tell(ports, (l) => l.afterValidatorRemoved?.(ctx, consensus, operator));
}

/** Out of the set, or into the order again; the engine learns of it at the end of the block. Nothing when it is so already. */
export function setJailed(ctx: Context, operator: Address, jailed: boolean): void {
  const validator = getValidator(ctx, operator);
  if (validator.jailed !== jailed) putValidator(ctx, operator, { ...validator, jailed });
}
