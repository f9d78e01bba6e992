import { sha256 } from "../crypto/index.js";
import { Fault, concatBytes, toAddress, toHeight, toVotingPower, u64be, utf8 } from "../primitives/index.js";
import type { Context } from "../kernel/context.js";
import { Phase } from "../../proto/gen/openledger/attest/v1.js";
import type { Params, Task } from "../../proto/gen/openledger/attest/v1.js";
import { composeCommittee } from "./committee.js";
import type { CommitteeMember } from "./committee.js";
import { ATTEST_STORE, attestState } from "./state.js";
import type { NewTask, TaskView } from "./types.js";
import type { AttestValidators } from "./ports.js";

/** What a module sees of a stored task. */
export function viewOf(task: Task): TaskView {
  return {
    id: task.id,
    kind: task.kind,
    subject: task.subject,
    payload: task.payload,
    openedHeight: toHeight(task.openedHeight),
    attempt: task.attempt,
  };
}

export function committeeOf(task: Task): CommitteeMember[] {
  return task.committee.map((m) => ({ validator: toAddress(m.validator), power: toVotingPower(m.power) }));
}

export function committeePower(task: Task): bigint {
  return task.committee.reduce((sum, m) => sum + m.power, 0n);
}

const SEED_DOMAIN = utf8("openledger/attest/committee/seed/v1");

/**
 * Seeded by the hash of the block that opens the task or its next attempt, which nobody but its proposer knew before, and by the
 * task itself, so that tasks of one block have different committees (ADR 0102).
 */
function draw(
  ctx: Context,
  validators: AttestValidators,
  params: Params,
  task: Pick<Task, "id" | "attempt" | "excluded" | "avoided">,
): Task["committee"] {
  const { id, attempt, excluded, avoided } = task;
  const seed = sha256(concatBytes(SEED_DOMAIN, ctx.block.hash, u64be(id), u64be(BigInt(attempt))));
  const members = composeCommittee(validators.members(ctx), { size: params.maxCommittee, seed, excluded, avoided });
  return members.map(({ validator, power }) => ({ validator, power }));
}

function commitDeadline(ctx: Context, params: Params, { commitPeriod }: Pick<Task, "commitPeriod">): bigint {
  const longer = commitPeriod > params.commitPeriod ? commitPeriod : params.commitPeriod;
  return ctx.block.height + BigInt(longer);
}

/** Writes an open task, and when it has to be looked at again at the latest. */
export function putOpen(ctx: Context, task: Task): void {
  const { tasks, open, deadlines } = attestState.open(ctx.store(ATTEST_STORE));
  const before = tasks.get(task.id);
  if (before !== undefined && before.deadline !== task.deadline) deadlines.delete([before.deadline, task.id]);
  tasks.set(task.id, task);
  open.add(task.id);
  deadlines.add([task.deadline, task.id]);
}

/** Opens a task with a committee of the validators of now. The first extensions that count are those of the next block. */
export function openTask(ctx: Context, validators: AttestValidators, task: NewTask): bigint {
  const state = attestState.open(ctx.store(ATTEST_STORE));
  const params = state.params.getOrFail();
  const id = state.nextTask.next();
  const { excluded = [], avoided = [], commitPeriod = 0 } = task;
  putOpen(ctx, {
    id,
    kind: task.kind,
    subject: task.subject,
    payload: task.payload,
    openedHeight: ctx.block.height,
    phase: Phase.PHASE_COMMIT,
    deadline: commitDeadline(ctx, params, { commitPeriod }),
    attempt: 1,
    committee: draw(ctx, validators, params, { id, attempt: 1, excluded, avoided }),
    committedPower: 0n,
    revealedPower: 0n,
    outcomeHash: new Uint8Array(0),
    excluded,
    avoided,
    commitPeriod,
  });
  return id;
}

/** The same task before another committee. What was submitted so far is forgotten. */
export function retryTask(ctx: Context, validators: AttestValidators, task: Task): void {
  const state = attestState.open(ctx.store(ATTEST_STORE));
  const params = state.params.getOrFail();
  dropSubmissions(ctx, task.id);
  const attempt = task.attempt + 1;
  putOpen(ctx, {
    ...task,
    phase: Phase.PHASE_COMMIT,
    deadline: commitDeadline(ctx, params, task),
    attempt,
    committee: draw(ctx, validators, params, { ...task, attempt }),
    committedPower: 0n,
    revealedPower: 0n,
  });
}

export function closeTask(ctx: Context, task: Task, phase: number): void {
  const state = attestState.open(ctx.store(ATTEST_STORE));
  if (!state.open.has(task.id)) throw new Fault("a task ends once", { task: task.id });
  state.tasks.set(task.id, { ...task, phase });
  state.open.delete(task.id);
  state.deadlines.delete([task.deadline, task.id]);
  dropSubmissions(ctx, task.id);
}

function dropSubmissions(ctx: Context, id: bigint): void {
  const { submissions } = attestState.open(ctx.store(ATTEST_STORE));
  for (const key of submissions.keys({ prefix: [id] })) submissions.delete(key);
}
