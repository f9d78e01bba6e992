import { expect } from "chai";
import fc from "fast-check";
import { blockIdOf } from "../testkit/simulator/symbolic.js";
import { INITIAL_ROUND_STATE, applyRound } from "./round.js";
import type { Clause, RoundInput, RoundOutput, RoundState } from "./round.js";

const A = blockIdOf("a");
const B = blockIdOf("b");

/** Round 3 in the given step, with whatever else a case needs. */
function at(step: RoundState["step"], more: Partial<RoundState> = {}): RoundState {
  return { ...INITIAL_ROUND_STATE, round: 3, step, ...more };
}

const prevote = (blockId: typeof A | null): RoundOutput => ({ kind: "vote", type: "prevote", blockId });
const precommit = (blockId: typeof A | null): RoundOutput => ({ kind: "vote", type: "precommit", blockId });
const schedule = (timeout: "propose" | "prevote" | "precommit"): RoundOutput => ({
  kind: "schedule",
  timeout,
});

interface Case {
  readonly what: string;
  readonly from: RoundState;
  readonly input: RoundInput;
  /** null: does not apply. */
  readonly clause: Clause | null;
  readonly outputs: readonly RoundOutput[];
  readonly change: Partial<RoundState>;
}

const lockedA = { blockId: A, round: 1 };
const fresh = { round: 4, step: "propose", hasPrevoteTimer: false, hasPrecommitTimer: false } as const;

