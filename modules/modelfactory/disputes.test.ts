import { expect } from "chai";
import fc from "fast-check";
import { brokenInvariant } from "../../chain/testkit/deliver.js";
import {
  BOB,
  DEVELOPER,
  HASH,
  LORA,
  STRANGER,
  TRAINER,
  USER,
  bech,
  cid,
  claim,
  complete,
  endBlock,
  order,
  toHeight,
  withData,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { rejection } from "../../chain/testkit/rejects.js";
import {
  CORRUPT,
  OUTPUT,
  TRUE,
  UNAVAILABLE,
  checkpointOf,
  chooseHalf,
  courseOf,
  dispute,
  disputeOf,
  follow,
  jobOf,
  lastReplay,
  move,
  openStep,
  play,
  provideState,
  replayed,
  stateOf,
  stepOpening,
  tampered,
} from "../../chain/testkit/training.js";
import type { Course } from "../../chain/testkit/training.js";
import { MAX_SILENT_PER_BLOCK } from "./moves.js";
import { AdapterStatus, DisputeKind, DisputeStatus, JobStatus, ReplayTask } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { LoraHyperparameters, Params, TrainingOutput } from "../../proto/gen/openledger/modelfactory/v1.js";

const { DISPUTE_KIND_CHECKPOINT, DISPUTE_KIND_RESULT } = DisputeKind;
const { DISPUTE_STATUS_UPHELD, DISPUTE_STATUS_REJECTED, DISPUTE_STATUS_UNRESOLVED } = DisputeStatus;
const BOND = 5_000_000n;
/** What the winner gets of a lost bond. */
const PRIZE = 2_500_000n;
const FEE = 10_000_001n;
const ACTORS = { trainer: TRAINER, challenger: STRANGER, developer: DEVELOPER };

/** A job under way whose trainer published this course up to `to`; nothing is sampled. */
function trained(course: Course, to = 50, change: { params?: Partial<Params>; lora?: Partial<LoraHyperparameters> } = {}): Economy {
  const e = withData();
  stateOf(e).params.set({ ...stateOf(e).params.getOrFail(), replaySamplePpm: 0, ...change.params });
  order(e, { hyperparameters: { ...LORA, ...change.lora } });
  claim(e, 1n);
  follow(e, 1n, course, to);
  return e;
}

function completed(course: Course, over: Parameters<typeof complete>[2] = {}): Economy {
  const e = trained(course);
  complete(e, 1n, { finalLossMicroNats: course(50).lossMicroNats, ...over });
  return e;
}

/** What each actor gained since the job was under way, in uopen, by running the rest of its story. */
function gains(e: Economy, story: () => void): Record<keyof typeof ACTORS, bigint> {
  const balances = () => Object.values(ACTORS).map((who) => e.ledger.balance(e.ctx, who));
  const before = balances();
  const supply = e.ledger.supply(e.ctx);
  story();
  expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  expect(e.ledger.supply(e.ctx)).to.equal(supply);
  const [trainer = 0n, challenger = 0n, developer = 0n] = balances().map((b, i) => b - (before[i] ?? 0n));
  return { trainer, challenger, developer };
}

const REFUTED = { trainer: 0n, challenger: PRIZE, developer: FEE };
const CONFIRMED = { trainer: PRIZE, challenger: -BOND, developer: 0n };
const answer = (e: Economy, value: Uint8Array): void => e.desk.resolve(e.ctx, lastReplay(e), value);

/** Lets the present move's time pass. */
function silence(e: Economy, id = 1n): void {
  toHeight(e, disputeOf(e, id).deadline + 1n);
  endBlock(e);
}

describe("a disputed segment", () => {
  it("costs a challenger without a case its bond", () => {
    const e = trained(TRUE);
    const gained = gains(e, () => {
      const id = dispute(e, { step: 40, stateRoot: courseOf("wrong")(40).stateRoot });
      play(e, id, { trainer: TRUE, challenger: courseOf("wrong") });
      answer(e, replayed(lastReplay(e)));
    });
    expect(gained).to.deep.equal(CONFIRMED);
    expect(disputeOf(e)).to.include({ status: DISPUTE_STATUS_REJECTED, reason: "the record was confirmed", low: 20, high: 21, deadline: 0n });
    expect(jobOf(e)).to.include({ status: JobStatus.JOB_STATUS_RUNNING, openDisputes: 0 });
  });
  it("is won at the very step that was tampered with, whichever it is", () => {
    for (let step = 1; step <= 50; step++) {
      const lie = tampered(step);
      const e = trained(lie);
      const end = step <= 20 ? 20 : step <= 40 ? 40 : 50;
      const gained = gains(e, () => {
        const id = dispute(e, { step: end, stateRoot: TRUE(end).stateRoot });
        const middles = play(e, id, { trainer: lie, challenger: TRUE });
        expect(middles, `lie at ${step}`).to.be.at.most(5);
        const task = ReplayTask.decode(lastReplay(e).payload);
        expect([task.from, task.to, task.disputeId, task.result], `lie at ${step}`).to.deep.equal([step - 1, step, 1n, false]);
        answer(e, replayed(lastReplay(e)));
      });
      expect(gained, `lie at ${step}`).to.deep.equal(REFUTED);
      expect(disputeOf(e).status).to.equal(DISPUTE_STATUS_UPHELD);
      expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_REFUTED);
    }
  });
  it("takes one move for its end and one for each halving, whatever its length", () => {
    const cases = fc.record({ length: fc.integer({ min: 1, max: 64 }), at: fc.nat() });
    fc.assert(
      fc.property(cases, ({ length, at }) => {
        const lie = tampered(1 + (at % length));
        const e = trained(lie, length, { lora: { steps: length, checkpointEvery: length } });
        const id = dispute(e, { step: length, stateRoot: TRUE(length).stateRoot });
        const middles = play(e, id, { trainer: lie, challenger: TRUE });
        const { from, to } = ReplayTask.decode(lastReplay(e).payload);
        return middles <= Math.ceil(Math.log2(length)) && from === at % length && to === from + 1;
      }),
      { numRuns: 30 },
    );
  });
  it("starts from the checkpoint before, from nothing at the start, or from what the challenger hands over", () => {
    const taskAt = (step: number, end: number): ReplayTask => {
      const e = trained(tampered(step), 50);
      play(e, dispute(e, { step: end, stateRoot: TRUE(end).stateRoot }), { trainer: tampered(step), challenger: TRUE });
      return ReplayTask.decode(lastReplay(e).payload);
    };
    expect(taskAt(1, 20)).to.include({ stateCid: "" });
    expect(taskAt(1, 20).stateRoot).to.deep.equal(new Uint8Array(0));
    expect(taskAt(21, 40)).to.include({ stateCid: cid(4) });
    expect(taskAt(21, 40).stateRoot).to.deep.equal(TRUE(20).stateRoot);
    expect(taskAt(30, 40)).to.include({ stateCid: cid(10) });
    expect(taskAt(30, 40).stateRoot).to.deep.equal(TRUE(29).stateRoot);
  });
  it("is lost by a challenger whose state is withheld or another, and by a trainer whose checkpoint is", () => {
    for (const found of [UNAVAILABLE, CORRUPT]) {
      const late = trained(tampered(30));
      const lost = gains(late, () => {
        play(late, dispute(late, { step: 40, stateRoot: TRUE(40).stateRoot }), { trainer: tampered(30), challenger: TRUE });
        answer(late, found);
      });
      expect(lost).to.deep.equal(CONFIRMED);
      const early = trained(tampered(21));
      const won = gains(early, () => {
        play(early, dispute(early, { step: 40, stateRoot: TRUE(40).stateRoot }), { trainer: tampered(21), challenger: TRUE });
        answer(early, found);
      });
      expect(won).to.deep.equal(REFUTED);
    }
  });
  it("is lost by a trainer who published a tree that does not hold its checkpoint", () => {
    const e = trained(TRUE, 0);
    follow(e, 1n, TRUE, 20);
    const wrong = { ...checkpointOf(TRUE, 20, 40), stepRoot: checkpointOf(courseOf("other"), 20, 40).stepRoot };
    stateOf(e).checkpoints.set([1n, 20], { ...stateOf(e).checkpoints.getOrFail([1n, 20]), stepRoot: wrong.stepRoot });
    const id = dispute(e, { stateRoot: HASH });
    expect(rejection(() => openStep(e, id, TRUE))).to.equal("modelfactory/33");
    expect(rejection(() => openStep(e, id, courseOf("other")))).to.equal("modelfactory/33");
    silence(e);
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_REFUTED);
  });
  it("is lost by a trainer whose tree and checkpoint disagree about the last step", () => {
    const e = trained(TRUE, 20);
    const stored = stateOf(e).checkpoints.getOrFail([1n, 20]);
    stateOf(e).checkpoints.set([1n, 20], { ...stored, lossMicroNats: 1n });
    expect(rejection(() => openStep(e, dispute(e), TRUE))).to.equal("modelfactory/33");
  });
});

