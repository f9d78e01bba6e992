import { expect } from "chai";
import fc from "fast-check";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  DEVELOPER,
  LORA,
  STRANGER,
  TRAINER,
  USER,
  answerOf,
  bech,
  claim,
  complete,
  endBlock,
  findingOf,
  lastTask,
  order,
  publishAdapter,
  request,
  toHeight,
  withData,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { COMMUNITY } from "../../chain/testkit/ledger.js";
import { passes, rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  TRUE,
  UNAVAILABLE,
  courseOf,
  dispute,
  disputeOf,
  follow,
  jobOf,
  lastReplay,
  move,
  openStep,
  play,
  replayed,
  stateOf,
  tampered,
} from "../../chain/testkit/training.js";
import type { Course } from "../../chain/testkit/training.js";
import * as model from "../../proto/gen/openledger/modelfactory/v1.js";
import { attributionState } from "../attribution/state.js";
import { checkParams, defaultParams } from "./params.js";

/** What dishonest and unlucky people try with disputes, and what it costs whom. */

const { DISPUTE_KIND_CHECKPOINT, DISPUTE_KIND_RESULT } = model.DisputeKind;
const { DISPUTE_STATUS_UPHELD, DISPUTE_STATUS_REJECTED, DISPUTE_STATUS_UNRESOLVED, DISPUTE_STATUS_COMMITTEE } = model.DisputeStatus;
const { JOB_STATUS_REFUTED, JOB_STATUS_SETTLED, JOB_STATUS_FAILED } = model.JobStatus;
const BOND = 5_000_000n;
const PRIZE = 2_500_000n;
const FEE = 10_000_001n;

interface Setting {
  readonly params?: Partial<model.Params>;
  readonly lora?: Partial<model.LoraHyperparameters>;
  readonly developer?: Uint8Array;
  readonly to?: number;
}

/** A job whose trainer published this course; nothing is sampled. */
function trained(course: Course, { params, lora, developer = DEVELOPER, to = 50 }: Setting = {}): Economy {
  const e = withData();
  stateOf(e).params.set({ ...stateOf(e).params.getOrFail(), replaySamplePpm: 0, ...params });
  order(e, { hyperparameters: { ...LORA, ...lora }, developer: bech(developer as typeof DEVELOPER) });
  claim(e, 1n);
  follow(e, 1n, course, to);
  return e;
}

function completed(course: Course, setting: Setting = {}): Economy {
  const e = trained(course, setting);
  complete(e, 1n, { finalLossMicroNats: course(50).lossMicroNats });
  return e;
}

const ACCOUNTS = { trainer: TRAINER, stranger: STRANGER, user: USER, developer: DEVELOPER, community: COMMUNITY };

/** What each account gained by a story, in uopen. */
function gains(e: Economy, story: () => void): Record<keyof typeof ACCOUNTS, bigint> {
  const balances = () => Object.values(ACCOUNTS).map((who) => e.ledger.balance(e.ctx, who));
  const before = balances();
  story();
  expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  const [trainer = 0n, stranger = 0n, user = 0n, developer = 0n, community = 0n] = balances().map((b, i) => b - (before[i] ?? 0n));
  return { trainer, stranger, user, developer, community };
}

function pass(e: Economy, blocks: bigint): void {
  toHeight(e, e.ctx.block.height + blocks);
  endBlock(e);
}

/** Until the height at which the present move is still possible. */
function lastMoment(e: Economy, id: bigint): void {
  const { deadline } = disputeOf(e, id);
  if (deadline > e.ctx.block.height) toHeight(e, deadline);
  endBlock(e);
}

