import type { ValidatorUpdate } from "../../chain/abci/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { redelegationCompleted, unbondingCompleted } from "./events.js";
import type { StakingPorts } from "./ports.js";
import { completeRedelegation } from "./redelegations.js";
import { completeUnbonding } from "./unbondings.js";
import { completeValidatorUnbonding, updateValidatorSet } from "./validator-set.js";
import { writing } from "./validators.js";

/** Entries of each queue that one block completes; the rest, which are paid by then as little as before, follow in the next. */
export const COMPLETIONS_PER_BLOCK = 500;

/** The first of a queue whose time is over, at most as many as a block completes; taken off it. */
function dequeue<K extends readonly [unknown, ...unknown[]]>(
  queue: { keys(range: { readonly limit: number }): Iterable<K>; delete(key: K): void },
  isDue: (key: K) => boolean,
): readonly K[] {
  const due = [...queue.keys({ limit: COMPLETIONS_PER_BLOCK })].filter(isDue);
  for (const key of due) queue.delete(key);
  return due;
}

function completeValidators(ctx: Context, ports: StakingPorts): void {
  const { validatorQueue } = writing(ctx);
  const isDue = ([time, height]: readonly [bigint, bigint, unknown]): boolean =>
    time <= ctx.block.time && height <= ctx.block.height;
  for (const [, , operator] of dequeue(validatorQueue, isDue))
    completeValidatorUnbonding(ctx, ports, operator);
}

function completeUnbondings(ctx: Context, ports: StakingPorts): void {
  for (const [, [delegator, operator]] of dequeue(
    writing(ctx).unbondingQueue,
    ([time]) => time <= ctx.block.time,
  )) {
    const amount = completeUnbonding(ctx, ports, { delegator, operator });
    if (amount !== undefined) ctx.emit(unbondingCompleted({ delegator, operator }, amount));
  }
}

function completeRedelegations(ctx: Context): void {
  for (const [, [delegator, source, destination]] of dequeue(
    writing(ctx).redelegationQueue,
    ([time]) => time <= ctx.block.time,
  )) {
    const move = { delegator, source, destination };
    const amount = completeRedelegation(ctx, move);
    if (amount !== undefined) ctx.emit(redelegationCompleted(move, amount));
  }
}

/** The set first, so that an unbonding time of nothing ends in the block it began in; then what has left (x/staking/keeper/abci.go). */
export function endBlock(ctx: Context, ports: StakingPorts): readonly ValidatorUpdate[] {
  const updates = updateValidatorSet(ctx, ports);
  completeValidators(ctx, ports);
  completeUnbondings(ctx, ports);
  completeRedelegations(ctx);
  return updates;
}