describe("silence", () => {
  const CHALLENGED = { step: 40, stateRoot: courseOf("wrong")(40).stateRoot };
  const sides = { trainer: TRUE, challenger: courseOf("wrong") };
  it("of the trainer loses at every turn of its own", () => {
    for (const moves of [0, 1, 3, 5, 7]) {
      const e = trained(TRUE);
      const gained = gains(e, () => {
        const id = dispute(e, CHALLENGED);
        for (let i = 0; i < moves; i++) move(e, id, sides);
        silence(e);
      });
      expect(gained, `after ${moves} moves`).to.deep.equal(REFUTED);
      expect(disputeOf(e).reason).to.equal("the trainer was silent");
    }
  });
  it("of the challenger loses at every turn of its own", () => {
    for (const moves of [2, 4, 6, 8]) {
      const e = trained(TRUE);
      const gained = gains(e, () => {
        const id = dispute(e, CHALLENGED);
        for (let i = 0; i < moves; i++) move(e, id, sides);
        silence(e);
      });
      expect(gained, `after ${moves} moves`).to.deep.equal(CONFIRMED);
      expect(disputeOf(e).reason).to.equal("the challenger was silent");
    }
  });
  it("of a challenger that hands over no state loses as well", () => {
    const e = trained(tampered(30));
    const gained = gains(e, () => {
      const id = dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot });
      do move(e, id, { trainer: tampered(30), challenger: TRUE });
      while (disputeOf(e).high - disputeOf(e).low > 1);
      silence(e);
    });
    expect(gained).to.deep.equal(CONFIRMED);
  });
  it("begins only after the last height of a move", () => {
    const e = trained(TRUE);
    const id = dispute(e, CHALLENGED);
    toHeight(e, disputeOf(e).deadline);
    endBlock(e);
    openStep(e, id, TRUE);
    toHeight(e, disputeOf(e).deadline + 1n);
    expect(rejection(() => openStep(e, id, TRUE))).to.equal("modelfactory/26");
    endBlock(e);
    expect(rejection(() => openStep(e, id, TRUE))).to.equal("modelfactory/31");
  });
  it("of many is dealt with a few at a time", () => {
    const e = trained(TRUE, 128, { lora: { steps: 128, checkpointEvery: 2 } });
    for (let step = 2; step <= 128; step += 2) dispute(e, { step });
    for (let id = 1n; id <= 64n; id++) for (let i = 0; i < 2; i++) openStep(e, id, TRUE);
    expect(jobOf(e).openDisputes).to.equal(64);
    silence(e);
    expect(jobOf(e).openDisputes).to.equal(64 - MAX_SILENT_PER_BLOCK);
    endBlock(e);
    expect(jobOf(e).openDisputes).to.equal(0);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("of a trainer in one dispute ends its others, in the same block as well", () => {
    const e = trained(TRUE);
    const gained = gains(e, () => {
      for (const step of [20, 40, 50]) dispute(e, { step });
      silence(e);
    });
    expect(gained).to.deep.equal(REFUTED);
    const statuses = [1n, 2n, 3n].map((id) => disputeOf(e, id).status);
    expect(statuses).to.deep.equal([DISPUTE_STATUS_UPHELD, DISPUTE_STATUS_UNRESOLVED, DISPUTE_STATUS_UNRESOLVED]);
  });
});