describe("a trainer that is caught", () => {
  it("still loses half its bond if a second account of its own wins before the honest challenger can", () => {
    const lie = tampered(30);
    const e = completed(lie);
    const gained = gains(e, () => {
      const honest = dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot });
      const own = dispute(e, { step: 20, challenger: bech(USER) });
      // It answers the honest one until the other, in which it is silent, is over.
      toHeight(e, disputeOf(e, own).deadline);
      openStep(e, honest, lie);
      pass(e, 1n);
    });
    expect(gained).to.deep.equal({ trainer: 0n, stranger: 0n, user: PRIZE, developer: FEE, community: BOND - PRIZE });
    expect([1n, 2n].map((id) => disputeOf(e, id).status)).to.deep.equal([DISPUTE_STATUS_UNRESOLVED, DISPUTE_STATUS_UPHELD]);
    expect(jobOf(e).status).to.equal(JOB_STATUS_REFUTED);
    expect(stateOf(e).adapters.getOrFail(1n).status).to.equal(model.AdapterStatus.ADAPTER_STATUS_REFUTED);
  });
  it("is not spared by having paid itself: half is lost where developer, trainer and challenger are one", () => {
    const e = completed(tampered(30), { developer: TRAINER });
    const gained = gains(e, () => {
      dispute(e, { step: 40, challenger: bech(TRAINER), stateRoot: TRUE(40).stateRoot });
      pass(e, 61n);
    });
    expect(gained).to.deep.equal({ trainer: BOND + PRIZE + FEE - BOND, stranger: 0n, user: 0n, developer: 0n, community: BOND - PRIZE });
  });
  it("is not spared by an unasked replay that pays the developer either", () => {
    const e = trained(tampered(7), { developer: TRAINER, params: { replaySamplePpm: 1_000_000 }, to: 20 });
    const gained = gains(e, () => {
      pass(e, 1n);
      e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
    });
    expect(gained).to.deep.include({ trainer: FEE + PRIZE, community: BOND - PRIZE });
  });
  it("cannot abandon the job, nor complete it into safety, while it is accused", () => {
    const lie = tampered(30);
    const e = trained(lie);
    const id = dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot });
    const message = { trainer: bech(TRAINER), jobId: 1n, reason: "" };
    const abandon = { codec: model.MsgAbandonTraining, message, response: model.MsgAbandonTrainingResponse };
    expect(rejection(() => deliver(e.ctx, e.modules, abandon))).to.equal("modelfactory/35");
    openStep(e, id, lie);
    complete(e, 1n, { finalLossMicroNats: lie(50).lossMicroNats });
    play(e, id, { trainer: lie, challenger: TRUE });
    pass(e, 700n);
    expect(jobOf(e).status).to.not.equal(JOB_STATUS_SETTLED);
    e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
    expect(jobOf(e).status).to.equal(JOB_STATUS_REFUTED);
    expect(stateOf(e).adapters.getOrFail(1n).status).to.equal(model.AdapterStatus.ADAPTER_STATUS_REFUTED);
  });
  it("pays whoever finds it out first, and the others get their bonds back", () => {
    const lie = tampered(5);
    const e = trained(lie);
    const gained = gains(e, () => {
      const slow = dispute(e, { step: 40, challenger: bech(USER), stateRoot: TRUE(40).stateRoot });
      const quick = dispute(e, { step: 20, stateRoot: TRUE(20).stateRoot });
      move(e, slow, { trainer: lie, challenger: TRUE });
      play(e, quick, { trainer: lie, challenger: TRUE });
      e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
    });
    expect(gained).to.deep.equal({ trainer: 0n, stranger: PRIZE, user: 0n, developer: FEE, community: BOND - PRIZE });
    expect(rejection(() => openStep(e, 1n, lie))).to.equal("modelfactory/31");
  });
});

