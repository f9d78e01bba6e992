import { compareBigints, compareBytes, equalBytes, toHex, toVotingPower } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { sha256 } from "../crypto/index.js";
import { isQuorum } from "./committee.js";
import type { CommitteeMember } from "./committee.js";
import type { Attester, Outcome, TaskKind, TaskView, WeightedValue } from "./types.js";

interface Group {
  /** The comparable part. */
  readonly value: Uint8Array;
  power: bigint;
}

/** The value with the most power; of equals, the one whose bytes sort first. */
function plurality(values: readonly WeightedValue[], comparable: (value: Uint8Array) => Uint8Array): Group | undefined {
  const groups = new Map<string, Group>();
  for (const { value: whole, power } of values) {
    const value = comparable(whole);
    const key = toHex(sha256(value));
    const group = groups.get(key) ?? { value, power: 0n };
    group.power += power;
    groups.set(key, group);
  }
  const ranked = [...groups.values()].sort(
    (a, b) => compareBigints(b.power, a.power) || compareBytes(a.value, b.value),
  );
  return ranked[0];
}

/** What a committee left behind. */
export interface Ballots {
  readonly committee: readonly CommitteeMember[];
  /** Valid reveals, in order of validator address. */
  readonly values: readonly WeightedValue[];
  /** Who committed, in any order. */
  readonly committed: readonly Address[];
}

/** The whole committee, in order of address, with what each did. */
export function attestersOf(ballots: Ballots, agrees: (value: Uint8Array) => boolean): Attester[] {
  const values = new Map(ballots.values.map((v) => [toHex(v.validator), v.value]));
  const committed = new Set(ballots.committed.map(toHex));
  return ballots.committee.map(({ validator, power }) => {
    const value = values.get(toHex(validator));
    const revealed = value !== undefined;
    return { validator, power, committed: committed.has(toHex(validator)), revealed, agreed: revealed && agrees(value), value };
  });
}

/**
 * The outcome of valid reveals, or undefined when there is none: more than two thirds of the committee's power behind
 * one value, else the kind's median over reveals that together have more than two thirds.
 *
 * With fewer than a third of the power lying, honest power is a majority of every tally that counts.
 */
export function tally(task: TaskView, kind: TaskKind, ballots: Ballots): Outcome | undefined {
  const { committee, values } = ballots;
  const comparable = (value: Uint8Array): Uint8Array => kind.comparable?.(value, task) ?? value;
  const whole = committee.reduce((sum, m) => sum + m.power, 0n);
  const revealed = values.reduce((sum, v) => sum + v.power, 0n);
  const finish = (value: Uint8Array, median: boolean, agrees: (v: Uint8Array) => boolean): Outcome => {
    const all = attestersOf(ballots, agrees);
    const agreeing = all.reduce((sum, a) => sum + (a.agreed ? a.power : 0n), 0n);
    return {
      value,
      median,
      agreeingPower: toVotingPower(agreeing),
      revealedPower: toVotingPower(revealed),
      committeePower: toVotingPower(whole),
      attesters: all,
    };
  };
  const first = plurality(values, comparable);
  if (first !== undefined && isQuorum(first.power, whole)) {
    return finish(first.value, false, (v) => equalBytes(comparable(v), first.value));
  }
  if (kind.median === undefined || !isQuorum(revealed, whole)) return undefined;
  const middle = kind.median(values, task, whole);
  if (middle === undefined) return undefined;
  return finish(middle.value, true, (v) => middle.isClose(v));
}
