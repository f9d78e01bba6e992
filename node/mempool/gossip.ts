/** Transactions between nodes: batches on one gossipsub topic, gathered for a few milliseconds. */
import { Reader } from "../../chain/codec/index.js";
import { TxBatch } from "../../proto/gen/openledger/engine/v1.js";
import type { MempoolConfig } from "../config/engine.js";
import { errorText } from "../errors.js";
import type { P2p, Topic, Verdict } from "../p2p/types.js";
import type { Logger } from "../telemetry/log.js";
import type { Mempool } from "./mempool.js";

/** Transactions in one batch; empty ones are refused, so bytes bound it too. */
const MAX_BATCH_TXS = 4_096;
/** Batches waiting to be sent; beyond, gossip is dropped and the rebroadcast repeats it. */
const MAX_QUEUED = 8_192;
const FRAMING_BYTES = 64;
/** Field 1, of bytes. */
const TXS_TAG = 0x0a;
/** Blocks after which a transaction is sent again, and again after as many more: its batch may have been lost. */
const REBROADCAST_BLOCKS = 5;

export interface TxGossip {
  /** Sends again what has waited for several blocks. Call once after each block. */
  rebroadcast(): void;
  stop(): void;
}

export interface TxGossipOptions {
  readonly pool: Mempool;
  readonly config: MempoolConfig;
  readonly log: Logger;
}

/** Registers the topic; call before the p2p service starts. */
export function createTxGossip(p2p: P2p, options: TxGossipOptions): TxGossip {
  return new Gossip(p2p, options);
}

class Gossip implements TxGossip {
  readonly #options: TxGossipOptions;
  readonly #topic: Topic;
  readonly #unsubscribe: () => void;
  #queue: Uint8Array[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the last batches left, in ms of our monotonic clock. */
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(p2p: P2p, options: TxGossipOptions) {
    this.#options = options;
    this.#topic = p2p.topic("txs", {
      maxBytes: Math.max(options.config.maxTxBytes, options.config.batchBytes) + FRAMING_BYTES,
      onMessage: (_peer, bytes) => this.#receive(bytes),
    });
    this.#unsubscribe = options.pool.onAdded((tx) => this.#enqueue(tx));
  }

  rebroadcast(): void {
    for (const tx of this.#options.pool.waitingFor(REBROADCAST_BLOCKS)) this.#enqueue(tx);
  }

  stop(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#queue = [];
  }

  #enqueue(tx: Uint8Array): void {
    if (this.#queue.length >= MAX_QUEUED) return;
    const { batchMs, busyBatchMs, batchBytes } = this.#options.config;
    if (this.#bytes + tx.length > batchBytes) this.#flush();
    this.#queue.push(tx);
    this.#bytes += tx.length + 4;
    const isBusy = performance.now() - this.#sentAt < 2 * busyBatchMs;
    this.#timer ??= setTimeout(() => this.#flush(), isBusy ? busyBatchMs : batchMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#bytes = 0;
    this.#sentAt = performance.now();
    let batch: Uint8Array[] = [];
    let bytes = 0;
    for (const tx of this.#queue.splice(0)) {
      const isFull = bytes + tx.length > this.#options.config.batchBytes || batch.length >= MAX_BATCH_TXS;
      if (isFull && batch.length > 0) {
        this.#publish(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(tx);
      bytes += tx.length + 4;
    }
    if (batch.length > 0) this.#publish(batch);
  }

  #publish(txs: readonly Uint8Array[]): void {
    this.#topic.publish(TxBatch.encode({ txs })).catch((error: unknown) => {
      this.#options.log.debug("transactions were not gossiped", {
        count: txs.length,
        reason: errorText(error),
      });
    });
  }

  /** A transaction that fails CheckTx is nobody's fault: our state may be a block apart from the sender's. */
  async #receive(bytes: Uint8Array): Promise<Verdict> {
    const txs = decodeBatch(bytes);
    if (txs === null) return "reject";
    try {
      const results = await Promise.all(txs.map((tx) => this.#options.pool.submit(tx)));
      return results.some((r) => r.kind === "checked" && r.response.code === 0) ? "accept" : "ignore";
    } catch (error) {
      this.#options.log.error("CheckTx failed", { error });
      return "ignore";
    }
  }
}

/**
 * An openledger.engine.v1.TxBatch; null for what no honest node sends. It is read one transaction at a time and given up at the first
 * empty one, or when there are too many: of a megabyte that says nothing in half a million places nothing is made.
 */
function decodeBatch(bytes: Uint8Array): readonly Uint8Array[] | null {
  const reader = new Reader(bytes);
  const txs: Uint8Array[] = [];
  try {
    while (!reader.done) {
      if (reader.varint32() !== TXS_TAG) return null;
      const tx = reader.bytes();
      if (tx.length === 0 || txs.length === MAX_BATCH_TXS) return null;
      txs.push(tx);
    }
  } catch {
    return null;
  }
  return txs.length === 0 ? null : txs;
}
