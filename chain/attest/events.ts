import type { Event } from "../abci/index.js";
import type { Task } from "../../proto/gen/openledger/attest/v1.js";

function event(type: string, task: Task, extra: readonly (readonly [string, string])[]): Event {
  const rows: readonly (readonly [string, string])[] = [
    ["task_id", task.id.toString()],
    ["kind", task.kind],
    ["subject", task.subject.toString()],
    ["attempt", task.attempt.toString()],
    ...extra,
  ];
  return { type, attributes: rows.map(([key, value]) => ({ key, value, index: true })) };
}

/** The commit phase closed with more than two thirds of the power. */
export function taskOpenedReveal(task: Task): Event {
  return event("task_reveal", task, [["committed_power", task.committedPower.toString()]]);
}

/** A new committee was drawn. */
export function taskRetried(task: Task): Event {
  return event("task_retry", task, []);
}

export function taskClosed(task: Task, result: "exact" | "median" | "failed"): Event {
  return event("task_closed", task, [
    ["result", result],
    ["revealed_power", task.revealedPower.toString()],
  ]);
}
