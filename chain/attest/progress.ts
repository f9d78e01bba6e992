import { sha256 } from "../crypto/index.js";
import { Fault, Reject, compareBigints, toAddress, toHex, toVotingPower } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import type { Context } from "../kernel/context.js";
import { createMultiBranch } from "../store/index.js";
import { Phase } from "../../proto/gen/openledger/attest/v1.js";
import type { Task } from "../../proto/gen/openledger/attest/v1.js";
import { isQuorum } from "./committee.js";
import { taskClosed, taskOpenedReveal, taskRetried } from "./events.js";
import type { AttestValidators } from "./ports.js";
import { ATTEST_STORE, attestState } from "./state.js";
import { attestersOf, tally } from "./tally.js";
import type { Ballots } from "./tally.js";
import { closeTask, committeeOf, committeePower, putOpen, retryTask, viewOf } from "./tasks.js";
import type { Attester, Outcome, TaskKind, WeightedValue } from "./types.js";

export interface Tools {
  readonly kinds: ReadonlyMap<string, TaskKind>;
  readonly validators: AttestValidators;
}

/** Votes of height H arrive in block H+1, so a phase that ends with height d is judged when block d+1 is applied. */
function isOver(ctx: Context, task: Task): boolean {
  return ctx.block.height > task.deadline;
}

/** With a quorum in, the others get only a grace period. */
function shorten(ctx: Context, task: Task, part: bigint): void {
  if (!isQuorum(part, committeePower(task))) return;
  const { params } = attestState.open(ctx.store(ATTEST_STORE));
  const soon = ctx.block.height + BigInt(params.getOrFail().gracePeriod);
  if (soon < task.deadline) putOpen(ctx, { ...task, deadline: soon });
}

function ballotsOf(ctx: Context, task: Task): Ballots {
  const { submissions } = attestState.open(ctx.store(ATTEST_STORE));
  const power = new Map(task.committee.map((m) => [toHex(m.validator), m.power]));
  const values: WeightedValue[] = [];
  const committed: Address[] = [];
  for (const s of submissions.values({ prefix: [task.id] })) {
    committed.push(toAddress(s.validator));
    const weight = power.get(toHex(s.validator));
    if (s.salt.length === 0 || weight === undefined) continue;
    values.push({ validator: toAddress(s.validator), power: toVotingPower(weight), value: s.value });
  }
  return { committee: committeeOf(task), values, committed };
}

function kindOf(tools: Tools, task: Task): TaskKind {
  const kind = tools.kinds.get(task.kind);
  if (kind === undefined) throw new Fault("an open task has no kind", { task: task.id, kind: task.kind });
  return kind;
}

/** Runs a module's callback on a branch of its own; false if it rejected and left nothing behind. */
function attempt(ctx: Context, run: (inner: Context) => void): boolean {
  const branch = createMultiBranch(ctx);
  const events: Parameters<Context["emit"]>[0][] = [];
  const inner: Context = {
    block: ctx.block,
    gas: ctx.gas,
    store: (name) => branch.store(name),
    emit: (event) => void events.push(event),
  };
  try {
    run(inner);
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
  branch.flush();
  for (const event of events) ctx.emit(event);
  return true;
}

/** Tells the module, which must not object, that nothing came of its task. */
function tellFailed(ctx: Context, tools: Tools, task: Task, attesters: readonly Attester[]): void {
  const done = attempt(ctx, (inner) => kindOf(tools, task).onFailed(inner, viewOf(task), attesters));
  if (!done) throw new Fault("a module refused to let a task fail", { task: task.id, kind: task.kind });
  ctx.emit(taskClosed(task, "failed"));
}

function fail(ctx: Context, tools: Tools, task: Task): void {
  const attesters = attestersOf(ballotsOf(ctx, task), () => false);
  closeTask(ctx, task, Phase.PHASE_FAILED);
  tellFailed(ctx, tools, task, attesters);
}

function retryOrFail(ctx: Context, tools: Tools, task: Task): void {
  const { maxAttempts } = attestState.open(ctx.store(ATTEST_STORE)).params.getOrFail();
  const most = Math.min(maxAttempts, kindOf(tools, task).maxAttempts ?? maxAttempts);
  if (task.attempt >= most) return fail(ctx, tools, task);
  retryTask(ctx, tools.validators, task);
  ctx.emit(taskRetried(task));
}

function resolve(ctx: Context, tools: Tools, task: Task, outcome: Outcome): void {
  const kind = kindOf(tools, task);
  closeTask(ctx, { ...task, outcomeHash: sha256(outcome.value) }, Phase.PHASE_RESOLVED);
  if (attempt(ctx, (inner) => kind.onResolved(inner, viewOf(task), outcome))) {
    return ctx.emit(taskClosed(task, outcome.median ? "median" : "exact"));
  }
  const { tasks } = attestState.open(ctx.store(ATTEST_STORE));
  tasks.set(task.id, { ...task, phase: Phase.PHASE_FAILED });
  tellFailed(ctx, tools, task, outcome.attesters.map((a) => ({ ...a, agreed: false })));
}

function closeCommit(ctx: Context, tools: Tools, task: Task): void {
  const whole = committeePower(task);
  const everyone = task.committedPower === whole && whole > 0n;
  if (!everyone && !isOver(ctx, task)) return shorten(ctx, task, task.committedPower);
  if (!isQuorum(task.committedPower, whole)) return retryOrFail(ctx, tools, task);
  const { params } = attestState.open(ctx.store(ATTEST_STORE));
  const deadline = ctx.block.height + BigInt(params.getOrFail().revealPeriod);
  putOpen(ctx, { ...task, phase: Phase.PHASE_REVEAL, deadline });
  ctx.emit(taskOpenedReveal(task));
}

function closeReveal(ctx: Context, tools: Tools, task: Task): void {
  const everyone = task.revealedPower === task.committedPower;
  if (!everyone && !isOver(ctx, task)) return shorten(ctx, task, task.revealedPower);
  const outcome = tally(viewOf(task), kindOf(tools, task), ballotsOf(ctx, task));
  if (outcome === undefined) return retryOrFail(ctx, tools, task);
  resolve(ctx, tools, task, outcome);
}

/** Tasks whose time has run out that are judged in one block at most; the rest follow in the next. */
const MAX_OVERDUE_PER_BLOCK = 128;

/** Tasks that may move on, in id order: those that this block's votes were about, and those whose time has run out. */
function movable(ctx: Context): bigint[] {
  const { touched, deadlines } = attestState.open(ctx.store(ATTEST_STORE));
  const ids = [...touched.keys()];
  for (const id of ids) touched.delete(id);
  const end = [ctx.block.height, 0n] as const;
  for (const [, id] of deadlines.keys({ end, limit: MAX_OVERDUE_PER_BLOCK })) ids.push(id);
  return [...new Set(ids)].sort(compareBigints);
}

/**
 * Moves open tasks on. Work: what the votes of this block were about, which params bound, and MAX_OVERDUE_PER_BLOCK, each times
 * a committee; however many tasks are open.
 */
export function progressTasks(ctx: Context, tools: Tools): void {
  const { tasks } = attestState.open(ctx.store(ATTEST_STORE));
  for (const id of movable(ctx)) {
    const task = tasks.getOrFail(id);
    if (task.phase === Phase.PHASE_COMMIT) closeCommit(ctx, tools, task);
    else closeReveal(ctx, tools, task);
  }
}
