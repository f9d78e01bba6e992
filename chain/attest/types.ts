import type { Context } from "../kernel/context.js";
import type { Address, Height, VotingPower } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";

/**
 * Attestation as modules see it (design §5): a module opens a task, the validators compute, commit and reveal a value,
 * and the module is told the outcome in the block that closes the task.
 */

export interface TaskView {
  readonly id: bigint;
  readonly kind: string;
  /** The module's own id of what the task is about. */
  readonly subject: bigint;
  /** The module's own encoded message. */
  readonly payload: Uint8Array;
  readonly openedHeight: Height;
  /** 1 for the first committee. What an earlier attempt revealed is public at the next. */
  readonly attempt: number;
}

/** One committee member's part in a finished task. */
export interface Attester {
  /** Consensus address. */
  readonly validator: Address;
  /** Voting power, or seats where there are more validators than seats. */
  readonly power: VotingPower;
  /** Committed in time, whether or not it revealed. */
  readonly committed: boolean;
  /** Revealed a value, in time, that matched its commitment. */
  readonly revealed: boolean;
  /** Revealed the outcome (exact), or came close enough by the kind's own measure (median). */
  readonly agreed: boolean;
  /** All that it revealed; undefined when it did not. */
  readonly value: Uint8Array | undefined;
}

export interface Outcome {
  /** The comparable part of what was agreed on, or the kind's median. */
  readonly value: Uint8Array;
  /** No value had more than two thirds of the committee's power; `value` is the kind's weighted median. */
  readonly median: boolean;
  readonly agreeingPower: VotingPower;
  readonly revealedPower: VotingPower;
  readonly committeePower: VotingPower;
  /** The whole committee, in order of address. */
  readonly attesters: readonly Attester[];
}

export interface WeightedValue {
  readonly validator: Address;
  readonly power: VotingPower;
  readonly value: Uint8Array;
}

/** How values of one kind are bounded, tallied and used. Registered by the module that opens such tasks. */
export interface TaskKind {
  readonly kind: string;
  readonly maxValueBytes: number;
  /** Attempts at most, where fewer than params allow are enough: what is not done then need not be done. */
  readonly maxAttempts?: number;
  /** Total: decodes strictly and checks bounds against the task. A value that is not valid does not count as revealed. */
  isValid(value: Uint8Array, task: TaskView): boolean;
  /**
   * The part of a valid value in which validators must be equal to agree; the whole value where this is absent. The rest
   * is each validator's own and reaches the module with its Attester.
   */
  comparable?(value: Uint8Array, task: TaskView): Uint8Array;
  /**
   * What to do when no value has more than two thirds. `values` are valid, in order of validator address, with more than two
   * thirds of the power together; `whole` is the committee's. `isClose` is asked about such values. Absent for kinds that then
   * fail; undefined where there is no outcome after all.
   */
  median?(
    values: readonly WeightedValue[],
    task: TaskView,
    whole: bigint,
  ): { readonly value: Uint8Array; isClose(value: Uint8Array): boolean } | undefined;
  /** Runs on its own branch inside the block; a Reject drops the branch and counts as onFailed. */
  onResolved(ctx: Context, task: TaskView, outcome: Outcome): void;
  /** Too little power took part in every attempt, or no outcome was possible. `attesters`: the last committee, none of which agreed. */
  onFailed(ctx: Context, task: TaskView, attesters: readonly Attester[]): void;
}

export interface NewTask {
  readonly kind: string;
  readonly subject: bigint;
  readonly payload: Uint8Array;
  /** Never on the committee, at any attempt. */
  readonly excluded?: readonly Address[];
  /** On the committee only where the others hold too little power to judge without them. */
  readonly avoided?: readonly Address[];
  /** Blocks its commit phase stays open at most, where that is more than the params say. */
  readonly commitPeriod?: number;
}

/** What a module's ports.ts asks for in order to open tasks. */
export interface TaskOpener {
  /** Returns the task's id. The committee is drawn from the current validators. */
  open(ctx: Context, task: NewTask): bigint;
}

/** For modules that come back to a task of theirs when it is over. */
export interface TaskReader {
  /** Undefined for an id that was never given. */
  view(stores: ReadStores, taskId: bigint): TaskView | undefined;
}
