/** From the node's own services into its mempool, and back with what the block said. */
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import type { Engine } from "../engine/types.js";
import { EdgeFailure } from "../errors.js";
import type { TxDoor, TxOutcome } from "../trainer/tx-sender.js";

/** How long a transaction may wait for a block before its sender is told that it did not make it. */
const INCLUSION_TIMEOUT_MS = 120_000;

export function createTxDoor(engine: Pick<Engine, "pool" | "subscribe">): TxDoor {
  return {
    async deliver(tx, signal) {
      const waiting = awaitInclusion(engine, toHex(sha256(tx)), signal);
      const submission = await engine.pool.submit(tx);
      if (submission.kind === "checked" && submission.response.code === 0) return waiting.outcome;
      waiting.cancel();
      if (submission.kind === "refused") throw new EdgeFailure("busy", submission.message, { reason: submission.reason });
      const { code, codespace, log, data } = submission.response;
      return { code, codespace, log, data };
    },
  };
}

function awaitInclusion(
  engine: Pick<Engine, "subscribe">,
  hash: string,
  signal: AbortSignal,
): { readonly outcome: Promise<TxOutcome>; readonly cancel: () => void } {
  let settle: (end: TxOutcome | EdgeFailure | undefined) => void = () => undefined;
  const outcome = new Promise<TxOutcome>((resolve, reject) => {
    const unsubscribe = engine.subscribe((event) => {
      if (event.kind !== "block") return;
      const index = event.stored.block.txs.findIndex((tx) => toHex(sha256(tx)) === hash);
      const result = event.results.txResults[index];
      if (result !== undefined) settle(result);
    });
    const timer = setTimeout(() => settle(new EdgeFailure("timeout", "no block took the transaction", { hash })), INCLUSION_TIMEOUT_MS);
    const abort = (): void => settle(new EdgeFailure("aborted", "stopped while a transaction was waiting", { hash }));
    signal.addEventListener("abort", abort);
    settle = (end) => {
      unsubscribe();
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      if (end instanceof EdgeFailure) reject(end);
      else if (end !== undefined) resolve(end);
    };
  });
  return { outcome, cancel: () => settle(undefined) };
}
