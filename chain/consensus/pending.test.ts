import { expect } from "chai";
import { H1, ME, V, rawProposal, rawVote } from "../testkit/core-lab.js";
import type { Effect } from "./effects.js";
import type { TimeoutKind } from "./inputs.js";
import { answered, remember, retire, timeoutKey } from "./pending.js";
import { INITIAL_ROUND_STATE } from "./round.js";
import type { RoundState, Step } from "./round.js";

/** Whether a request that was asked for is still pending in this state. */
function lives(effect: Effect, state: Partial<RoundState>): boolean {
  return retire(remember(new Map(), [effect]), { ...INITIAL_ROUND_STATE, ...state }).pending.size === 1;
}

const STEPS: readonly Step[] = ["propose", "prevote", "precommit", "commit"];
const decided = (round: number): Partial<RoundState> => ({ step: "commit", round, decision: { blockId: V, round } });
const inRound = (round: number): readonly boolean[] => STEPS.slice(0, 3).map((step) => lives(build, { step, round }));
const build: Effect = { kind: "request-value", height: H1, round: 1 };
const timer = (kind: TimeoutKind): Effect => ({ kind: "schedule-timeout", timeout: { kind, height: H1, round: 1 } });
const ballot = (type: "prevote" | "precommit"): Effect => ({ kind: "sign-vote", vote: rawVote(ME, type, 1, V) });

describe("pending requests", () => {
  it("for a value and for a proposal live while their round is being proposed", () => {
    expect([0, 1, 2].map(inRound)).to.deep.equal([[false, false, false], [true, false, false], [false, false, false]]);
    const sign: Effect = { kind: "sign-proposal", proposal: rawProposal(1, V) };
    for (const round of [0, 1, 2]) for (const step of STEPS) expect(lives(sign, { step, round }), `${step} ${round}`).to.equal(round === 1 && step === "propose");
  });

  it("for a vote live in its round, whatever the step, and after the decision only for the last commit", () => {
    for (const type of ["prevote", "precommit"] as const) {
      expect([0, 1, 2].map((round) => lives(ballot(type), { step: "precommit", round }))).to.deep.equal([false, true, false]);
      expect([0, 1, 2].map((round) => lives(ballot(type), decided(round)))).to.deep.equal([false, type === "precommit", false]);
    }
  });

  it("for a verdict live until the decision, and a decision and a close for ever", () => {
    const judge: Effect = { kind: "judge-value", height: H1, round: 0, blockId: V };
    expect([lives(judge, { step: "precommit", round: 9 }), lives(judge, decided(0))]).to.deep.equal([true, false]);
    const commit = { height: H1, round: 0, blockId: V, signatures: [] };
    for (const end of [{ kind: "decide", height: H1, round: 0, blockId: V, commit }, { kind: "close-height", height: H1, commit }] as const) expect(lives(end, decided(3))).to.equal(true);
  });

  it("for a timer live in their round, of their step, but those of precommits in any, and that of the commit always", () => {
    const alive = (kind: TimeoutKind) => STEPS.slice(0, 3).map((step) => lives(timer(kind), { step, round: 1 }));
    expect([alive("propose"), alive("prevote"), alive("precommit")]).to.deep.equal([[true, false, false], [false, true, false], [true, true, true]]);
    for (const kind of ["propose", "prevote", "precommit"] as const) expect([lives(timer(kind), { step: kind, round: 2 }), lives(timer(kind), decided(1))]).to.deep.equal([false, false]);
    for (const state of [decided(0), { step: "propose", round: 7 }] as const) expect(lives(timer("commit"), state)).to.equal(true);
  });

  it("are cancelled when they are timers, and forgotten in silence when they are not", () => {
    const asked = remember(new Map(), [timer("propose"), timer("commit"), build]);
    const { pending, cancelled } = retire(asked, { ...INITIAL_ROUND_STATE, step: "prevote", round: 1 });
    expect([[...pending.keys()], cancelled]).to.deep.equal([["timeout/commit/1"], [{ kind: "cancel-timeout", timeout: { kind: "propose", height: H1, round: 1 } }]]);
    expect(retire(pending, { ...INITIAL_ROUND_STATE, ...decided(1) }).pending, "nothing stale, nothing made").to.equal(pending);
  });

  it("end with their answer; an answer that nobody waits for changes nothing", () => {
    const asked = remember(new Map(), [timer("propose"), build]);
    const key = timeoutKey({ kind: "propose", height: H1, round: 1 });
    expect([...answered(asked, key).keys()]).to.deep.equal(["value/1"]);
    expect(answered(asked, "value/2")).to.equal(asked);
    expect([...asked.keys()], "the argument is left alone").to.have.length(2);
  });
});
