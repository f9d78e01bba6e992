import { stepPath, stepRoot } from "../../modules/modelfactory/rules/step-record.js";
import { segmentStart, stepDue } from "../../modules/modelfactory/rules/bisection.js";
import { modelfactoryState } from "../../modules/modelfactory/state.js";
import * as model from "../../proto/gen/openledger/modelfactory/v1.js";
import { sha256 } from "../crypto/index.js";
import { Fault, concatBytes, u64be, utf8 } from "../primitives/index.js";
import type { TaskView } from "../attest/index.js";
import { deliver } from "./deliver.js";
import { HASH, STRANGER, bech, checkpoint, cid } from "./economy.js";
import type { Economy } from "./economy.js";

/** A training as numbers alone: what each step left, in the eyes of whoever ran it. */
export type Course = (step: number) => model.StepRecord;

/** A course named by a word; two words never meet. */
export function courseOf(name: string): Course {
  return (step) => ({
    step,
    lossMicroNats: 4_000_000n - BigInt(step),
    dataCursor: BigInt(step) * 16n,
    stateRoot: sha256(concatBytes(utf8(name), u64be(BigInt(step)))),
  });
}

/** What honest machines find. */
export const TRUE: Course = courseOf("true");

/** Honest up to the step before `step`; from there on everything follows from one lie. */
export function tampered(step: number, honest: Course = TRUE): Course {
  const lie = courseOf(`lie at ${step}`);
  return (at) => (at < step ? honest(at) : lie(at));
}

export function recordsOf(course: Course, from: number, to: number): model.StepRecord[] {
  return Array.from({ length: to - from }, (_, i) => course(from + 1 + i));
}

export const stateOf = (e: Economy) => modelfactoryState.open(e.ctx.store("modelfactory"));
export const jobOf = (e: Economy, id = 1n): model.TrainingJob => stateOf(e).jobs.getOrFail(id);
export const disputeOf = (e: Economy, id = 1n): model.Dispute => stateOf(e).disputes.getOrFail(id);

/** The fields of a checkpoint that a course has at `to`. */
export function checkpointOf(course: Course, from: number, to: number) {
  const { stateRoot: stateHash, lossMicroNats, dataCursor } = course(to);
  return { stateHash, lossMicroNats, dataCursor, stepRoot: stepRoot(recordsOf(course, from, to)) };
}

/** Submits the next checkpoints of a running job up to `to`. */
export function follow(e: Economy, jobId: bigint, course: Course, to: number): void {
  const { hyperparameters: h, lastStep } = jobOf(e, jobId);
  for (let from = lastStep; from < to; ) {
    const next = Math.min(from + h.checkpointEvery, h.steps);
    checkpoint(e, jobId, next, checkpointOf(course, from, next));
    from = next;
  }
}

const SEGMENT = model.DisputeKind.DISPUTE_KIND_SEGMENT;

export function dispute(e: Economy, over: Partial<model.MsgDisputeTraining> = {}): bigint {
  const kind = over.kind ?? SEGMENT;
  const stateRoot = kind === SEGMENT ? HASH : new Uint8Array(0);
  const message = { challenger: bech(STRANGER), jobId: 1n, kind, step: 20, stateRoot, ...over };
  return deliver(e.ctx, e.modules, { codec: model.MsgDisputeTraining, message, response: model.MsgDisputeTrainingResponse }).disputeId;
}

/** The message by which a trainer opens the step that is due, from what it published. */
export function stepOpening(e: Economy, disputeId: bigint, course: Course, step = stepDue(disputeOf(e, disputeId))): model.MsgOpenStep {
  const { jobId, segment } = disputeOf(e, disputeId);
  const { hyperparameters, trainer } = jobOf(e, jobId);
  const from = segmentStart(hyperparameters, segment);
  const path = [...(stepPath(recordsOf(course, from, segment), step - from - 1) ?? [])];
  return { trainer, disputeId, record: course(step), path };
}

