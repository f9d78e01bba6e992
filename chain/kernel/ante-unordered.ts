import { fromTimestamp } from "../codec/index.js";
import type { AnteRun } from "./ante.js";
import { SdkError } from "./errors.js";

/** How far ahead an unordered transaction may set its timeout: so long its nonce is remembered. Ten minutes, the SDK's. */
const MAX_TTL_NS = 600n * 1_000_000_000n;

/** Twice what reading and deleting one nonce costs, since nobody pays when it is forgotten (the SDK's figure). */
const UNORDERED_GAS = 2_240n;

/**
 * Replay protection without sequences (SDK 0.53, cosmos-formats.md §7.3): the timeout is the nonce, and every signer may use it once.
 * A simulation uses none.
 *
 * @throws Reject sdk/18 on a timeout that is missing, past, too far ahead or used already.
 */
export function useUnordered({ ctx, tx, mode, options }: AnteRun): void {
  const { timeoutTimestamp } = tx.body;
  if (timeoutTimestamp === undefined || timeoutTimestamp.seconds === 0n)
    throw SdkError.InvalidRequest("unordered transaction must have timeout_timestamp set");
  const timeout = fromTimestamp(timeoutTimestamp);
  if (timeout < ctx.block.time)
    throw SdkError.InvalidRequest("unordered transaction has a timeout_timestamp that has already passed");
  if (timeout > ctx.block.time + MAX_TTL_NS) throw SdkError.InvalidRequest("unordered tx ttl exceeds 10m0s");
  ctx.gas.consume(UNORDERED_GAS, "unordered tx");
  if (mode === "simulate") return;
  for (const signer of tx.signers) options.accounts.useNonce(ctx, signer, timeout);
}
