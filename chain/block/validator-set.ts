import { ed25519Address } from "../crypto/index.js";
import { compareBigints, compareBytes, equalBytes, toHex, toVotingPower } from "../primitives/index.js";
import type { Address, VotingPower } from "../primitives/index.js";
import { CometError } from "./errors.js";
import { MAX_TOTAL_POWER, MAX_VALIDATORS } from "./limits.js";
import { centre, incrementPriority, rescale } from "./rotation.js";
import type { Validator, ValidatorSet } from "./types.js";

/** Building and changing validator sets (CometBFT types/validator_set.go; cosmos-formats.md §4.10). */

/** What the application asks for; the ABCI `ValidatorUpdate` has this shape. */
export interface ValidatorChange {
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 0 removes the validator. */
  readonly power: VotingPower;
}

interface Change extends ValidatorChange {
  readonly address: Address;
}

/** Power descending, then address ascending: the order of commits, bit arrays and the validator hash. */
export function compareValidators(a: Validator, b: Validator): number {
  return compareBigints(b.power, a.power) || compareBytes(a.address, b.address);
}

/** @throws Reject comet/13 on a bad key, comet/4 on a bad power, comet/13 on two changes for one key. */
function parseChanges(changes: readonly ValidatorChange[]): Change[] {
  if (changes.length > MAX_VALIDATORS) throw CometError.LimitExceeded(`${changes.length} validator changes`);
  const parsed = changes.map(({ publicKey, power }) => {
    if (publicKey.length !== 32)
      throw CometError.InvalidValidators(`an ed25519 key has 32 bytes, not ${publicKey.length}`);
    if (power < 0n || power > MAX_TOTAL_POWER) throw CometError.OutOfRange(`voting power ${power}`);
    return { publicKey, power, address: ed25519Address(publicKey) };
  });
  parsed.sort((a, b) => compareBytes(a.address, b.address));
  parsed.forEach((change, i) => {
    const previous = parsed[i - 1];
    if (previous !== undefined && equalBytes(previous.address, change.address)) {
      throw CometError.InvalidValidators(`two changes for validator ${toHex(change.address)}`);
    }
  });
  return parsed;
}

function sumPower(validators: readonly Validator[]): bigint {
  return validators.reduce((sum, v) => sum + v.power, 0n);
}

/**
 * A set with these priorities, in set order, centred and within the priority window.
 * @throws Reject comet/13 when empty, comet/4 when the total power is above the cap, comet/3 when too many.
 */
function settle(validators: readonly Validator[], proposer: Validator | undefined): ValidatorSet {
  if (validators.length > MAX_VALIDATORS) throw CometError.LimitExceeded(`${validators.length} validators`);
  const total = sumPower(validators);
  if (total > MAX_TOTAL_POWER) throw CometError.OutOfRange(`total voting power ${total}`);
  const priorities = centre(
    rescale(
      validators.map((v) => v.priority),
      2n * total,
    ),
  );
  const ordered = validators.map((v, i) => ({ ...v, priority: priorities[i] ?? 0n })).sort(compareValidators);
  const first = ordered[0];
  if (first === undefined) throw CometError.InvalidValidators("no validator would be left");
  return { validators: ordered, totalPower: toVotingPower(total), proposer: proposer ?? first };
}

/** Where newcomers start: 1.125 times the total power below zero, so that leaving and rejoining gains no turn. */
function newcomerPriority(total: bigint): bigint {
  return -(total + (total >> 3n));
}

/**
 * Powers changed, validators added and, where allowed, removed (power 0). A newcomer's priority comes from the total
 * power after the updates and before the removals.
 */
function change(validators: readonly Validator[], changes: readonly Change[]): readonly Validator[] {
  const known = new Map(validators.map((v) => [toHex(v.address), v]));
  const removedPower = changes
    .filter((c) => c.power === 0n)
    .reduce((sum, c) => {
      const old = known.get(toHex(c.address));
      if (old === undefined)
        throw CometError.InvalidValidators(`cannot remove unknown validator ${toHex(c.address)}`);
      return sum + old.power;
    }, 0n);
  const updates = changes.filter((c) => c.power > 0n);
  const growth = updates.reduce((sum, c) => sum + c.power - (known.get(toHex(c.address))?.power ?? 0n), 0n);
  const before = sumPower(validators) + growth;
  if (before - removedPower > MAX_TOTAL_POWER)
    throw CometError.OutOfRange(`total voting power ${before - removedPower}`);

  const touched = new Set(changes.map((c) => toHex(c.address)));
  const updated = updates.map((c) => ({
    address: c.address,
    publicKey: c.publicKey,
    power: c.power,
    priority: known.get(toHex(c.address))?.priority ?? newcomerPriority(before),
  }));
  return [...validators.filter((v) => !touched.has(toHex(v.address))), ...updated];
}

/**
 * The set of a genesis or InitChain: every validator new, then one increment, which names the first proposer.
 * @throws Reject comet/13 on no validator, a power of zero, a bad or repeated key; comet/4 above the power cap.
 */
export function createValidatorSet(changes: readonly ValidatorChange[]): ValidatorSet {
  const parsed = parseChanges(changes);
  if (parsed.some((c) => c.power === 0n))
    throw CometError.InvalidValidators("a new set cannot remove validators");
  return incrementPriority(settle(change([], parsed), undefined), 1);
}

/**
 * The set after the application's updates; the same set when there are none. The proposer is as before until the next
 * increment. The engine applies updates of height H to the set that acts from H+2.
 * @throws Reject comet/13 on removing an unknown validator or the last one, a bad or repeated key; comet/4 above the cap.
 */
export function applyUpdates(set: ValidatorSet, changes: readonly ValidatorChange[]): ValidatorSet {
  if (changes.length === 0) return set;
  return settle(change(set.validators, parseChanges(changes)), set.proposer);
}

/** Position of each address, built once per set: commits are checked against sets of thousands. */
const positions = new WeakMap<ValidatorSet, ReadonlyMap<string, number>>();

/** Position in set order, or -1. */
export function indexOfValidator(set: ValidatorSet, address: Uint8Array): number {
  let index = positions.get(set);
  if (index === undefined) {
    index = new Map(set.validators.map((v, i) => [toHex(v.address), i]));
    positions.set(set, index);
  }
  return index.get(toHex(address)) ?? -1;
}

/** The validator with this address, or undefined. */
export function findValidator(set: ValidatorSet, address: Uint8Array): Validator | undefined {
  return set.validators[indexOfValidator(set, address)];
}
