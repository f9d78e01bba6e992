import { sha256 } from "../crypto/index.js";
import { compareBigints, compareBytes, concatBytes, equalBytes, u64be, utf8 } from "../primitives/index.js";
import type { Address, VotingPower } from "../primitives/index.js";

export interface CommitteeMember {
  readonly validator: Address;
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
  /** Members at most. */
  readonly size: number;
  readonly seed: Uint8Array;
  /** Never drawn. */
  readonly excluded: readonly Uint8Array[];
  /** Drawn only for the places that the others leave. */
  readonly avoided: readonly Uint8Array[];
}

const isAmong = (list: readonly Uint8Array[], member: CommitteeMember): boolean =>
  list.some((address) => equalBytes(address, member.validator));

/** A draw among those that nothing speaks against, then, for the places left, among those to be avoided. By address. */
export function composeCommittee(validators: readonly CommitteeMember[], rules: CommitteeRules): readonly CommitteeMember[] {
  const eligible = validators.filter((v) => !isAmong(rules.excluded, v));
  const fresh = drawCommittee(eligible.filter((v) => !isAmong(rules.avoided, v)), rules.size, rules.seed);
  const places = rules.size - fresh.length;
  if (places <= 0) return fresh;
  const others = drawCommittee(eligible.filter((v) => isAmong(rules.avoided, v)), places, rules.seed);
  return [...fresh, ...others].sort((a, b) => compareBytes(a.validator, b.validator));
}

/**
 * Everyone while at most `size`; beyond that, `size` members drawn without replacement with probability proportional to
 * power, seeded so that nobody chooses. O(size * n). In order of address.
 */
export function drawCommittee(
  validators: readonly CommitteeMember[],
  size: number,
  seed: Uint8Array,
): readonly CommitteeMember[] {
  const byAddress = (a: CommitteeMember, b: CommitteeMember): number => compareBytes(a.validator, b.validator);
  const pool = validators.filter((v) => v.power > 0n).sort(byAddress);
  if (pool.length <= size) return pool;
  const chosen: CommitteeMember[] = [];
  let total = pool.reduce((sum, v) => sum + v.power, 0n);
  for (let i = 0; i < size; i++) {
    let left = draw(seed, i, total);
    const at = pool.findIndex((v) => {
      left -= v.power;
      return left < 0n;
    });
    const [member] = pool.splice(at, 1);
    if (member === undefined) break;
    total -= member.power;
    chosen.push(member);
  }
  return chosen.sort(byAddress);
}

/** More than two thirds of the whole, without division. */
export function isQuorum(part: bigint, whole: bigint): boolean {
  return compareBigints(part * 3n, whole * 2n) > 0;
}