describe("a challenger without a case", () => {
  it("pays a bond for every segment, checkpoint and result that it disputes", () => {
    const e = completed(TRUE);
    const wrong = courseOf("wrong");
    const gained = gains(e, () => {
      for (const step of [20, 40, 50]) play(e, dispute(e, { step, stateRoot: wrong(step).stateRoot }), { trainer: TRUE, challenger: wrong });
      for (const step of [20, 40, 50]) dispute(e, { step, kind: DISPUTE_KIND_CHECKPOINT });
      dispute(e, { step: 50, kind: DISPUTE_KIND_RESULT });
      for (const task of e.desk.tasks.filter((t) => t.kind === "replay")) e.desk.resolve(e.ctx, task, replayed(task));
    });
    expect(gained).to.deep.equal({ trainer: 7n * PRIZE, stranger: -7n * BOND, user: 0n, developer: 0n, community: 7n * (BOND - PRIZE) });
    expect(jobOf(e)).to.include({ openDisputes: 0 });
  });
  it("pays even where it is the trainer itself, who would keep others out of a segment", () => {
    const e = completed(tampered(30));
    const own = { step: 40, challenger: bech(TRAINER), stateRoot: courseOf("decoy")(40).stateRoot };
    const gained = gains(e, () => {
      const id = dispute(e, own);
      expect(rejection(() => dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot }))).to.equal("modelfactory/29");
      play(e, id, { trainer: tampered(30), challenger: courseOf("decoy") });
      e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e), tampered(30)));
    });
    expect(gained).to.deep.include({ trainer: PRIZE - BOND, community: BOND - PRIZE });
    const id = dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot });
    play(e, id, { trainer: tampered(30), challenger: TRUE });
    e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
    expect(jobOf(e).status).to.equal(JOB_STATUS_REFUTED);
  });
  it("holds the trainer's pay up for a bounded time, then must pay again", () => {
    const e = completed(TRUE);
    toHeight(e, jobOf(e).settleHeight - 1n);
    const id = dispute(e);
    for (let i = 0; i < 2; i++) openStep(e, id, TRUE);
    toHeight(e, disputeOf(e, id).deadline + 1n);
    endBlock(e);
    pass(e, 600n);
    expect(jobOf(e).status).to.equal(JOB_STATUS_SETTLED);
    expect(rejection(() => dispute(e))).to.equal("modelfactory/27");
  });
});

describe("the length of a dispute", () => {
  it("is bounded where both sides use up every move, whatever the segment", () => {
    for (const [length, middles] of [[1, 0], [2, 1], [3, 2], [20, 5], [64, 6]] as const) {
      const lie = tampered(length);
      const e = trained(lie, { lora: { steps: length, checkpointEvery: length }, to: length });
      complete(e, 1n, { finalLossMicroNats: lie(length).lossMicroNats });
      const opened = e.ctx.block.height;
      const id = dispute(e, { step: length, stateRoot: TRUE(length).stateRoot });
      do lastMoment(e, id);
      while (move(e, id, { trainer: lie, challenger: TRUE }));
      const moves = BigInt(1 + 2 * middles + (length === 1 ? 0 : 1));
      expect(e.ctx.block.height - opened, `${length} steps`).to.equal(60n * moves);
      expect(moves <= BigInt(2 * (1 + Math.ceil(Math.log2(length)))), `${length} steps`).to.equal(true);
      expect(disputeOf(e, id).status).to.equal(DISPUTE_STATUS_COMMITTEE);
      e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
      expect(jobOf(e).status, `${length} steps`).to.equal(JOB_STATUS_REFUTED);
    }
  });
  it("does not depend on the window: a job is not settled while it lasts", () => {
    const e = completed(tampered(30), { params: { disputeWindow: 2, disputeMovePeriod: 1_000 } });
    const id = dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot });
    do lastMoment(e, id);
    while (move(e, id, { trainer: tampered(30), challenger: TRUE }));
    e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
    expect(jobOf(e).status).to.equal(JOB_STATUS_REFUTED);
  });
});

