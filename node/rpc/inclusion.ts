/** Waits until a transaction stands in a block, for `broadcast_tx_commit`. */
import type { ExecTxResult } from "../../chain/abci/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { serverError } from "./errors.js";
import type { ChainEvent, EventFeed } from "./types.js";

export interface Inclusion {
  readonly height: Height;
  readonly result: ExecTxResult;
}

export interface Expectation {
  /** undefined when the time is over or the waiter stopped. Never rejects. */
  readonly result: Promise<Inclusion | undefined>;
  cancel(): void;
}

export interface InclusionWaiter {
  /** Starts to wait now, so call it before submitting. @throws RpcError -32000 when too many wait already. */
  expect(tx: Uint8Array): Expectation;
  stop(): void;
}

export interface InclusionOptions {
  readonly timeoutMs: number;
  readonly maxWaiting: number;
}

type Settle = (inclusion: Inclusion | undefined) => void;

/** One subscription serves all who wait; blocks are hashed only while somebody does. */
export function createInclusionWaiter(feed: EventFeed, options: InclusionOptions): InclusionWaiter {
  const waiting = new Map<string, Set<Settle>>();
  let count = 0;

  const receive = (event: ChainEvent): void => {
    if (event.kind !== "block" || waiting.size === 0) return;
    const { header, txs } = event.stored.block;
    for (const [i, tx] of txs.entries()) {
      const result = event.results.txResults[i];
      const settles = waiting.get(toHex(sha256(tx)));
      if (result === undefined || settles === undefined) continue;
      for (const settle of [...settles]) settle({ height: header.height, result });
    }
  };
  const unsubscribe = feed.subscribe(receive);

  const expect = (tx: Uint8Array): Expectation => {
    if (count >= options.maxWaiting) throw serverError(`max_subscription_clients ${options.maxWaiting} reached`);
    const key = toHex(sha256(tx));
    const settles = waiting.get(key) ?? new Set<Settle>();
    waiting.set(key, settles);
    count++;
    let settle: Settle = () => undefined;
    const result = new Promise<Inclusion | undefined>((resolve) => {
      const timer = setTimeout(() => settle(undefined), options.timeoutMs);
      settle = (inclusion) => {
        if (!settles.delete(settle)) return;
        count--;
        clearTimeout(timer);
        if (settles.size === 0) waiting.delete(key);
        resolve(inclusion);
      };
      settles.add(settle);
    });
    return { result, cancel: () => settle(undefined) };
  };

  const stop = (): void => {
    unsubscribe();
    for (const settles of [...waiting.values()]) for (const settle of [...settles]) settle(undefined);
  };
  return { expect, stop };
}