describe("a disputed checkpoint", () => {
  const open = (e: Economy) => dispute(e, { kind: DISPUTE_KIND_CHECKPOINT, step: 40 });
  it("is asked for as it stands", () => {
    const e = trained(TRUE);
    open(e);
    const { from, to, stateCid, stateRoot, result } = ReplayTask.decode(lastReplay(e).payload);
    expect({ from, to, stateCid, result }).to.deep.equal({ from: 40, to: 40, stateCid: cid(4), result: false });
    expect(stateRoot).to.deep.equal(TRUE(40).stateRoot);
  });
  it("costs a trainer who withholds it, or stored another, its bond", () => {
    for (const found of [UNAVAILABLE, CORRUPT]) {
      const e = trained(TRUE);
      expect(gains(e, () => (open(e), answer(e, found)))).to.deep.equal(REFUTED);
    }
  });
  it("costs a trainer whose record of it lies, about the loss alone as well", () => {
    for (const lie of [{ lossMicroNats: 1n }, { dataCursor: 1n }]) {
      const e = trained(TRUE);
      stateOf(e).checkpoints.set([1n, 40], { ...stateOf(e).checkpoints.getOrFail([1n, 40]), ...lie });
      expect(gains(e, () => (open(e), answer(e, replayed(lastReplay(e)))))).to.deep.equal(REFUTED);
    }
  });
  it("costs whoever disputes a good one", () => {
    const e = trained(TRUE);
    expect(gains(e, () => (open(e), answer(e, replayed(lastReplay(e)))))).to.deep.equal(CONFIRMED);
  });
  it("costs nobody anything where the committee comes to no result", () => {
    const e = trained(TRUE);
    expect(gains(e, () => (open(e), e.desk.fail(e.ctx, lastReplay(e))))).to.deep.equal({ trainer: 0n, challenger: 0n, developer: 0n });
    expect(disputeOf(e).status).to.equal(DISPUTE_STATUS_UNRESOLVED);
  });
});

