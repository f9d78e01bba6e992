import { expect } from "chai";
import fc from "fast-check";
import { compareBytes, parseUtf8, toAddress, toHeight, toHex, toVotingPower, utf8 } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { isQuorum } from "./committee.js";
import { tally } from "./tally.js";
import type { Ballots } from "./tally.js";
import type { TaskKind, TaskView } from "./types.js";

const TASK: TaskView = { id: 1n, kind: "test", subject: 1n, payload: new Uint8Array(0), openedHeight: toHeight(1n), attempt: 1 };
const address = (i: number): Address => toAddress(new Uint8Array(20).fill(i + 1));

const exact: TaskKind = { kind: "test", maxValueBytes: 64, isValid: () => true, onResolved: () => undefined, onFailed: () => undefined };
/** Compares up to a slash; the middle of the sorted values, close to itself only. */
const tolerant: TaskKind = {
  ...exact,
  comparable: (value) => utf8(parseUtf8(value).split("/")[0] ?? ""),
  median(values) {
    const sorted = values.map((v) => v.value).sort(compareBytes);
    const value = sorted[sorted.length >> 1]!;
    return { value, isClose: (v) => compareBytes(v, value) === 0 };
  },
};

interface Member {
  readonly power: bigint;
  /** undefined: did not reveal; null: did not even commit. */
  readonly says: string | undefined | null;
}

function ballots(members: readonly Member[]): Ballots {
  const committee = members.map(({ power }, i) => ({ validator: address(i), power: toVotingPower(power) }));
  const values = members.flatMap(({ says, power }, i) =>
    typeof says === "string" ? [{ validator: address(i), power: toVotingPower(power), value: utf8(says) }] : [],
  );
  const committed = members.flatMap(({ says }, i) => (says === null ? [] : [address(i)]));
  return { committee, values, committed };
}

const member: fc.Arbitrary<Member> = fc.record({
  power: fc.bigInt({ min: 1n, max: 100n }),
  says: fc.constantFrom("a/1", "a/2", "b/1", "c/1", undefined, null),
});
const members = fc.array(member, { minLength: 1, maxLength: 12 });
const power = (list: readonly Member[], of: (m: Member) => boolean): bigint => list.reduce((sum, m) => sum + (of(m) ? m.power : 0n), 0n);

describe("a tally", () => {
  it("is exact just where more than two thirds of the committee's power reveal one value", () => {
    fc.assert(
      fc.property(members, (list) => {
        const whole = power(list, () => true);
        const winner = ["a/1", "a/2", "b/1", "c/1"].find((v) => isQuorum(power(list, (m) => m.says === v), whole));
        const outcome = tally(TASK, exact, ballots(list));
        expect(outcome && parseUtf8(outcome.value)).to.equal(winner);
        return outcome === undefined || (!outcome.median && outcome.agreeingPower === power(list, (m) => m.says === winner));
      }),
    );
  });

  it("compares no more than the comparable part, and its outcome is that part", () => {
    fc.assert(
      fc.property(members, (list) => {
        const whole = power(list, () => true);
        const head = (m: Member): string | undefined => m.says?.split("/")[0];
        const winner = ["a", "b", "c"].find((v) => isQuorum(power(list, (m) => head(m) === v), whole));
        fc.pre(winner !== undefined);
        const outcome = tally(TASK, tolerant, ballots(list));
        expect([outcome?.median, outcome && parseUtf8(outcome.value)]).to.deep.equal([false, winner]);
        return outcome!.attesters.every((a, i) => a.agreed === (head(list[i]!) === winner));
      }),
    );
  });

  it("takes the median where two thirds revealed and differ, and none where they did not reveal", () => {
    fc.assert(
      fc.property(members, (list) => {
        const whole = power(list, () => true);
        const revealed = power(list, (m) => typeof m.says === "string");
        const outcome = tally(TASK, tolerant, ballots(list));
        return (outcome !== undefined) === isQuorum(revealed, whole) && (outcome === undefined || outcome.revealedPower === revealed);
      }),
    );
  });

  it("has no outcome where the kind says so, which knows the power of the whole committee", () => {
    fc.assert(
      fc.property(members, (list) => {
        const asked: bigint[] = [];
        const undecided: TaskKind = { ...exact, median: (_values, _task, whole) => void asked.push(whole) };
        const outcome = tally(TASK, undecided, ballots(list));
        expect(outcome?.median).to.not.equal(true);
        return asked.every((whole) => outcome === undefined && whole === power(list, () => true));
      }),
    );
  });

  it("tells of every member, in order, what it committed, revealed and said, and counts who agreed", () => {
    fc.assert(
      fc.property(members, (list) => {
        const outcome = tally(TASK, tolerant, ballots(list));
        fc.pre(outcome !== undefined);
        expect(outcome.attesters.map((a) => toHex(a.validator))).to.deep.equal(list.map((_, i) => toHex(address(i))));
        expect(outcome.attesters.map((a) => [a.committed, a.revealed, a.value && parseUtf8(a.value)])).to.deep.equal(
          list.map((m) => [m.says !== null, typeof m.says === "string", m.says ?? undefined]),
        );
        expect(outcome.committeePower).to.equal(power(list, () => true));
        const agreeing = outcome.attesters.reduce((sum, a) => sum + (a.agreed ? a.power : 0n), 0n);
        return agreeing === outcome.agreeingPower && outcome.attesters.every((a) => !a.agreed || a.revealed);
      }),
    );
  });

  it("takes, of values with the same power, the one whose bytes sort first, and never needs to", () => {
    const even = ballots([{ power: 1n, says: "b/1" }, { power: 1n, says: "a/1" }]);
    expect(tally(TASK, exact, even)).to.equal(undefined);
    expect(parseUtf8(tally(TASK, tolerant, even)!.value)).to.equal("b/1");
  });

  it("of nothing is nothing", () => {
    expect(tally(TASK, tolerant, ballots([]))).to.equal(undefined);
    expect(tally(TASK, tolerant, ballots([{ power: 5n, says: undefined }]))).to.equal(undefined);
  });
});
