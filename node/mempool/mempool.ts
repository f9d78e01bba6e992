/**
 * Transactions that passed CheckTx and wait for a block: bounded, a queue by sequence per sender, each known by its hash
 * before anything is decoded.
 *
 * CheckTx runs on a state that forgets, at each commit, what pending transactions had done to it. Only senders that the
 * block touched are checked again at once; others when their next transaction arrives (performance.md §0.8).
 */
import type { Application, CheckTxResponse, FinalizeBlockResponse } from "../../chain/abci/index.js";
import type { Block } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { compareBigints } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { MempoolConfig } from "../config/engine.js";
import type { PoolStatus, Submission } from "../engine/types.js";
import { Heap } from "./heap.js";
import { SeenCache } from "./seen-cache.js";
import { framedBytes } from "./types.js";
import type { ProposalTxs } from "./types.js";

interface Entry {
  readonly key: string;
  readonly tx: Uint8Array;
  readonly sender: string;
  readonly sequence: bigint;
  readonly priority: bigint;
  readonly gasWanted: bigint;
  /** Order of arrival. */
  readonly number: number;
  readonly height: bigint;
}

export interface MempoolOptions {
  readonly app: Pick<Application, "checkTx">;
  readonly config: MempoolConfig;
}

/** Submissions that wait while a block is being committed; beyond, they are refused. */
const MAX_WAITING = 10_000;

export class Mempool implements ProposalTxs {
  readonly #app: Pick<Application, "checkTx">;
  readonly #config: MempoolConfig;
  readonly #cache: SeenCache;
  readonly #byHash = new Map<string, Entry>();
  /** sender -> its transactions by sequence */
  readonly #queues = new Map<string, Entry[]>();
  /** Senders whose transactions the check state has forgotten. */
  #stale = new Set<string>();
  #bytes = 0;
  #arrivals = 0;
  #height = 0n;
  #isLocked = false;
  #waiting: (() => void)[] = [];
  readonly #listeners = new Set<(tx: Uint8Array) => void>();

  constructor({ app, config }: MempoolOptions) {
    this.#app = app;
    this.#config = config;
    this.#cache = new SeenCache(config.cacheSize);
  }

