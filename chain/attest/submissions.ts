import { Reject, equalBytes, toAddress } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import type { ExtendedVoteInfo } from "../abci/index.js";
import type { Context } from "../kernel/context.js";
import { Phase } from "../../proto/gen/openledger/attest/v1.js";
import type { Commitment, Reveal, Task, VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import { commitmentOf } from "./commitment.js";
import { parseExtension } from "./extension.js";
import { paramsOfVotes } from "./limits.js";
import { ATTEST_STORE, attestState } from "./state.js";
import { viewOf } from "./tasks.js";
import type { TaskKind } from "./types.js";

type Kinds = ReadonlyMap<string, TaskKind>;

interface Part {
  readonly task: Task;
  readonly power: bigint;
}

/** The open task that an entry speaks of, if its phase and attempt fit and the sender sits on its committee. */
function partOf(ctx: Context, from: Address, entry: { taskId: bigint; attempt: number }, phase: number): Part | undefined {
  const { tasks } = attestState.open(ctx.store(ATTEST_STORE));
  const task = tasks.get(entry.taskId);
  if (task === undefined || task.phase !== phase || task.attempt !== entry.attempt) return undefined;
  const member = task.committee.find((m) => equalBytes(m.validator, from));
  return member && { task, power: member.power };
}

function applyCommitment(ctx: Context, from: Address, entry: Commitment): void {
  const state = attestState.open(ctx.store(ATTEST_STORE));
  const part = partOf(ctx, from, entry, Phase.PHASE_COMMIT);
  if (part === undefined || state.submissions.has([entry.taskId, from])) return;
  const nothing = new Uint8Array(0);
  state.submissions.set([entry.taskId, from], {
    taskId: entry.taskId,
    validator: from,
    commitment: entry.hash,
    value: nothing,
    salt: nothing,
  });
  state.tasks.set(entry.taskId, { ...part.task, committedPower: part.task.committedPower + part.power });
  state.touched.add(entry.taskId);
}

function applyReveal(ctx: Context, kinds: Kinds, from: Address, entry: Reveal): void {
  const state = attestState.open(ctx.store(ATTEST_STORE));
  const part = partOf(ctx, from, entry, Phase.PHASE_REVEAL);
  const submission = state.submissions.get([entry.taskId, from]);
  if (part === undefined || submission === undefined || submission.salt.length > 0) return;
  const { taskId, attempt, value, salt } = entry;
  const expected = commitmentOf({ chainId: ctx.block.chainId, taskId, attempt, validator: from, value, salt });
  if (!equalBytes(expected, submission.commitment)) return;
  const kind = kinds.get(part.task.kind);
  if (kind === undefined || value.length > kind.maxValueBytes || !kind.isValid(value, viewOf(part.task))) return;
  state.submissions.set([taskId, from], { ...submission, value, salt });
  state.tasks.set(taskId, { ...part.task, revealedPower: part.task.revealedPower + part.power });
  state.touched.add(taskId);
}

function read(ctx: Context, bytes: Uint8Array): VoteExtension | undefined {
  try {
    return parseExtension(bytes, paramsOfVotes(ctx, ctx.block.height - 1n));
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

/**
 * Records what the precommits of the last height carried. Anything that does not fit is ignored: a first commitment
 * stands, a reveal counts once and only if it opens its commitment.
 */
export function applyVotes(ctx: Context, kinds: Kinds, votes: readonly ExtendedVoteInfo[]): void {
  for (const vote of votes) {
    if (vote.flag !== "commit" || vote.extension.length === 0) continue;
    const extension = read(ctx, vote.extension);
    if (extension === undefined) continue;
    const from = toAddress(vote.validator.address);
    for (const entry of extension.commitments) applyCommitment(ctx, from, entry);
    for (const entry of extension.reveals) applyReveal(ctx, kinds, from, entry);
  }
}