const CASES: readonly Case[] = [
  // L11 to L21
  {
    what: "a follower enters a round and waits for the proposal",
    from: at("precommit", { hasPrevoteTimer: true, hasPrecommitTimer: true }),
    input: { kind: "new-round", round: 4, isProposer: false },
    clause: "L20",
    outputs: [schedule("propose")],
    change: fresh,
  },
  {
    what: "a proposer without a valid value asks for one, under the propose timer",
    from: at("precommit"),
    input: { kind: "new-round", round: 4, isProposer: true },
    clause: "L14",
    outputs: [schedule("propose"), { kind: "get-value" }],
    change: fresh,
  },
  {
    what: "a proposer with a valid value proposes it with its round",
    from: at("precommit", { valid: lockedA }),
    input: { kind: "new-round", round: 4, isProposer: true },
    clause: "L16",
    outputs: [schedule("propose"), { kind: "propose", blockId: A, polRound: 1 }],
    change: fresh,
  },
  {
    what: "round 0 is entered from the initial state",
    from: INITIAL_ROUND_STATE,
    input: { kind: "new-round", round: 0, isProposer: false },
    clause: "L20",
    outputs: [schedule("propose")],
    change: { step: "propose" },
  },
  {
    what: "a round that is not later is not entered again",
    from: at("prevote"),
    input: { kind: "new-round", round: 3, isProposer: true },
    clause: null,
    outputs: [],
    change: {},
  },
  {
    what: "the value built is proposed without a polka round",
    from: at("propose"),
    input: { kind: "value-built", blockId: A },
    clause: "L18",
    outputs: [{ kind: "propose", blockId: A, polRound: -1 }],
    change: {},
  },
  {
    what: "a value built too late is not proposed",
    from: at("prevote"),
    input: { kind: "value-built", blockId: A },
    clause: null,
    outputs: [],
    change: {},
  },
  // L22
  {
    what: "a fresh valid value is prevoted when nothing is locked",
    from: at("propose"),
    input: { kind: "proposal", blockId: A, isValid: true },
    clause: "L22",
    outputs: [prevote(A)],
    change: { step: "prevote" },
  },
  {
    what: "a fresh value is prevoted when it is the locked one",
    from: at("propose", { locked: lockedA }),
    input: { kind: "proposal", blockId: A, isValid: true },
    clause: "L22",
    outputs: [prevote(A)],
    change: { step: "prevote" },
  },
  {
    what: "a fresh value is refused when another is locked",
    from: at("propose", { locked: lockedA }),
    input: { kind: "proposal", blockId: B, isValid: true },
    clause: "L26",
    outputs: [prevote(null)],
    change: { step: "prevote" },
  },
  {
    what: "an invalid value is refused",
    from: at("propose"),
    input: { kind: "proposal", blockId: A, isValid: false },
    clause: "L26",
    outputs: [prevote(null)],
    change: { step: "prevote" },
  },
  {
    what: "even the locked value is refused when it is judged invalid",
    from: at("propose", { locked: lockedA }),
    input: { kind: "proposal", blockId: A, isValid: false },
    clause: "L26",
    outputs: [prevote(null)],
    change: { step: "prevote" },
  },
  {
    what: "a proposal after the propose step is too late",
    from: at("prevote"),
    input: { kind: "proposal", blockId: A, isValid: true },
    clause: null,
    outputs: [],
    change: {},
  },
  // L28
  {
    what: "a value with a polka as recent as the lock is prevoted",
    from: at("propose", { locked: lockedA }),
    input: { kind: "proposal-and-polka-previous", blockId: B, polRound: 1, isValid: true },
    clause: "L28",
    outputs: [prevote(B)],
    change: { step: "prevote" },
  },
  {
    what: "a value with a polka later than the lock is prevoted, and the lock stays until its own polka",
    from: at("propose", { locked: lockedA }),
    input: { kind: "proposal-and-polka-previous", blockId: B, polRound: 2, isValid: true },
    clause: "L28",
    outputs: [prevote(B)],
    change: { step: "prevote" },
  },
  {
    what: "a value with a polka older than a lock on another is refused",
    from: at("propose", { locked: lockedA }),
    input: { kind: "proposal-and-polka-previous", blockId: B, polRound: 0, isValid: true },
    clause: "L32",
    outputs: [prevote(null)],
    change: { step: "prevote" },
  },
  {
    what: "the locked value itself is prevoted with any polka",
    from: at("propose", { locked: lockedA }),
    input: { kind: "proposal-and-polka-previous", blockId: A, polRound: 0, isValid: true },
    clause: "L28",
    outputs: [prevote(A)],
    change: { step: "prevote" },
  },
  {
    what: "an invalid value is refused in spite of its polka",
    from: at("propose"),
    input: { kind: "proposal-and-polka-previous", blockId: B, polRound: 2, isValid: false },
    clause: "L32",
    outputs: [prevote(null)],
    change: { step: "prevote" },
  },
  {
    what: "a polka round that is not before this round proves nothing",
    from: at("propose"),
    input: { kind: "proposal-and-polka-previous", blockId: B, polRound: 3, isValid: true },
    clause: null,
    outputs: [],
    change: {},
  },
  // L34
  {
    what: "two thirds of any prevotes start the prevote timer",
    from: at("prevote"),
    input: { kind: "polka-any" },
    clause: "L34",
    outputs: [schedule("prevote")],
    change: { hasPrevoteTimer: true },
  },
  {
    what: "the prevote timer starts once per round",
    from: at("prevote", { hasPrevoteTimer: true }),
    input: { kind: "polka-any" },
    clause: null,
    outputs: [],
    change: {},
  },
  {
    what: "the prevote timer does not start before we prevoted",
    from: at("propose"),
    input: { kind: "polka-any" },
    clause: null,
    outputs: [],
    change: {},
  },
  // L36
  {
    what: "a polka locks the value and precommits it",
    from: at("prevote", { locked: lockedA, valid: lockedA }),
    input: { kind: "polka-value", blockId: B },
    clause: "L36",
    outputs: [precommit(B)],
    change: { step: "precommit", locked: { blockId: B, round: 3 }, valid: { blockId: B, round: 3 } },
  },
  {
    what: "a polka after our precommit makes the value valid and leaves the lock",
    from: at("precommit", { locked: lockedA, valid: lockedA }),
    input: { kind: "polka-value", blockId: B },
    clause: "L42",
    outputs: [],
    change: { valid: { blockId: B, round: 3 } },
  },
  {
    what: "a polka is taken once per round",
    from: at("precommit", { valid: { blockId: B, round: 3 } }),
    input: { kind: "polka-value", blockId: B },
    clause: null,
    outputs: [],
    change: {},
  },
  {
    what: "a polka waits until we prevoted",
    from: at("propose"),
    input: { kind: "polka-value", blockId: B },
    clause: null,
    outputs: [],
    change: {},
  },
  // L44
  {
    what: "a polka for nil precommits nil and keeps the lock",
    from: at("prevote", { locked: lockedA, valid: lockedA }),
    input: { kind: "polka-nil" },
    clause: "L44",
    outputs: [precommit(null)],
    change: { step: "precommit" },
  },
  {
    what: "a polka for nil after our precommit says nothing",
    from: at("precommit"),
    input: { kind: "polka-nil" },
    clause: null,
    outputs: [],
    change: {},
  },
  // L47
  ...(["propose", "prevote", "precommit"] as const).map((step): Case => ({
    what: `two thirds of any precommits start the precommit timer in step ${step}`,
    from: at(step),
    input: { kind: "precommit-any" },
    clause: "L47",
    outputs: [schedule("precommit")],
    change: { hasPrecommitTimer: true },
  })),
  {
    what: "the precommit timer starts once per round",
    from: at("precommit", { hasPrecommitTimer: true }),
    input: { kind: "precommit-any" },
    clause: null,
    outputs: [],
    change: {},
  },
  // L49
  ...(["propose", "prevote", "precommit"] as const).map((step): Case => ({
    what: `a quorum of precommits of an earlier round decides in step ${step}`,
    from: at(step, { locked: lockedA }),
    input: { kind: "precommit-value", blockId: B, round: 2 },
    clause: "L49",
    outputs: [{ kind: "decide", blockId: B, round: 2 }],
    change: { step: "commit", decision: { blockId: B, round: 2 } },
  })),
  // L55
  {
    what: "a third heard from in a later round takes us there",
    from: at("prevote"),
    input: { kind: "skip-round", round: 7 },
    clause: "L55",
    outputs: [{ kind: "start-round", round: 7 }],
    change: {},
  },
  {
    what: "we do not skip to our own round",
    from: at("prevote"),
    input: { kind: "skip-round", round: 3 },
    clause: null,
    outputs: [],
    change: {},
  },
  // L57 to L67
  {
    what: "the propose timeout prevotes nil",
    from: at("propose"),
    input: { kind: "timeout", timeout: "propose", round: 3 },
    clause: "L57",
    outputs: [prevote(null)],
    change: { step: "prevote" },
  },
  {
    what: "the propose timeout is void once we prevoted",
    from: at("prevote"),
    input: { kind: "timeout", timeout: "propose", round: 3 },
    clause: null,
    outputs: [],
    change: {},
  },
  {
    what: "the prevote timeout precommits nil",
    from: at("prevote"),
    input: { kind: "timeout", timeout: "prevote", round: 3 },
    clause: "L61",
    outputs: [precommit(null)],
    change: { step: "precommit" },
  },
  {
    what: "the prevote timeout is void once we precommitted",
    from: at("precommit"),
    input: { kind: "timeout", timeout: "prevote", round: 3 },
    clause: null,
    outputs: [],
    change: {},
  },
  ...(["propose", "prevote", "precommit"] as const).map((step): Case => ({
    what: `the precommit timeout starts the next round from step ${step}`,
    from: at(step),
    input: { kind: "timeout", timeout: "precommit", round: 3 },
    clause: "L65",
    outputs: [{ kind: "start-round", round: 4 }],
    change: {},
  })),
  {
    what: "a timeout of another round is void",
    from: at("precommit"),
    input: { kind: "timeout", timeout: "precommit", round: 2 },
    clause: null,
    outputs: [],
    change: {},
  },
];