  status(): PoolStatus {
    return { count: this.#byHash.size, bytes: this.#bytes };
  }

  /** Called with each transaction that enters the pool. */
  onAdded(listener: (tx: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether this transaction was seen lately: the one check that costs a hash and no decoding. */
  isSeen(tx: Uint8Array): boolean {
    return this.#cache.has(keyOf(tx));
  }

  /** Checks and keeps a transaction. Refusals carry CometBFT's texts, which clients parse. */
  async submit(tx: Uint8Array): Promise<Submission> {
    const { maxTxBytes } = this.#config;
    if (tx.length > maxTxBytes)
      return refuse("too-large", `Tx too large. Max size is ${maxTxBytes}, but got ${tx.length}`);
    const key = keyOf(tx);
    if (this.#cache.has(key)) return refuse("in-cache", "tx already exists in cache");
    const full = this.#fullness(tx);
    if (full !== null) return refuse("full", full);
    this.#cache.add(key);
    if (!(await this.#unlocked())) {
      this.#cache.delete(key);
      return refuse("not-ready", "the node is busy");
    }
    const response = this.#check(tx);
    const refusal = response.code === 0 ? this.#add(key, tx, response) : null;
    if (response.code !== 0 || refusal !== null) this.#cache.delete(key);
    return refusal === null ? { kind: "checked", response } : refuse("full", refusal);
  }

  lock(): void {
    this.#isLocked = true;
  }

  update(height: Height, block: Block, response: FinalizeBlockResponse): void {
    this.#height = height;
    const touched = new Set<string>();
    block.txs.forEach((tx, i) => {
      const key = keyOf(tx);
      const sender = this.#byHash.get(key)?.sender ?? this.#senderOf(tx);
      if (sender !== "") touched.add(sender);
      this.#remove(key);
      if (response.txResults[i]?.code === 0) this.#cache.add(key);
      else this.#cache.delete(key);
    });
    this.#expire();
    this.#stale = new Set(this.#queues.keys());
    for (const sender of touched) this.#recheck(sender);
    this.#isLocked = false;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  reap(maxBytes: number, maxGas: bigint): readonly Uint8Array[] {
    const taken: Uint8Array[] = [];
    let bytes = 0;
    let gas = 0n;
    for (const entry of this.#inOrder()) {
      const size = framedBytes(entry.tx);
      if (bytes + size > maxBytes) break;
      if (maxGas >= 0n && gas + entry.gasWanted > maxGas) break;
      bytes += size;
      gas += entry.gasWanted;
      taken.push(entry.tx);
    }
    return taken;
  }

  list(limit: number): readonly Uint8Array[] {
    const listed: Uint8Array[] = [];
    for (const { tx } of this.#inOrder()) {
      if (listed.length >= limit) break;
      listed.push(tx);
    }
    return listed;
  }

  /** Transactions that have waited for so many blocks: whoever should propose them may not have them. */
  waitingSince(blocks: number): readonly Uint8Array[] {
    const before = this.#height - BigInt(blocks);
    return [...this.#byHash.values()].filter((e) => e.height <= before).map((e) => e.tx);
  }

  /** The sender with the best next transaction first; within a sender by sequence. */
  *#inOrder(): Generator<Entry> {
    const heads = new Heap<{ readonly queue: readonly Entry[]; at: number; entry: Entry }>((a, b) =>
      isBefore(a.entry, b.entry),
    );
    for (const queue of this.#queues.values()) {
      const entry = queue[0];
      if (entry !== undefined) heads.push({ queue, at: 0, entry });
    }
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      yield head.entry;
      const at = head.at + 1;
      const entry = head.queue[at];
      if (entry !== undefined) heads.push({ queue: head.queue, at, entry });
    }
  }

  #fullness(tx: Uint8Array): string | null {
    const { maxTxs, maxBytes } = this.#config;
    const { size } = this.#byHash;
    if (size < maxTxs && this.#bytes + tx.length <= maxBytes) return null;
    return `mempool is full: number of txs ${size} (max: ${maxTxs}), total txs bytes ${this.#bytes} (max: ${maxBytes})`;
  }

  /**
   * The check state forgets what waits, so for a sender it has forgotten a sequence may be wrong only for that, or right only
   * for that: what waits is checked again, and then the newcomer.
   */
  #check(tx: Uint8Array): CheckTxResponse {
    const response = this.#app.checkTx({ tx, kind: "new" });
    const { sender, sequence } = response;
    if (!this.#stale.has(sender)) return response;
    const isRival = response.code === 0 && (this.#queues.get(sender) ?? []).some((e) => e.sequence === sequence);
    this.#recheck(sender, response.code === 0 ? sequence : -1n);
    return response.code === 0 && !isRival ? response : this.#app.checkTx({ tx, kind: "new" });
  }

  /** null, or why there is no room: others may have come in while this one waited for a block. */
  #add(key: string, tx: Uint8Array, response: CheckTxResponse): string | null {
    const full = this.#fullness(tx);
    if (full !== null) return full;
    const sender = response.sender === "" ? key : response.sender;
    const queue = this.#queues.get(sender) ?? [];
    if (queue.length >= this.#config.maxPerSender)
      return `mempool is full: ${queue.length} txs of this sender wait (max: ${this.#config.maxPerSender})`;
    const { sequence, priority, gasWanted } = response;
    const entry = {
      key,
      tx,
      sender,
      sequence,
      priority,
      gasWanted,
      number: this.#arrivals++,
      height: this.#height,
    };
    this.#queues.set(
      sender,
      [...queue, entry].toSorted((a, b) => compareBigints(a.sequence, b.sequence)),
    );
    this.#byHash.set(key, entry);
    this.#bytes += tx.length;
    for (const listener of this.#listeners) listener(tx);
    return null;
  }

  #remove(key: string): void {
    const entry = this.#byHash.get(key);
    if (entry === undefined) return;
    this.#byHash.delete(key);
    this.#bytes -= entry.tx.length;
    const rest = (this.#queues.get(entry.sender) ?? []).filter((e) => e.key !== key);
    if (rest.length > 0) this.#queues.set(entry.sender, rest);
    else this.#queues.delete(entry.sender);
  }

  /** Replays a sender's transactions with sequences above `after` onto the check state, in order; what no longer passes is dropped. */
  #recheck(sender: string, after = -1n): void {
    this.#stale.delete(sender);
    for (const entry of this.#queues.get(sender) ?? []) {
      if (entry.sequence <= after) continue;
      if (this.#app.checkTx({ tx: entry.tx, kind: "recheck" }).code === 0) continue;
      this.#remove(entry.key);
      this.#cache.delete(entry.key);
    }
  }

  /** Of a transaction that was never in this pool. Costs a decode; it is rare where gossip works. */
  #senderOf(tx: Uint8Array): string {
    return this.#queues.size === 0 ? "" : this.#app.checkTx({ tx, kind: "recheck" }).sender;
  }

  #expire(): void {
    const { ttlBlocks } = this.#config;
    if (ttlBlocks === 0) return;
    for (const entry of [...this.#byHash.values()]) {
      if (entry.height + BigInt(ttlBlocks) > this.#height) continue;
      this.#remove(entry.key);
      this.#cache.delete(entry.key);
    }
  }

  /** False when too many wait already. */
  async #unlocked(): Promise<boolean> {
    while (this.#isLocked) {
      if (this.#waiting.length >= MAX_WAITING) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return true;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.number < b.number;
}

function keyOf(tx: Uint8Array): string {
  return Buffer.from(sha256(tx)).toString("latin1");
}

function refuse(reason: Exclude<Submission, { kind: "checked" }>["reason"], message: string): Submission {
  return { kind: "refused", reason, message };
}
