import { Task } from "../../proto/gen/openledger/attest/v1.js";
import { toVotingPower, toHeight, Reject, Fault } from "../primitives/index.js";
import type { Outcome, TaskKind, TaskOpener, TaskView } from "../attest/index.js";
import type { Context, Module } from "../kernel/index.js";
import { createMultiBranch, defineSchema, map, protoValue, sequence, u64Key } from "../store/index.js";
import type { AttestValidators } from "../attest/index.js";

/** Attestation without vote extensions: the test says what the validators agree on, one block after a task opens. */
export interface TestTasks {
  readonly opener: TaskOpener;
  /** Named "attest"; put it last. */
  readonly module: Module;
}

export interface TestTasksOptions {
  readonly kinds: () => readonly TaskKind[];
  readonly validators: AttestValidators;
  /** The agreed value; undefined fails the task. */
  readonly answer: (task: TaskView) => Uint8Array | undefined;
}

const state = defineSchema("attest", { tasks: map(1, u64Key, protoValue(Task)), ids: sequence(2) });

function unanimous(ctx: Context, value: Uint8Array, validators: AttestValidators): Outcome {
  const attesters = validators.members(ctx).map((m) => ({ ...m, committed: true, revealed: true, agreed: true, value }));
  const power = toVotingPower(attesters.reduce((sum, a) => sum + a.power, 0n));
  return {
    value,
    median: false,
    agreeingPower: power,
    revealedPower: power,
    committeePower: power,
    attesters,
  };
}

function resolve(ctx: Context, task: TaskView, options: TestTasksOptions): void {
  const kind = options.kinds().find((k) => k.kind === task.kind);
  if (kind === undefined) throw new Fault("task of an unknown kind", { kind: task.kind });
  const value = options.answer(task);
  if (value === undefined || !kind.isValid(value, task)) return kind.onFailed(ctx, task, []);
  const branch = createMultiBranch(ctx);
  try {
    kind.onResolved(
      { ...ctx, store: (name) => branch.store(name) },
      task,
      { ...unanimous(ctx, value, options.validators), value: kind.comparable?.(value, task) ?? value },
    );
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    return kind.onFailed(ctx, task, []);
  }
  branch.flush();
}

/** Task opener and module for tests of modules; the real ones are chain/attest. */
export function createTestTasks(options: TestTasksOptions): TestTasks {
  const opener: TaskOpener = {
    open(ctx, { kind, subject, payload }) {
      const { tasks, ids } = state.open(ctx.store("attest"));
      const id = ids.next();
      tasks.set(id, Task.create({ id, kind, subject, payload, openedHeight: ctx.block.height, attempt: 1 }));
      return id;
    },
  };
  const module: Module = {
    name: "attest",
    messages: [],
    queries: [],
    genesis: { defaults: () => ({}), init: () => [], export: () => ({}) },
    endBlock(ctx) {
      const { tasks } = state.open(ctx.store("attest"));
      for (const [id, task] of tasks.entries()) {
        if (task.openedHeight >= ctx.block.height) continue;
        tasks.delete(id);
        resolve(ctx, { ...task, openedHeight: toHeight(task.openedHeight) }, options);
      }
      return [];
    },
    invariants: [],
    tasks: [],
  };
  return { opener, module };
}