describe("a disputed result", () => {
  const open = (e: Economy) => dispute(e, { kind: DISPUTE_KIND_RESULT, step: 50 });
  it("is derived again from the last state, and confirmed", () => {
    const e = completed(TRUE);
    open(e);
    expect(ReplayTask.decode(lastReplay(e).payload)).to.include({ from: 50, to: 50, result: true });
    expect(gains(e, () => answer(e, replayed(lastReplay(e))))).to.deep.equal({ ...CONFIRMED, challenger: 0n });
  });
  it("refutes a trainer that lied about any part of it, and marks the adapter", () => {
    const lies: readonly Partial<TrainingOutput>[] = [
      { adapterHash: new Uint8Array(32) },
      { tangentRoot: new Uint8Array(32) },
      { fallbackRoot: new Uint8Array(32) },
      { metasmoothnessPpm: 900_001 },
    ];
    for (const lie of lies) {
      const e = completed(TRUE);
      const gained = gains(e, () => (open(e), answer(e, replayed(lastReplay(e), TRUE, { ...OUTPUT, ...lie }))));
      expect(gained).to.deep.equal(REFUTED);
      expect(stateOf(e).adapters.getOrFail(1n).status).to.equal(AdapterStatus.ADAPTER_STATUS_REFUTED);
    }
  });
  it("is refuted where its state is gone", () => {
    const e = completed(TRUE);
    expect(gains(e, () => (open(e), answer(e, UNAVAILABLE)))).to.deep.equal(REFUTED);
  });
});

