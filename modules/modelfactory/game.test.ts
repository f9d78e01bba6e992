import { expect } from "chai";
import fc from "fast-check";
import { Reject, toHex } from "../../chain/primitives/index.js";
import { createMultiBranch } from "../../chain/store/index.js";
import { brokenInvariant } from "../../chain/testkit/deliver.js";
import { DEVELOPER, LORA, STRANGER, TRAINER, USER, bech, claim, complete, endBlock, order, toHeight, withData } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { CORRUPT, TRUE, UNAVAILABLE, courseOf, dispute, disputeOf, follow, jobOf, move, replayed, stateOf, tampered } from "../../chain/testkit/training.js";
import type { Course } from "../../chain/testkit/training.js";
import { DisputeKind, DisputeStatus, JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import { ABSTENTION } from "./rules/replay-outcome.js";

const BOND = 5_000_000n;
/** What the winner gets of a lost bond. */
const PRIZE = 2_500_000n;

/** Anything anyone could do about two jobs, in any order, at any time. */
type Act =
  | { readonly do: "train"; readonly job: bigint }
  | { readonly do: "complete"; readonly job: bigint }
  | { readonly do: "order"; readonly parent: boolean }
  | { readonly do: "dispute"; readonly job: bigint; readonly kind: number; readonly step: number; readonly by: number }
  | { readonly do: "move"; readonly which: number; readonly lies: boolean }
  | { readonly do: "judge"; readonly which: number; readonly found: number }
  | { readonly do: "wait"; readonly blocks: number };

const job = fc.constantFrom(1n, 2n);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("train" as const), job }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("complete" as const), job }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("order" as const), parent: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("dispute" as const),
      job,
      kind: fc.constantFrom(DisputeKind.DISPUTE_KIND_SEGMENT, DisputeKind.DISPUTE_KIND_CHECKPOINT, DisputeKind.DISPUTE_KIND_RESULT),
      step: fc.constantFrom(4, 8),
      by: fc.nat(1),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("move" as const), which: fc.nat(3), lies: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("judge" as const), which: fc.nat(3), found: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), blocks: fc.constantFrom(1, 3, 12, 40) }) },
);

const { DISPUTE_STATUS_TRAINER_TURN, DISPUTE_STATUS_CHALLENGER_TURN } = DisputeStatus;

class Game {
  readonly e: Economy = withData();
  readonly course: Course;
  private readonly supply: bigint;
  private readonly judged = new Set<bigint>();
  readonly endings = new Set<string>();

  constructor(lieAt: number) {
    this.course = tampered(lieAt);
    const params = { disputeWindow: 20, disputeMovePeriod: 5, progressPeriod: 60, claimPeriod: 60, replaySamplePpm: 300_000 };
    stateOf(this.e).params.set({ ...stateOf(this.e).params.getOrFail(), ...params });
    for (const id of [1n, 2n]) {
      this.order();
      claim(this.e, id);
    }
    this.supply = this.e.ledger.supply(this.e.ctx);
  }

  private order(parentAdapterId = 0n): void {
    order(this.e, { hyperparameters: { ...LORA, steps: 8, checkpointEvery: 4 }, parentAdapterId });
  }

  /** As in a block: what is refused leaves no trace. */
  play(step: Act): void {
    const branch = createMultiBranch(this.e.ctx);
    const before = this.e.desk.tasks.length;
    const inner: Economy = { ...this.e, ctx: { ...this.e.ctx, store: (name) => branch.store(name) } };
    try {
      this.perform(inner, step);
      branch.flush();
    } catch (error) {
      if (!(error instanceof Reject)) throw error;
      this.e.desk.tasks.length = before;
    }
    this.check(step);
  }

  private perform(e: Economy, step: Act): void {
    if (step.do === "train") return follow(e, step.job, this.course, jobOf(e, step.job).lastStep + 4);
    if (step.do === "complete") return void complete(e, step.job, { finalLossMicroNats: this.course(8).lossMicroNats });
    if (step.do === "order") return this.order(step.parent ? 1n : 0n);
    if (step.do === "dispute") return this.dispute(e, step);
    if (step.do === "move") return this.move(e, step);
    if (step.do === "judge") return this.judge(e, step);
    return this.wait(step.blocks);
  }

  private dispute(e: Economy, { job: jobId, kind, step, by }: Act & { do: "dispute" }): void {
    const stateRoot = kind === DisputeKind.DISPUTE_KIND_SEGMENT ? TRUE(step).stateRoot : new Uint8Array(0);
    dispute(e, { jobId, kind, step, stateRoot, challenger: bech(by === 0 ? STRANGER : USER) });
  }

  private move(e: Economy, { which, lies }: Act & { do: "move" }): void {
    const due = [...stateOf(e).moves.keys()].map(([, id]) => id);
    const id = due[which % Math.max(due.length, 1)];
    if (id !== undefined) move(e, id, { trainer: this.course, challenger: lies ? courseOf("other") : TRUE });
  }

  private judge(e: Economy, { which, found }: Act & { do: "judge" }): void {
    const open = e.desk.tasks.filter((t) => t.kind === "replay" && !this.judged.has(t.id));
    const task = open[which % Math.max(open.length, 1)];
    if (task === undefined) return;
    const values = [replayed(task), replayed(task, this.course), CORRUPT, UNAVAILABLE, ABSTENTION];
    const value = values[found];
    if (value === undefined || !e.desk.kindOf(task).isValid(value, task)) e.desk.fail(e.ctx, task);
    else e.desk.resolve(e.ctx, task, value);
    this.judged.add(task.id);
  }

