import { compareBigints, compareBytes, toHex, toVotingPower } from "../primitives/index.js";
import { sha256 } from "../crypto/index.js";
import { isQuorum } from "./committee.js";
import type { CommitteeMember } from "./committee.js";
import type { Attester, Outcome, TaskKind, TaskView, WeightedValue } from "./types.js";

interface Group {
  readonly value: Uint8Array;
  power: bigint;
}

/** The value with the most power; of equals, the one whose bytes sort first. */
function plurality(values: readonly WeightedValue[]): Group | undefined {
  const groups = new Map<string, Group>();
  for (const { value, power } of values) {
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

function attesters(
  committee: readonly CommitteeMember[],
  values: readonly WeightedValue[],
  agrees: (value: Uint8Array) => boolean,
): Attester[] {
  const revealed = new Map(values.map((v) => [toHex(v.validator), v.value]));
  return committee.map(({ validator, power }) => {
    const value = revealed.get(toHex(validator));
    return { validator, power, revealed: value !== undefined, agreed: value !== undefined && agrees(value) };
  });
}

/**
 * The outcome of valid reveals, or undefined when there is none: more than two thirds of the committee's power behind
 * one value, else the kind's median over reveals that together have more than two thirds.
 *
 * `values` in order of validator address. With fewer than a third of the power lying, honest power is a majority of
 * every tally that counts.
 */
export function tally(
  task: TaskView,
  kind: TaskKind,
  input: { readonly committee: readonly CommitteeMember[]; readonly values: readonly WeightedValue[] },
): Outcome | undefined {
  const { committee, values } = input;
  const whole = committee.reduce((sum, m) => sum + m.power, 0n);
  const revealed = values.reduce((sum, v) => sum + v.power, 0n);
  const finish = (value: Uint8Array, median: boolean, agrees: (v: Uint8Array) => boolean): Outcome => {
    const all = attesters(committee, values, agrees);
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
  const first = plurality(values);
  if (first !== undefined && isQuorum(first.power, whole)) {
    return finish(first.value, false, (v) => compareBytes(v, first.value) === 0);
  }
  if (kind.median === undefined || !isQuorum(revealed, whole)) return undefined;
  const middle = kind.median(values, task);
  return finish(middle.value, true, (v) => middle.isClose(v));
}