describe("a dispute", () => {
  const refuses = (e: Economy, over: Parameters<typeof dispute>[1]): string => rejection(() => dispute(e, over));
  it("is about a job that can answer, within its window", () => {
    const open = withData();
    order(open);
    expect(refuses(open, {})).to.equal("modelfactory/27");
    expect(refuses(open, { jobId: 2n })).to.equal("modelfactory/14");
    const e = completed(TRUE);
    toHeight(e, jobOf(e).settleHeight - 1n);
    dispute(e, { step: 20 });
    toHeight(e, jobOf(e).settleHeight);
    expect(refuses(e, { step: 40 })).to.equal("modelfactory/27");
  });
  it("is about a checkpoint, or the result of a completed job", () => {
    const e = trained(TRUE, 40);
    expect(refuses(e, { step: 50 })).to.equal("modelfactory/28");
    expect(refuses(e, { step: 30 })).to.equal("modelfactory/28");
    expect(refuses(e, { step: 40, kind: DISPUTE_KIND_RESULT })).to.equal("modelfactory/28");
    const done = completed(TRUE);
    expect(refuses(done, { step: 40, kind: DISPUTE_KIND_RESULT })).to.equal("modelfactory/28");
    expect(refuses(done, { kind: 0 })).to.equal("modelfactory/28");
    expect(refuses(done, { kind: 4 })).to.equal("modelfactory/28");
  });
  it("of a segment names another state root, and only that does", () => {
    const e = trained(TRUE);
    expect(refuses(e, { stateRoot: TRUE(20).stateRoot })).to.equal("modelfactory/28");
    expect(refuses(e, { stateRoot: HASH.slice(1) })).to.equal("modelfactory/3");
    expect(refuses(e, { kind: DISPUTE_KIND_CHECKPOINT, stateRoot: HASH })).to.equal("modelfactory/28");
  });
  it("is the only one of its kind about a segment, until it is over", () => {
    const e = trained(TRUE);
    dispute(e);
    expect(refuses(e, { challenger: bech(USER) })).to.equal("modelfactory/29");
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT });
    dispute(e, { step: 40 });
    openStep(e, 1n, TRUE);
    silence(e);
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_REFUTED);
    expect(refuses(e, {})).to.equal("modelfactory/27");
  });
  it("needs a bond that the challenger has", () => {
    const e = trained(TRUE, 50, { params: { disputeBond: "999999999999" } });
    expect(refuses(e, {})).to.equal("sdk/18");
  });
  it("takes moves from its own sides only, in turn", () => {
    const e = trained(TRUE);
    const id = dispute(e);
    expect(rejection(() => chooseHalf(e, id, TRUE))).to.equal("modelfactory/31");
    expect(rejection(() => provideState(e, id))).to.equal("modelfactory/31");
    expect(rejection(() => openStep(e, id, TRUE, { trainer: bech(BOB) }))).to.equal("modelfactory/17");
    expect(rejection(() => openStep(e, id, TRUE, stepOpening(e, id, TRUE, 10)))).to.equal("modelfactory/33");
    openStep(e, id, TRUE);
    expect(rejection(() => openStep(e, id, TRUE, stepOpening(e, id, TRUE, 20)))).to.equal("modelfactory/33");
    openStep(e, id, TRUE);
    expect(rejection(() => openStep(e, id, TRUE))).to.equal("modelfactory/31");
    expect(rejection(() => provideState(e, id))).to.equal("modelfactory/31");
    expect(rejection(() => chooseHalf(e, id, TRUE, { challenger: bech(BOB) }))).to.equal("modelfactory/32");
    expect(rejection(() => chooseHalf(e, id, TRUE, { disputeId: 9n }))).to.equal("modelfactory/30");
    expect(rejection(() => chooseHalf(e, id, TRUE, { stateRoot: HASH.slice(1) }))).to.equal("modelfactory/3");
  });
  it("takes no record that the tree does not hold, and no path of another shape", () => {
    const e = trained(TRUE);
    const id = dispute(e);
    const { path } = stepOpening(e, id, TRUE);
    expect(rejection(() => openStep(e, id, courseOf("other")))).to.equal("modelfactory/33");
    expect(rejection(() => openStep(e, id, TRUE, { path: path.slice(1) }))).to.equal("modelfactory/33");
    expect(rejection(() => openStep(e, id, TRUE, { path: path.map((hash) => hash.slice(1)) }))).to.equal("modelfactory/3");
    expect(rejection(() => openStep(e, id, TRUE, { path: Array.from({ length: 33 }, () => HASH) }))).to.equal("modelfactory/33");
    expect(rejection(() => openStep(e, id, TRUE, { record: { ...TRUE(20), stateRoot: HASH.slice(1) } }))).to.equal("modelfactory/3");
  });
  it("asks for a state only when one step is left", () => {
    const e = trained(tampered(30));
    const id = dispute(e, { step: 40, stateRoot: TRUE(40).stateRoot });
    do move(e, id, { trainer: tampered(30), challenger: TRUE });
    while (disputeOf(e).high - disputeOf(e).low > 1);
    expect(rejection(() => chooseHalf(e, id, TRUE))).to.equal("modelfactory/31");
    expect(rejection(() => provideState(e, id, { stateCid: "state" }))).to.equal("modelfactory/3");
    expect(rejection(() => provideState(e, id, { challenger: bech(BOB) }))).to.equal("modelfactory/32");
    provideState(e, id);
    expect(rejection(() => provideState(e, id))).to.equal("modelfactory/31");
  });
  it("says nothing any more once another one has ended it", () => {
    const e = completed(TRUE);
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT, step: 20 });
    const stale = lastReplay(e);
    dispute(e, { kind: DISPUTE_KIND_RESULT, step: 50 });
    answer(e, UNAVAILABLE);
    const gained = gains(e, () => (e.desk.resolve(e.ctx, stale, UNAVAILABLE), e.desk.fail(e.ctx, stale)));
    expect(gained).to.deep.equal({ trainer: 0n, challenger: 0n, developer: 0n });
    expect(disputeOf(e, 1n).status).to.equal(DISPUTE_STATUS_UNRESOLVED);
  });
  it("keeps its trainer from walking away, and ends with the job if that fails", () => {
    const e = trained(TRUE, 40);
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT });
    const gained = gains(e, () => {
      toHeight(e, 902n);
      endBlock(e);
    });
    expect(gained).to.deep.equal({ trainer: 0n, challenger: BOND, developer: FEE + BOND });
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_FAILED);
    answer(e, UNAVAILABLE);
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_FAILED);
  });
  it("holds up the pay of a completed job, and opens its window again when it is lost", () => {
    const e = completed(TRUE);
    toHeight(e, 600n);
    const id = dispute(e);
    for (const height of [600n, 620n, 650n]) {
      toHeight(e, height);
      endBlock(e);
    }
    expect(jobOf(e)).to.include({ status: JobStatus.JOB_STATUS_COMPLETED, deadline: 0n });
    for (let i = 0; i < 2; i++) openStep(e, id, TRUE);
    silence(e);
    const { settleHeight } = jobOf(e);
    expect(settleHeight).to.equal(e.ctx.block.height + 600n);
    dispute(e, { challenger: bech(USER), step: 40 });
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("says who challenged what, and who got the bond", () => {
    const e = trained(TRUE);
    const id = dispute(e);
    for (let i = 0; i < 2; i++) openStep(e, id, TRUE);
    silence(e);
    const [opened, , closed] = ["dispute_training", "move_dispute", "close_dispute"].map((type) => e.ctx.events.findLast((x) => x.type === type));
    const attribute = (event: typeof opened, key: string) => event?.attributes.find((a) => a.key === key)?.value;
    expect([attribute(opened, "kind"), attribute(opened, "step"), attribute(opened, "challenger")]).to.deep.equal(["segment", "20", bech(STRANGER)]);
    expect([attribute(closed, "outcome"), attribute(closed, "bond_to")]).to.deep.equal(["rejected", bech(TRAINER)]);
  });
});
