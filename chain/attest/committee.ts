import { sha256 } from "../crypto/index.js";
import { compareBigints, compareBytes, concatBytes, toHex, toVotingPower, u64be, utf8 } from "../primitives/index.js";
import type { Address, VotingPower } from "../primitives/index.js";

export interface CommitteeMember {
  readonly validator: Address;
  /** Voting power, or seats where the committee was drawn. */
  readonly power: VotingPower;
}

const DOMAIN = utf8("openledger/attest/committee/v1");

/** A uniform number below `bound` from a seed and a counter; 256 bits make the bias of the modulus negligible. */
function draw(seed: Uint8Array, counter: number, bound: bigint): bigint {
  const digest = sha256(concatBytes(DOMAIN, seed, u64be(BigInt(counter))));
  let value = 0n;
  for (const byte of digest) value = (value << 8n) | BigInt(byte);
  return value % bound;
}

export interface CommitteeRules {
  /** Seats. */
  readonly size: number;
  readonly seed: Uint8Array;
  /** Never drawn. */
  readonly excluded: readonly Uint8Array[];
  /** Not drawn where the others are enough to judge without them. */
  readonly avoided: readonly Uint8Array[];
}

function without(members: readonly CommitteeMember[], left: readonly Uint8Array[]): readonly CommitteeMember[] {
  const names = new Set(left.map(toHex));
  return members.filter((m) => !names.has(toHex(m.validator)));
}

const powerOf = (members: readonly CommitteeMember[]): bigint => members.reduce((sum, m) => sum + m.power, 0n);

/**
 * A draw among those that nothing speaks against, if they hold two thirds of the power that may be drawn; otherwise among
 * those to be avoided as well. Whoever lacks a third of the whole has then at most half of what is drawn from: leaving out
 * the great validators of an earlier committee must not hand the next one to many small ones of one owner (ADR 0102).
 */
export function composeCommittee(validators: readonly CommitteeMember[], rules: CommitteeRules): readonly CommitteeMember[] {
  const eligible = without(validators, rules.excluded);
  const fresh = without(eligible, rules.avoided);
  const isEnough = powerOf(fresh) * 3n >= powerOf(eligible) * 2n;
  return drawCommittee(isEnough ? fresh : eligible, rules.size, rules.seed);
}

/**
 * Everyone, by power, while at most `size`. Beyond that `size` seats, each drawn by itself with a chance proportional to
 * power: a member's weight is then its seats, so that a part of the power has that part of the committee on average, however it is
 * split over validators (ADR 0102). O(n log n + size log n). In order of address.
 */
export function drawCommittee(
  validators: readonly CommitteeMember[],
  size: number,
  seed: Uint8Array,
): readonly CommitteeMember[] {
  const pool = validators.filter((v) => v.power > 0n).sort((a, b) => compareBytes(a.validator, b.validator));
  if (pool.length <= size) return pool;
  const ends: bigint[] = [];
  for (const { power } of pool) ends.push((ends.at(-1) ?? 0n) + power);
  const seats = pool.map(() => 0n);
  for (let i = 0; i < size; i++) {
    const at = firstAbove(ends, draw(seed, i, ends.at(-1) ?? 1n));
    seats[at] = (seats[at] ?? 0n) + 1n;
  }
  return pool.map(({ validator }, i) => ({ validator, power: toVotingPower(seats[i] ?? 0n) })).filter((m) => m.power > 0n);
}

/** Position of the first number above a value, in an ascending list whose last one is. */
function firstAbove(ends: readonly bigint[], value: bigint): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0n) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** More than two thirds of the whole, without division. */
export function isQuorum(part: bigint, whole: bigint): boolean {
  return compareBigints(part * 3n, whole * 2n) > 0;
}
