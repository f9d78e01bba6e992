import { Reject, equalBytes } from "../../../chain/primitives/index.js";
import { ReplayOutcome, ReplayStatus, TrainingOutput } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, Checkpoint, ReplayTask, StepRecord } from "../../../proto/gen/openledger/modelfactory/v1.js";

/** Bytes of an outcome at most: four numbers, two roots, and an output of four hashes and two numbers, with their tags. */
export const MAX_OUTCOME_BYTES = 384;

const HASH_BYTES = 32;
const WHOLE = 1_000_000;

const isHash = (bytes: Uint8Array): boolean => bytes.length === HASH_BYTES;

function isSoundOutput(output: TrainingOutput | undefined, task: ReplayTask): boolean {
  if (output === undefined) return false;
  const { adapterHash, tangentRoot, fallbackRoot, runtimeId, metasmoothnessPpm } = output;
  const isInRange = metasmoothnessPpm >= -WHOLE && metasmoothnessPpm <= WHOLE;
  const isOwn = equalBytes(runtimeId, task.runtimeId);
  return isInRange && isOwn && [adapterHash, tangentRoot].every(isHash) && (fallbackRoot.length === 0 || isHash(fallbackRoot));
}

function isDone({ last, stepRoot, output }: ReplayOutcome, task: ReplayTask): boolean {
  if (last?.step !== task.to || !isHash(last.stateRoot) || !isHash(stepRoot)) return false;
  return task.result ? isSoundOutput(output, task) : output === undefined;
}

/** Nothing was run. */
function isEmpty({ last, stepRoot, output }: ReplayOutcome): boolean {
  return last === undefined && output === undefined && stepRoot.length === 0;
}

/** What a validator attests that has another runtime than the job's trainer: no opinion. */
export const ABSTENTION: Uint8Array = ReplayOutcome.encode(
  ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME }),
);

export function isAbstention(value: Uint8Array): boolean {
  return equalBytes(value, ABSTENTION);
}

/**
 * Whether more than a third of the committee abstains. The rest is then no quorum whatever it says, and one who abstains is
 * honest, as long as less than a third is not: the runtime really is missing. `whole`: the power of the committee.
 */
export function isOutOfReach(
  values: readonly { readonly power: bigint; readonly value: Uint8Array }[],
  whole: bigint,
): boolean {
  const abstaining = values.reduce((sum, { power, value }) => sum + (isAbstention(value) ? power : 0n), 0n);
  return abstaining * 3n > whole;
}

function isSound(outcome: ReplayOutcome, task: ReplayTask): boolean {
  const { status } = outcome;
  if (status === ReplayStatus.REPLAY_STATUS_DONE) return isDone(outcome, task);
  if (status === ReplayStatus.REPLAY_STATUS_IMPOSSIBLE || status === ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME) return isEmpty(outcome);
  // A start can only be missing or wrong where the task names one.
  const isAboutStart = status === ReplayStatus.REPLAY_STATUS_UNAVAILABLE || status === ReplayStatus.REPLAY_STATUS_CORRUPT;
  return isAboutStart && task.stateCid !== "" && isEmpty(outcome);
}

/** Strict: the one encoding of a finding that answers its task; anything else is undefined. */
export function parseReplayOutcome(value: Uint8Array, task: ReplayTask): ReplayOutcome | undefined {
  if (value.length > MAX_OUTCOME_BYTES) return undefined;
  try {
    const outcome = ReplayOutcome.decode(value, { ordered: true });
    return equalBytes(ReplayOutcome.encode(outcome), value) && isSound(outcome, task) ? outcome : undefined;
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

/** A checkpoint as the record of its step. */
export function recordOf({ step, lossMicroNats, dataCursor, stateHash }: Checkpoint): StepRecord {
  return { step, lossMicroNats, dataCursor, stateRoot: stateHash };
}

/** What a finished job published, in the form in which validators find it. */
export function outputOf(adapter: Adapter): TrainingOutput {
  const { adapterHash, tangentRoot, fallbackRoot, metasmoothSubsets, metasmoothnessPpm, runtimeId } = adapter;
  return { adapterHash, tangentRoot, fallbackRoot, metasmoothSubsets, metasmoothnessPpm, runtimeId };
}

export function isSameOutput(a: TrainingOutput, b: TrainingOutput): boolean {
  return equalBytes(TrainingOutput.encode(a), TrainingOutput.encode(b));
}
