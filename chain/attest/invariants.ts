import type { Invariant } from "../kernel/module.js";
import type { ReadContext } from "../kernel/context.js";
import { equalBytes } from "../primitives/index.js";
import { Phase } from "../../proto/gen/openledger/attest/v1.js";
import { ATTEST_STORE, attestState } from "./state.js";

function open(ctx: ReadContext) {
  return attestState.read(ctx.store(ATTEST_STORE));
}

export const invariants: readonly Invariant[] = [
  {
    name: "a task is listed as open exactly while it is in phase commit or reveal",
    holds(ctx) {
      const state = open(ctx);
      for (const task of state.tasks.values()) {
        const active = task.phase === Phase.PHASE_COMMIT || task.phase === Phase.PHASE_REVEAL;
        if (active !== state.open.has(task.id)) return { task: task.id, phase: task.phase };
      }
      return true;
    },
  },
  {
    name: "every open task is judged at its deadline, and no other is; votes leave nothing to do between blocks",
    holds(ctx) {
      const state = open(ctx);
      const entries = [...state.deadlines.keys()];
      for (const [deadline, task] of entries) {
        if (!state.open.has(task) || state.tasks.getOrFail(task).deadline !== deadline) return { task, deadline };
      }
      const [count, touched] = [[...state.open.keys()].length, [...state.touched.keys()].length];
      return (entries.length === count && touched === 0) || { deadlines: entries.length, open: count, touched };
    },
  },
  {
    name: "submissions belong to open tasks and to members of their committee",
    holds(ctx) {
      const state = open(ctx);
      for (const s of state.submissions.values()) {
        const task = state.tasks.get(s.taskId);
        const member = task?.committee.some((m) => equalBytes(m.validator, s.validator)) === true;
        if (!member || !state.open.has(s.taskId)) return { task: s.taskId };
      }
      return true;
    },
  },
  {
    name: "a task's committed and revealed power are the sums over its submissions",
    holds(ctx) {
      const state = open(ctx);
      for (const id of state.open.keys()) {
        const task = state.tasks.getOrFail(id);
        const own = [...state.submissions.values({ prefix: [id] })];
        const power = (from: typeof own): bigint =>
          task.committee.filter((m) => from.some((s) => equalBytes(s.validator, m.validator))).reduce((sum, m) => sum + m.power, 0n);
        const committed = power(own);
        const revealed = power(own.filter((s) => s.salt.length > 0));
        if (committed !== task.committedPower || revealed !== task.revealedPower) return { task: id, committed, revealed };
      }
      return true;
    },
  },
];