  private wait(blocks: number): void {
    for (let i = 0; i < blocks; i++) {
      toHeight(this.e, this.e.ctx.block.height + 1n);
      endBlock(this.e);
    }
  }

  private check(step: Act): void {
    expect(brokenInvariant(this.e.ctx, this.e.modules), step.do).to.equal(undefined);
    expect(this.e.ledger.supply(this.e.ctx), step.do).to.equal(this.supply);
    for (const { status } of stateOf(this.e).jobs.values()) this.endings.add(`job ${status}`);
    for (const { status } of stateOf(this.e).disputes.values()) this.endings.add(`dispute ${status}`);
  }

  /** Everyone goes home: validators answer what they were asked, and time passes. */
  finish(): void {
    for (let round = 0; round < 12; round++) {
      toHeight(this.e, this.e.ctx.block.height + 60n);
      this.wait(2);
      const open = this.e.desk.tasks.filter((t) => t.kind === "replay" && !this.judged.has(t.id));
      for (let i = 0; i < open.length; i++) this.play({ do: "judge", which: 0, found: 1 });
    }
  }
}

describe("any sequence of moves", () => {
  it("neither loses nor creates a uopen, and in the end nothing is left in escrow", () => {
    const reached = new Set<string>();
    const acts = fc.array(act, { minLength: 10, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), acts, (lieAt, steps) => {
        const game = new Game(lieAt);
        for (const step of steps) game.play(step);
        game.finish();
        for (const ending of game.endings) reached.add(ending);
        expect(game.e.ledger.moduleBalance(game.e.ctx, "modelfactory")).to.equal(0n);
        const { openDisputes, moves, draws, deadlines } = stateOf(game.e);
        for (const left of [openDisputes, moves, draws, deadlines]) expect([...left.keys()]).to.deep.equal([]);
      }),
      { numRuns: 40, seed: 20_261_121 },
    );
    const { JOB_STATUS_FAILED, JOB_STATUS_EXPIRED, JOB_STATUS_SETTLED, JOB_STATUS_REFUTED, JOB_STATUS_UNVERIFIED } = JobStatus;
    const { DISPUTE_STATUS_UPHELD, DISPUTE_STATUS_REJECTED, DISPUTE_STATUS_UNRESOLVED } = DisputeStatus;
    expect([...reached]).to.include.members([
      ...[JOB_STATUS_FAILED, JOB_STATUS_EXPIRED, JOB_STATUS_SETTLED, JOB_STATUS_REFUTED, JOB_STATUS_UNVERIFIED].map((s) => `job ${s}`),
      ...[DISPUTE_STATUS_UPHELD, DISPUTE_STATUS_REJECTED, DISPUTE_STATUS_UNRESOLVED].map((s) => `dispute ${s}`),
    ]);
  });

  it("never takes a bond from a trainer who did everything right, nor leaves one with a liar who is challenged where it lied", () => {
    const challenges = fc.array(fc.record({ step: fc.constantFrom(4, 8), lies: fc.boolean() }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }), challenges, (lieAt, list) => {
        const e = withData();
        stateOf(e).params.set({ ...stateOf(e).params.getOrFail(), replaySamplePpm: 0 });
        order(e, { hyperparameters: { ...LORA, steps: 8, checkpointEvery: 4 } });
        const before = e.ledger.balance(e.ctx, TRAINER);
        const refund = e.ledger.balance(e.ctx, DEVELOPER);
        claim(e, 1n);
        // A challenger that lies all along is led to the first step of the segment.
        const isAt = (at: number, { step, lies }: { step: number; lies: boolean }): boolean => (lies ? at === step - 3 : at <= step && at > step - 4);
        const caught = lieAt !== undefined && list.some((challenge) => isAt(lieAt, challenge));
        let won = 0n;
        const course = lieAt === undefined ? TRUE : tampered(lieAt);
        follow(e, 1n, course, 8);
        for (const { step, lies } of list) {
          if (jobOf(e).status !== JobStatus.JOB_STATUS_RUNNING) break;
          const challenger = lies ? courseOf("other") : TRUE;
          if (toHex(challenger(step).stateRoot) === toHex(course(step).stateRoot)) continue;
          const id = dispute(e, { step, stateRoot: challenger(step).stateRoot });
          while (move(e, id, { trainer: course, challenger }));
          expect(disputeOf(e, id).status).to.not.be.oneOf([DISPUTE_STATUS_TRAINER_TURN, DISPUTE_STATUS_CHALLENGER_TURN]);
          const task = e.desk.tasks.at(-1)!;
          e.desk.resolve(e.ctx, task, replayed(task, honestFrom(e, id, course)));
          if (disputeOf(e, id).status === DisputeStatus.DISPUTE_STATUS_REJECTED) won++;
        }
        expect(jobOf(e).status === JobStatus.JOB_STATUS_REFUTED).to.equal(caught);
        expect(e.ledger.balance(e.ctx, TRAINER) - before).to.equal(PRIZE * won - BOND);
        expect(e.ledger.balance(e.ctx, DEVELOPER) - refund).to.equal(caught ? 10_000_001n : 0n);
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

/** Honest machines go on from the state that they are given: a lie's own continuation, once both sides agree on it. */
function honestFrom(e: Economy, id: bigint, course: Course): Course {
  const { low } = disputeOf(e, id);
  const isTrue = low === 0 || toHex(course(low).stateRoot) === toHex(TRUE(low).stateRoot);
  return isTrue ? TRUE : course;
}