export function openStep(e: Economy, disputeId: bigint, course: Course, over: Partial<model.MsgOpenStep> = {}): void {
  const message = { ...stepOpening(e, disputeId, course), ...over };
  deliver(e.ctx, e.modules, { codec: model.MsgOpenStep, message, response: model.MsgOpenStepResponse });
}

export function chooseHalf(e: Economy, disputeId: bigint, course: Course, over: Partial<model.MsgChooseHalf> = {}): void {
  const { challenger, middle } = disputeOf(e, disputeId);
  const message = { challenger, disputeId, stateRoot: middle === undefined ? HASH : course(middle.step).stateRoot, ...over };
  deliver(e.ctx, e.modules, { codec: model.MsgChooseHalf, message, response: model.MsgChooseHalfResponse });
}

export function provideState(e: Economy, disputeId: bigint, over: Partial<model.MsgProvideState> = {}): void {
  const message = { challenger: disputeOf(e, disputeId).challenger, disputeId, stateCid: cid(10), ...over };
  deliver(e.ctx, e.modules, { codec: model.MsgProvideState, message, response: model.MsgProvideStateResponse });
}

/** Both sides of a dispute: what the trainer published, and what the challenger finds. */
export interface Sides {
  readonly trainer: Course;
  readonly challenger: Course;
}

const { DISPUTE_STATUS_TRAINER_TURN, DISPUTE_STATUS_CHALLENGER_TURN } = model.DisputeStatus;

/** Makes the move that is due, as each side would; false once it is nobody's turn. */
export function move(e: Economy, disputeId: bigint, { trainer, challenger }: Sides): boolean {
  const { status, middle } = disputeOf(e, disputeId);
  if (status === DISPUTE_STATUS_TRAINER_TURN) openStep(e, disputeId, trainer);
  else if (status !== DISPUTE_STATUS_CHALLENGER_TURN) return false;
  else if (middle !== undefined) chooseHalf(e, disputeId, challenger);
  else provideState(e, disputeId);
  return true;
}

/** Plays a dispute up to the committee. Returns how many middles were opened. */
export function play(e: Economy, disputeId: bigint, sides: Sides): number {
  let middles = 0;
  while (move(e, disputeId, sides)) {
    if (disputeOf(e, disputeId).middle !== undefined) middles++;
    if (middles > 64) throw new Fault("a dispute does not end");
  }
  return middles;
}

/** Result of honest machines; it fits what `complete` of economy.ts publishes. */
export const OUTPUT: model.TrainingOutput = {
  adapterHash: HASH,
  tangentRoot: HASH,
  fallbackRoot: HASH,
  metasmoothSubsets: 3,
  metasmoothnessPpm: 900_000,
  runtimeId: HASH,
};

/** What a validator finds whose machine follows this course. */
export function replayed(task: TaskView, course: Course = TRUE, found: model.TrainingOutput = OUTPUT): Uint8Array {
  const { from, to, result, runtimeId } = model.ReplayTask.decode(task.payload);
  const output = { ...found, runtimeId };
  return model.ReplayOutcome.encode(
    model.ReplayOutcome.create({
      status: model.ReplayStatus.REPLAY_STATUS_DONE,
      last: course(to),
      stepRoot: stepRoot(recordsOf(course, from, to)),
      output: result ? output : undefined,
    }),
  );
}

/** What a validator says that could not have the starting state, or got another one. */
export const UNAVAILABLE: Uint8Array = model.ReplayOutcome.encode(
  model.ReplayOutcome.create({ status: model.ReplayStatus.REPLAY_STATUS_UNAVAILABLE }),
);
export const CORRUPT: Uint8Array = model.ReplayOutcome.encode(
  model.ReplayOutcome.create({ status: model.ReplayStatus.REPLAY_STATUS_CORRUPT }),
);

/** The last replay that was opened. */
export function lastReplay(e: Economy): TaskView {
  const task = e.desk.tasks.filter((t) => t.kind === "replay").at(-1);
  if (task === undefined) throw new Fault("no replay was opened");
  return task;
}

