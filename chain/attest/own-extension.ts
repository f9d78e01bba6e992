import { EMPTY_BYTES, equalBytes } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";
import { Phase, VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import type { Commitment, Params, Reveal, Submission, Task } from "../../proto/gen/openledger/attest/v1.js";
import { commitmentOf } from "./commitment.js";
import type { ExtensionSource } from "./ports.js";
import { ATTEST_STORE, attestState } from "./state.js";

/** Bytes of framing that one commitment or reveal adds beside its payload; generous. */
const OVERHEAD = 96;

interface Budget {
  bytes: number;
  tasks: number;
}

function fits(budget: Budget, payload: number): boolean {
  if (budget.tasks < 1 || budget.bytes < payload + OVERHEAD) return false;
  budget.bytes -= payload + OVERHEAD;
  budget.tasks -= 1;
  return true;
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

/**
 * This validator's extension over the last committed state: reveals first, oldest task first, within the bounds that
 * peers check. Empty when there is nothing to say.
 */
export function extendOwn(stores: ReadStores, chainId: string, source: ExtensionSource): Uint8Array {
  const validator = source.validator;
  if (validator === undefined) return EMPTY_BYTES;
  const state = attestState.read(stores.store(ATTEST_STORE));
  const params: Params = state.params.getOrFail();
  const budget: Budget = { bytes: params.maxExtensionBytes, tasks: params.maxTasksPerExtension };
  const mine = [...state.open.keys()]
    .map((id) => state.tasks.getOrFail(id))
    .filter((t) => t.committee.some((m) => equalBytes(m.validator, validator)));

  const reveals: Reveal[] = [];
  for (const task of mine.filter((t) => t.phase === Phase.PHASE_REVEAL)) {
    const submission = state.submissions.get([task.id, validator]);
    if (submission === undefined || submission.salt.length > 0) continue;
    const entry = reveal(chainId, source, task, submission);
    if (entry !== undefined && fits(budget, entry.value.length)) reveals.push(entry);
  }
  const commitments: Commitment[] = [];
  for (const task of mine.filter((t) => t.phase === Phase.PHASE_COMMIT)) {
    if (state.submissions.has([task.id, validator])) continue;
    const entry = commitTo(chainId, source, task);
    if (entry !== undefined && fits(budget, 32)) commitments.push(entry);
  }
  if (reveals.length + commitments.length === 0) return EMPTY_BYTES;
  return VoteExtension.encode({ commitments, reveals });
}