describe("a job that nobody can run again", () => {
  const IMPOSSIBLE = model.ReplayOutcome.encode(model.ReplayOutcome.create({ status: model.ReplayStatus.REPLAY_STATUS_IMPOSSIBLE }));
  it("refutes its trainer, whose word is all there is, even where the start was the challenger's to show", () => {
    for (const step of [1, 21, 30]) {
      const e = completed(tampered(step));
      const end = step === 1 ? 20 : 40;
      play(e, dispute(e, { step: end, stateRoot: TRUE(end).stateRoot }), { trainer: tampered(step), challenger: TRUE });
      const gained = gains(e, () => e.desk.resolve(e.ctx, lastReplay(e), IMPOSSIBLE));
      expect(gained, `step ${step}`).to.deep.equal({ trainer: 0n, stranger: BOND + PRIZE, user: 0n, developer: FEE, community: BOND - PRIZE });
      expect(disputeOf(e).reason).to.equal("nobody can run this job");
    }
  });
  it("refutes it where nobody challenged", () => {
    const e = trained(TRUE, { params: { replaySamplePpm: 1_000_000 }, to: 20 });
    pass(e, 1n);
    e.desk.resolve(e.ctx, lastReplay(e), IMPOSSIBLE);
    expect(jobOf(e).status).to.equal(JOB_STATUS_REFUTED);
  });
});

describe("the time that work is given", () => {
  it("is longer for a result than for a checkpoint: subsets have to be retrained", () => {
    const e = trained(TRUE);
    expect(jobOf(e).deadline - e.ctx.block.height).to.equal(9_000n);
    const early = trained(TRUE, { to: 40 });
    expect(jobOf(early).deadline - early.ctx.block.height).to.equal(900n);
    pass(e, 1_000n);
    complete(e, 1n, { finalLossMicroNats: TRUE(50).lossMicroNats });
  });
  it("is for validators what the trainer had", () => {
    const e = completed(tampered(30));
    play(e, dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot }), { trainer: tampered(30), challenger: TRUE });
    dispute(e, { step: 50, kind: DISPUTE_KIND_RESULT });
    dispute(e, { step: 50, kind: DISPUTE_KIND_CHECKPOINT });
    const asked = e.desk.opened.filter((t) => t.kind === "replay").map((t) => t.commitPeriod);
    expect(asked).to.deep.equal([45, 9_000, 0]);
  });
});