describe("round: one clause, one transition", () => {
  for (const { what, from, input, clause, outputs, change } of CASES) {
    it(`${clause ?? "none"}: ${what}`, () => {
      const transition = applyRound(from, input);
      expect(transition.clause).to.equal(clause);
      expect(transition.outputs).to.deep.equal(outputs);
      expect(transition.next).to.deep.equal({ ...from, ...change });
    });
  }

  it("does nothing after the decision, whatever comes", () => {
    const decided = at("commit", { decision: { blockId: A, round: 3 } });
    for (const { input } of CASES) {
      expect(applyRound(decided, input)).to.deep.equal({ next: decided, outputs: [], clause: null });
    }
  });

  const value = fc.constantFrom(A, B);
  const roundInput: fc.Arbitrary<RoundInput> = fc.oneof(
    fc.record({ kind: fc.constant("new-round" as const), round: fc.nat(6), isProposer: fc.boolean() }),
    fc.record({ kind: fc.constant("value-built" as const), blockId: value }),
    fc.record({ kind: fc.constant("proposal" as const), blockId: value, isValid: fc.boolean() }),
    fc.record({
      kind: fc.constant("proposal-and-polka-previous" as const),
      blockId: value,
      polRound: fc.integer({ min: -1, max: 6 }),
      isValid: fc.boolean(),
    }),
    fc.constant({ kind: "polka-any" as const }),
    fc.record({ kind: fc.constant("polka-value" as const), blockId: value }),
    fc.constant({ kind: "polka-nil" as const }),
    fc.constant({ kind: "precommit-any" as const }),
    fc.record({ kind: fc.constant("skip-round" as const), round: fc.nat(6) }),
    fc.record({
      kind: fc.constant("timeout" as const),
      timeout: fc.constantFrom("propose" as const, "prevote" as const, "precommit" as const),
      round: fc.nat(6),
    }),
  );

  it("casts at most one prevote and one precommit per round, in any order of inputs", () => {
    fc.assert(
      fc.property(fc.array(roundInput, { maxLength: 60 }), (inputs) => {
        let state = INITIAL_ROUND_STATE;
        const cast = new Set<string>();
        for (const input of inputs) {
          const { next, outputs } = applyRound(state, input);
          for (const output of outputs) {
            if (output.kind !== "vote") continue;
            const slot = `${output.type} ${next.round}`;
            expect(cast.has(slot), slot).to.equal(false);
            cast.add(slot);
          }
          state = next;
        }
      }),
    );
  });

  it("never goes back in round, and keeps the lock no later than the valid value", () => {
    fc.assert(
      fc.property(fc.array(roundInput, { maxLength: 60 }), (inputs) => {
        let state = INITIAL_ROUND_STATE;
        for (const input of inputs) {
          const { next } = applyRound(state, input);
          expect(next.round).to.be.at.least(state.round);
          expect(next.locked?.round ?? -1).to.be.at.most(next.valid?.round ?? -1);
          expect(next.valid?.round ?? -1).to.be.at.most(next.round);
          state = next;
        }
      }),
    );
  });

  it("reports no clause exactly when nothing changes and nothing is said", () => {
    fc.assert(
      fc.property(fc.array(roundInput, { maxLength: 60 }), (inputs) => {
        let state = INITIAL_ROUND_STATE;
        for (const input of inputs) {
          const { next, outputs, clause } = applyRound(state, input);
          if (clause === null) expect([next === state, outputs.length]).to.deep.equal([true, 0]);
          state = next;
        }
      }),
    );
  });
});
