import { EMPTY_BYTES, equalBytes } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";
import { Phase, VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import type { Commitment, Params, Reveal, Submission, Task } from "../../proto/gen/openledger/attest/v1.js";
import { commitmentOf } from "./commitment.js";
import type { ExtensionSource } from "./ports.js";
import { ATTEST_STORE, attestState } from "./state.js";

/** Bytes of framing that one commitment or reveal adds beside its payload; generous. */
const OVERHEAD = 96;
/** Bytes of a commitment's hash. */
const COMMITMENT = 32;

interface Budget {
  bytes: number;
  tasks: number;
}

const hasRoom = (budget: Budget, payload: number): boolean => budget.tasks >= 1 && budget.bytes >= payload + OVERHEAD;

function take(budget: Budget, payload: number): void {
  budget.bytes -= payload + OVERHEAD;
  budget.tasks -= 1;
}

function commitTo(chainId: string, source: ExtensionSource, task: Task): Commitment | undefined {
  const value = source.value(task.id, task.attempt);
  if (value === undefined || source.validator === undefined) return undefined;
  const salt = source.salt(task.id, task.attempt);
  const { id: taskId, attempt } = task;
  return { taskId, attempt, hash: commitmentOf({ chainId, taskId, attempt, validator: source.validator, value, salt }) };
}

/** Reveals only what opens the commitment on chain: a value that changed since would only cost the attester. */
function reveal(chainId: string, source: ExtensionSource, task: Task, submission: Submission): Reveal | undefined {
  const value = source.value(task.id, task.attempt);
  const again = commitTo(chainId, source, task);
  if (value === undefined || again === undefined || !equalBytes(again.hash, submission.commitment)) return undefined;
  return { taskId: task.id, attempt: task.attempt, value, salt: source.salt(task.id, task.attempt) };
}

/** Open tasks, oldest first, that an extension is made from at most: younger ones have their turn when these end. */
const MAX_LOOKED_AT = 512;

function myTasks(stores: ReadStores, validator: Address): Task[] {
  const { open, tasks } = attestState.read(stores.store(ATTEST_STORE));
  return [...open.keys({ limit: MAX_LOOKED_AT })]
    .map((id) => tasks.getOrFail(id))
    .filter((t) => t.committee.some((m) => equalBytes(m.validator, validator)));
}

/**
 * What may still be committed to: no more than can be revealed in half of a reveal period, beside what is promised already.
 * Otherwise many tasks at once would make an honest validator break its promises.
 */
function roomToPromise({ maxExtensionBytes, maxTasksPerExtension, revealPeriod }: Params): Budget {
  return { bytes: (maxExtensionBytes * revealPeriod) >> 1, tasks: (maxTasksPerExtension * revealPeriod) >> 1 };
}

/**
 * This validator's extension over the last committed state: reveals first, oldest task first, within the bounds that
 * peers check. Empty when there is nothing to say.
 */
export function extendOwn(stores: ReadStores, chainId: string, source: ExtensionSource): Uint8Array {
  const validator = source.validator;
  if (validator === undefined) return EMPTY_BYTES;
  const { params: stored, submissions } = attestState.read(stores.store(ATTEST_STORE));
  const params: Params = stored.getOrFail();
  const budget: Budget = { bytes: params.maxExtensionBytes, tasks: params.maxTasksPerExtension };
  const room = roomToPromise(params);
  const mine = myTasks(stores, validator);

  const reveals: Reveal[] = [];
  for (const task of mine) {
    const submission = submissions.get([task.id, validator]);
    if (submission === undefined || submission.salt.length > 0) continue;
    take(room, source.value(task.id, task.attempt)?.length ?? 0);
    const entry = task.phase === Phase.PHASE_REVEAL ? reveal(chainId, source, task, submission) : undefined;
    if (entry === undefined || !hasRoom(budget, entry.value.length)) continue;
    take(budget, entry.value.length);
    reveals.push(entry);
  }
  const commitments: Commitment[] = [];
  for (const task of mine) {
    if (task.phase !== Phase.PHASE_COMMIT || submissions.has([task.id, validator])) continue;
    const entry = commitTo(chainId, source, task);
    const promised = source.value(task.id, task.attempt)?.length ?? 0;
    if (entry === undefined || !hasRoom(room, promised) || !hasRoom(budget, COMMITMENT)) continue;
    take(room, promised);
    take(budget, COMMITMENT);
    commitments.push(entry);
  }
  if (reveals.length + commitments.length === 0) return EMPTY_BYTES;
  return VoteExtension.encode({ commitments, reveals });
}