describe("an answer that was asked for before its adapter was marked", () => {
  it("is served, attributed and paid by its record, to the last uopen; nothing new is asked", () => {
    const e = completed(tampered(30));
    publishAdapter(e, 1n);
    const inference = request(e);
    dispute(e, { step: 20 });
    pass(e, 61n);
    expect(stateOf(e).adapters.getOrFail(1n).status).to.equal(model.AdapterStatus.ADAPTER_STATUS_REFUTED);
    expect(rejection(() => request(e))).to.equal("openlora/12");
    e.desk.resolve(e.ctx, lastTask(e), answerOf());
    e.desk.resolve(e.ctx, lastTask(e), findingOf(lastTask(e).payload, [300n, 100n]));
    const record = attributionState.read(e.ctx.store("attribution")).records.getOrFail(inference);
    expect(record.payouts.reduce((sum, p) => sum + BigInt(p.amount), 0n)).to.equal(BigInt(record.fee));
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
});

describe("what can be disputed", () => {
  it("is no step before the first, and the last segment, however short", () => {
    const lie = tampered(41);
    const e = trained(lie, { lora: { steps: 41 }, to: 41 });
    expect(rejection(() => dispute(e, { step: 0 }))).to.equal("modelfactory/28");
    expect(rejection(() => dispute(e, { step: 0, kind: DISPUTE_KIND_CHECKPOINT }))).to.equal("modelfactory/28");
    const id = dispute(e, { step: 41, stateRoot: TRUE(41).stateRoot });
    expect(play(e, id, { trainer: lie, challenger: TRUE })).to.equal(0);
    const task = model.ReplayTask.decode(lastReplay(e).payload);
    expect([task.from, task.to, task.stateRoot]).to.deep.equal([40, 41, TRUE(40).stateRoot]);
    e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
    expect(jobOf(e).status).to.equal(JOB_STATUS_REFUTED);
  });
  it("is nothing once the job is settled, refuted, failed or expired", () => {
    const settled = completed(TRUE);
    pass(settled, 600n);
    const failed = trained(TRUE, { to: 40 });
    pass(failed, 901n);
    const refuted = completed(TRUE);
    dispute(refuted);
    pass(refuted, 61n);
    expect([settled, failed, refuted].map((e) => jobOf(e).status)).to.deep.equal([JOB_STATUS_SETTLED, JOB_STATUS_FAILED, JOB_STATUS_REFUTED]);
    for (const e of [settled, failed, refuted]) {
      for (const kind of [model.DisputeKind.DISPUTE_KIND_SEGMENT, DISPUTE_KIND_CHECKPOINT]) {
        expect(rejection(() => dispute(e, { kind }))).to.equal("modelfactory/27");
      }
    }
  });
});

describe("a chain that is exported in the middle of a dispute", () => {
  const lie = tampered(30);
  /** The same economy over a state that was exported and imported. */
  function moved(e: Economy): Economy {
    const ctx = createScratchContext();
    ctx.block = e.ctx.block;
    for (const { genesis } of e.modules) genesis.init(ctx, genesis.export(e.ctx));
    for (const [key, value] of e.ctx.store("ledger").iterate()) ctx.store("ledger").set(key, value);
    return { ...e, ctx };
  }
  it("goes on from every move of it, and ends the same", () => {
    for (let moves = 0; moves <= 9; moves++) {
      const before = completed(lie);
      const id = dispute(before, { step: 40, stateRoot: TRUE(40).stateRoot });
      for (let i = 0; i < moves; i++) move(before, id, { trainer: lie, challenger: TRUE });
      const e = moved(before);
      expect(brokenInvariant(e.ctx, e.modules), `after ${moves}`).to.equal(undefined);
      const gained = gains(e, () => {
        play(e, id, { trainer: lie, challenger: TRUE });
        e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
      });
      expect(gained, `after ${moves}`).to.deep.equal({ trainer: 0n, stranger: BOND + PRIZE, user: 0n, developer: FEE, community: BOND - PRIZE });
    }
  });
  it("still counts silence against whose turn it was", () => {
    const before = completed(lie);
    const id = dispute(before, { step: 40, stateRoot: TRUE(40).stateRoot });
    openStep(before, id, lie);
    const e = moved(before);
    pass(e, 61n);
    expect(disputeOf(e, id)).to.include({ status: DISPUTE_STATUS_UPHELD, reason: "the trainer was silent" });
  });
  it("is refused where a dispute has no job, or no such number", () => {
    const e = completed(lie);
    dispute(e);
    const { genesis } = e.modules.find((m) => m.name === "modelfactory")!;
    const document = genesis.export(e.ctx) as { readonly disputes: readonly object[] };
    const init = (over: object) => rejection(() => genesis.init(createScratchContext(), { ...document, ...over }));
    expect(init({ disputes: [{ ...document.disputes[0], job_id: "9" }] })).to.equal("modelfactory/25");
    expect(init({ next_dispute_id: "1" })).to.equal("modelfactory/25");
  });
});

describe("params at their edges", () => {
  it("refuse bonds of nothing, windows of nothing and winners that get all or nothing", () => {
    const wrong: readonly Partial<model.Params>[] = [
      { trainerBond: "0" },
      { disputeBond: "0" },
      { disputeBond: "1000000000001" },
      { minFee: "1000000000001" },
      { disputeWindow: 1 },
      { winnerSharePpm: 99_999 },
      { winnerSharePpm: 900_001 },
    ];
    for (const over of wrong) expect(rejection(() => checkParams({ ...defaultParams, ...over })), JSON.stringify(over)).to.equal("modelfactory/24");
    checkParams({ ...defaultParams, trainerBond: "1", disputeBond: "1", minFee: "0", disputeWindow: 2, winnerSharePpm: 900_000 });
  });
  it("leave a dispute playable with the shortest window, the shortest moves and the smallest bonds", () => {
    const params = { disputeWindow: 2, disputeMovePeriod: 1, trainerBond: "1", disputeBond: "1", winnerSharePpm: 900_000 };
    const lie = tampered(30);
    const e = completed(lie, { params });
    pass(e, 0n);
    toHeight(e, e.ctx.block.height + 1n);
    const id = dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot });
    do pass(e, 1n);
    while (move(e, id, { trainer: lie, challenger: TRUE }));
    const gained = gains(e, () => e.desk.resolve(e.ctx, lastReplay(e), UNAVAILABLE));
    expect(disputeOf(e, id).status).to.equal(DISPUTE_STATUS_REJECTED);
    expect(gained).to.deep.include({ trainer: 0n, stranger: 0n, community: 1n });
  });
  it("apply to what is decided from now on, and bonds that were put up stay what they were", () => {
    const e = trained(tampered(30));
    dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot });
    stateOf(e).params.set({ ...stateOf(e).params.getOrFail(), trainerBond: "1", disputeBond: "900", disputeMovePeriod: 1, winnerSharePpm: 900_000 });
    const gained = gains(e, () => pass(e, 61n));
    expect(gained).to.deep.equal({ trainer: 0n, stranger: BOND + 4_500_000n, user: 0n, developer: FEE, community: 500_000n });
  });
});

