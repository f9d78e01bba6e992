import type { Context } from "../kernel/context.js";
import type { Address, Height, VotingPower } from "../primitives/index.js";

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
}

/** One committee member's part in a finished task. */
export interface Attester {
  /** Consensus address. */
  readonly validator: Address;
  readonly power: VotingPower;
  /** Revealed a value, in time, that matched its commitment. */
  readonly revealed: boolean;
  /** Revealed the outcome (exact), or came close enough by the kind's own measure (median). */
  readonly agreed: boolean;
}

export interface Outcome {
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
  /** Total: decodes strictly and checks bounds against the task. A value that is not valid does not count as revealed. */
  isValid(value: Uint8Array, task: TaskView): boolean;
  /**
   * For tolerant kinds: what to do when no value has more than two thirds. `values` are valid, in order of validator
   * address, with more than two thirds of the power together. Absent for kinds that then fail.
   */
  median?(values: readonly WeightedValue[], task: TaskView): { readonly value: Uint8Array; isClose(value: Uint8Array): boolean };
  /** Runs on its own branch inside the block; a Reject drops the branch and counts as onFailed. */
  onResolved(ctx: Context, task: TaskView, outcome: Outcome): void;
  /** Too little power took part in every attempt, or no outcome was possible. */
  onFailed(ctx: Context, task: TaskView): void;
}

/** What a module's ports.ts asks for in order to open tasks. */
export interface TaskOpener {
  /** Returns the task's id. The committee is drawn from the current validators. */
  open(ctx: Context, task: { readonly kind: string; readonly subject: bigint; readonly payload: Uint8Array }): bigint;
}
