import type { ValidatorUpdate } from "../../chain/abci/index.js";
import { parseUopen, toTimestamp, fromTimestamp } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { sumUopen, toHeight, toHex, toUopen, toVotingPower } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { BondStatus } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { tell } from "./ports.js";
import type { StakingPorts } from "./ports.js";
import { BONDED_POOL, NOT_BONDED_POOL } from "./state.js";
import { completionTime } from "./times.js";
import { consensusKeyOf, powerOf } from "./validator.js";
import {
  getValidator,
  isBonded,
  isUnbonded,
  operatorsByPower,
  putValidator,
  removeValidator,
  writing,
} from "./validators.js";

/** Who signs blocks: the strongest out of jail, as many as params say (x/staking/keeper/val_state_change.go). */

function tokensOf(validator: Validator): bigint {
  return parseUopen(validator.tokens);
}

interface Ranked {
  readonly operator: Address;
  /** As it was before the set was worked out. */
  readonly validator: Validator;
}

/** The strongest that have any power at all, in order. */
function strongest(ctx: Context): readonly Ranked[] {
  const { params, validators } = writing(ctx);
  const most = params.getOrFail().maxValidators;
  const found: Ranked[] = [];
  for (const operator of operatorsByPower(ctx)) {
    const validator = validators.getOrFail(operator);
    if (found.length >= most || powerOf(tokensOf(validator)) === 0n) break;
    found.push({ operator, validator });
  }
  return found;
}

function queueKey(operator: Address, { unbondingTime, unbondingHeight }: Validator) {
  return [fromTimestamp(unbondingTime), toHeight(unbondingHeight), operator] as const;
}

function bond(ctx: Context, ports: StakingPorts, operator: Address): void {
  const validator = getValidator(ctx, operator);
  if (!isUnbonded(validator)) writing(ctx).validatorQueue.delete(queueKey(operator, validator));
  putValidator(ctx, operator, { ...validator, status: BondStatus.BOND_STATUS_BONDED });
  const consensus = ed25519Address(consensusKeyOf(validator));
  tell(ports, (l) => l.afterValidatorBonded?.(ctx, consensus, operator));
}

function beginUnbonding(ctx: Context, ports: StakingPorts, operator: Address): void {
  const validator = getValidator(ctx, operator);
  const { unbondingIds, validatorQueue } = writing(ctx);
  const after: Validator = {
    ...validator,
    status: BondStatus.BOND_STATUS_UNBONDING,
    unbondingTime: toTimestamp(completionTime(ctx)),
    unbondingHeight: ctx.block.height,
    unbondingIds: [...validator.unbondingIds, unbondingIds.next()],
  };
  putValidator(ctx, operator, after);
  validatorQueue.add(queueKey(operator, after));
  const consensus = ed25519Address(consensusKeyOf(validator));
  tell(ports, (l) => l.afterValidatorBeginUnbonding?.(ctx, consensus, operator));
}

/** One transfer between the pools for all that came and went. */
function movePools(ctx: Context, { token }: StakingPorts, came: bigint, went: bigint): void {
  if (came > went) token.moduleToModule(ctx, NOT_BONDED_POOL, BONDED_POOL, toUopen(came - went));
  if (went > came) token.moduleToModule(ctx, BONDED_POOL, NOT_BONDED_POOL, toUopen(went - came));
}

/** Tells the engine of one validator whose power it does not know yet. */
function retell(ctx: Context, { operator, validator }: Ranked, updates: ValidatorUpdate[]): void {
  const { told } = writing(ctx);
  const power = powerOf(tokensOf(validator));
  if (told.get(operator) === power) return;
  told.set(operator, power);
  updates.push({ publicKey: consensusKeyOf(validator), power });
}

/** Those the engine still has and the new set has not, by operator. */
function leaving(ctx: Context, staying: readonly Ranked[]): readonly Ranked[] {
  const { told, validators } = writing(ctx);
  const stay = new Set(staying.map((s) => toHex(s.operator)));
  const gone = [...told.keys()].filter((operator) => !stay.has(toHex(operator)));
  return gone.map((operator) => ({ operator, validator: validators.getOrFail(operator) }));
}

function stakeTogether(ranked: readonly Ranked[]): bigint {
  return sumUopen(ranked.map(({ validator }) => parseUopen(validator.tokens)));
}

/**
 * Works the set out anew where something changed, and returns what the engine has to know: it acts two blocks later. Work:
 * as many validators as the set may have.
 *
 * A set is never told to be empty, which no chain would come back from: the last validators stay until another is there
 * (ADR 0117).
 */
export function updateValidatorSet(ctx: Context, ports: StakingPorts): readonly ValidatorUpdate[] {
  const { told, stale, totalPower } = writing(ctx);
  if (!stale.has()) return [];
  const set = strongest(ctx);
  if (set.length === 0) return [];
  const entering = set.filter(({ validator }) => !isBonded(validator));
  const updates: ValidatorUpdate[] = [];
  for (const { operator } of entering) bond(ctx, ports, operator);
  for (const ranked of set) retell(ctx, ranked, updates);
  const gone = leaving(ctx, set);
  for (const { operator, validator } of gone) {
    beginUnbonding(ctx, ports, operator);
    told.delete(operator);
    updates.push({ publicKey: consensusKeyOf(validator), power: toVotingPower(0n) });
  }
  movePools(ctx, ports, stakeTogether(entering), stakeTogether(gone));
  totalPower.set([...told.entries()].reduce<bigint>((sum, [, power]) => sum + power, 0n));
  stale.delete();
  return updates;
}

/** The unbonding of a validator is over: nothing that it signed can be punished any more. Without delegators, it is forgotten. */
export function completeValidatorUnbonding(ctx: Context, ports: StakingPorts, operator: Address): void {
  const after: Validator = {
    ...getValidator(ctx, operator),
    status: BondStatus.BOND_STATUS_UNBONDED,
    unbondingIds: [],
  };
  putValidator(ctx, operator, after);
  if (after.delegatorShares === "0") removeValidator(ctx, ports, after);
}