describe("a coalition of payer, trainer and challenger", () => {
  const insiders = [TRAINER, STRANGER, USER];
  /** One thing that some of them, or chance, may do next. */
  function act(e: Economy, choice: number, course: Course): unknown {
    const open = [...stateOf(e).openDisputes.values()];
    const id = open[choice % Math.max(1, open.length)];
    const challenger = bech(insiders[choice % 3] ?? USER);
    const replays = e.desk.tasks.filter((t) => t.kind === "replay");
    const task = replays[choice % Math.max(1, replays.length)];
    const acts: readonly (() => unknown)[] = [
      () => dispute(e, { step: choice % 4 < 2 ? 20 : 40, challenger }),
      () => dispute(e, { step: 40, challenger, kind: DISPUTE_KIND_CHECKPOINT }),
      () => id !== undefined && move(e, id, { trainer: course, challenger: courseOf("wrong") }),
      () => id !== undefined && move(e, id, { trainer: course, challenger: TRUE }),
      () => pass(e, BigInt(1 + (choice % 61))),
      () => task !== undefined && e.desk.resolve(e.ctx, task, choice % 4 < 2 ? UNAVAILABLE : replayed(task)),
      () => task !== undefined && e.desk.fail(e.ctx, task),
    ];
    return acts[choice % acts.length]?.();
  }
  it("never has more than it put in, takes nothing from others and makes no coin, whatever it plays", () => {
    const games = fc.record({ lies: fc.boolean(), choices: fc.array(fc.nat({ max: 10_000 }), { minLength: 5, maxLength: 30 }) });
    const property = fc.property(games, ({ lies, choices }) => {
      const course = lies ? tampered(30) : TRUE;
      const e = trained(course, { developer: TRAINER, to: 40 });
      const sum = (accounts: readonly (typeof TRAINER)[]) => accounts.reduce((all, who) => all + e.ledger.balance(e.ctx, who), 0n);
      const [inside, outside, supply] = [sum(insiders) + FEE + BOND, sum([COMMUNITY, DEVELOPER]), e.ledger.supply(e.ctx)];
      for (const choice of choices) {
        passes(() => act(e, choice, course));
        expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
        expect(e.ledger.supply(e.ctx)).to.equal(supply);
        expect(sum([COMMUNITY, DEVELOPER]) >= outside && sum(insiders) <= inside).to.equal(true);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});
