/**
 * Transactions that passed CheckTx and wait for a block: bounded, each known by its hash before anything is decoded. What pays
 * more per gas goes first and drives out what pays least when the pool is full (ADR 0138).
 *
 * CheckTx runs on a state that forgets, at each commit, what pending transactions had done to it. Only senders that the
 * block touched are checked again at once; others when their next transaction arrives (performance.md §0.8).
 */
import { setImmediate } from "node:timers/promises";
import type { CheckTxRequest, CheckTxResponse, FinalizeBlockResponse } from "../../chain/abci/index.js";
import type { Block } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { AppConnection, SignaturesAhead } from "../app/index.js";
import type { MempoolConfig } from "../config/engine.js";
import type { PoolStats, PoolStatus, Submission, SubmitOptions } from "../engine/types.js";
import { Queues } from "./queues.js";
import type { Entry } from "./queues.js";
import { SeenCache } from "./seen-cache.js";
import { framedBytes } from "./types.js";
import type { ProposalTxs } from "./types.js";

export interface MempoolOptions {
  readonly app: Pick<AppConnection, "checkTx">;
  readonly config: MempoolConfig;
  /** Checks signatures ahead of CheckTx. */
  readonly signatures?: Pick<SignaturesAhead, "signedFor"> | undefined;
}

/** Submissions that wait for their turn, most of them while a block is being committed; beyond, or beyond the bytes of a full pool, they are refused. */
const MAX_WAITING = 10_000;
/** One CheckTx, and what follows from its answer: done before the answer of the next turn is looked at. */
interface Turn {
  readonly asked: CheckTxRequest;
  end(first: Promise<CheckTxResponse>): Promise<void>;
}

/** A turn whose CheckTx has been asked for. */
interface Asked {
  readonly turn: Turn;
  readonly first: Promise<CheckTxResponse>;
}

/** How long submissions are checked before the event loop has a turn: an application on this thread leaves it none meanwhile. */
const SLICE_MS = 5;

export class Mempool implements ProposalTxs {
  readonly #app: Pick<AppConnection, "checkTx">;
  readonly #config: MempoolConfig;
  readonly #signatures: MempoolOptions["signatures"];
  /** Transactions whose signatures are being checked ahead. */
  #checking = 0;
  readonly #cache: SeenCache;
  readonly #queues: Queues;
  /** Accounts whose transactions the check state has forgotten. */
  #stale = new Set<string>();
  /**
   * Accounts of which the check state knows a transaction that is not here: it was dropped, or found no room. Until the next
   * block makes it forget, whatever it says of their sequence is wrong.
   */
  readonly #ahead = new Set<string>();
  readonly #counts = { failed: 0, rejected: 0, evicted: 0, rechecked: 0 };
  #arrivals = 0;
  #height = 0n;
  #isLocked = false;
  readonly #turns: Turn[] = [];
  #turnBytes = 0;
  /** Senders whose waiting transactions were checked again since the turns in progress were asked for: answers to them are out of date. */
  readonly #refreshed = new Set<string>();
  #working: Promise<void> | undefined;
  readonly #listeners = new Set<(tx: Uint8Array) => void>();

  constructor({ app, config, signatures }: MempoolOptions) {
    this.#app = app;
    this.#signatures = signatures;
    this.#config = config;
    this.#cache = new SeenCache(config.cacheSize);
    this.#queues = new Queues(config);
  }

  /** The chain stands at this height: what comes in now waits from here on. */
  begin(height: Height): void {
    this.#height = height;
  }

  status(): PoolStatus {
    return { count: this.#queues.size, bytes: this.#queues.bytes };
  }

  stats(): PoolStats {
    return { ...this.#counts };
  }

  /** Called with each transaction that enters the pool. */
  onAdded(listener: (tx: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Checks and keeps a transaction. Refusals carry CometBFT's texts, which clients parse. */
  async submit(tx: Uint8Array, { wantsEvents = false }: SubmitOptions = {}): Promise<Submission> {
    const submission = this.#refused(tx) ?? (await this.#submit({ tx, kind: "new", withoutEvents: !wantsEvents }));
    if (submission.kind === "refused" && submission.reason !== "in-cache") this.#counts.rejected++;
    if (submission.kind === "checked" && submission.response.code !== 0) this.#counts.failed++;
    return submission;
  }

  /** CheckTx alone. A transaction that passes leaves a trace in the check state, so its sender waits for the next block. */
  check(tx: Uint8Array): Promise<CheckTxResponse> {
    return this.#inTurn({ tx, kind: "new" }, (response) => {
      if (response.code === 0) this.#movedOn(response);
      return Promise.resolve(response);
    });
  }

  async lock(): Promise<void> {
    this.#isLocked = true;
    await this.#working;
  }

  async update(height: Height, block: Block, response: FinalizeBlockResponse): Promise<void> {
    this.#height = height;
    this.#ahead.clear();
    const touched = new Set<string>();
    const foreign: Uint8Array[] = [];
    for (const [i, tx] of block.txs.entries()) {
      const key = keyOf(tx);
      const entry = this.#queues.remove(key);
      if (entry === undefined) foreign.push(tx);
      else touched.add(entry.account);
      if (response.txResults[i]?.code === 0) this.#cache.add(key);
      else this.#cache.delete(key);
    }
    for (const account of await this.#accountsOf(foreign)) touched.add(account);
    this.#expire();
    this.#stale = new Set(this.#queues.accounts());
    // The next transaction of a sender that is not checked again now will be checked twice, and what waits of that sender in between.
    await this.#recheckAll(this.#queues.size <= this.#config.recheckUpTo ? this.#queues.accounts() : touched);
    this.#isLocked = false;
    this.#work();
  }

  reap(maxBytes: number, maxGas: bigint): readonly Uint8Array[] {
    const taken: Uint8Array[] = [];
    const stuck = new Set<string>();
    let bytes = 0;
    let gas = 0n;
    for (const entry of this.#queues.inOrder()) {
      const size = framedBytes(entry.tx);
      if (stuck.has(entry.account)) continue;
      if (size > maxBytes || (maxGas >= 0n && entry.gasWanted > maxGas)) {
        // Governance lowered a limit: no block holds it any more. It and what follows it wait until they expire, the others do not.
        stuck.add(entry.account);
        continue;
      }
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
    for (const { tx } of this.#queues.inOrder()) {
      if (listed.length >= limit) break;
      listed.push(tx);
    }
    return listed;
  }

  /** Transactions that have waited for so many blocks, or a multiple of that: whoever should propose them may not have them. */
  waitingFor(blocks: number): readonly Uint8Array[] {
    const isDue = ({ height }: Entry): boolean => height < this.#height && (this.#height - height) % BigInt(blocks) === 0n;
    return this.#queues.entries().flatMap((e) => (isDue(e) ? [e.tx] : []));
  }

  /** Why a transaction is not even looked at, or null. */
  #refused(tx: Uint8Array): Submission | null {
    const { maxTxBytes } = this.#config;
    if (tx.length > maxTxBytes)
      return refuse("too-large", `Tx too large. Max size is ${maxTxBytes}, but got ${tx.length}`);
    const isBusy = this.#turns.length + this.#checking >= MAX_WAITING || this.#turnBytes >= this.#config.maxBytes;
    return isBusy ? refuse("not-ready", "the node is busy") : null;
  }

  async #submit(asked: CheckTxRequest): Promise<Submission> {
    const { tx } = asked;
    const key = keyOf(tx);
    if (this.#cache.has(key)) return refuse("in-cache", "tx already exists in cache");
    this.#cache.add(key);
    try {
      const signedFor = this.#signatures === undefined ? undefined : await this.#signedFor(tx, this.#signatures);
      const hinted = signedFor === undefined ? asked : { ...asked, signedFor };
      return await this.#inTurn(hinted, (first) => this.#take(key, hinted, first));
    } catch (error) {
      this.#cache.delete(key);
      throw error;
    }
  }

  /** Answers come in the order of asking, so that transactions of one sender stay in theirs. */
  async #signedFor(tx: Uint8Array, signatures: NonNullable<MempoolOptions["signatures"]>): Promise<bigint | undefined> {
    this.#checking++;
    this.#turnBytes += tx.length;
    try {
      return await signatures.signedFor(tx);
    } finally {
      this.#checking--;
      this.#turnBytes -= tx.length;
    }
  }

  async #take(key: string, asked: CheckTxRequest, first: CheckTxResponse): Promise<Submission> {
    const { tx } = asked;
    const response = await this.#settled(asked, first);
    const isWaiting = response.isUnordered !== true && this.#ahead.has(response.sender);
    const refusal = isWaiting ? this.#full() : response.code === 0 ? this.#add(key, tx, response) : null;
    if (response.code !== 0 || refusal !== null) this.#cache.delete(key);
    return refusal === null ? { kind: "checked", response } : refuse("full", refusal);
  }

  #full(): string {
    const { maxTxs, maxBytes } = this.#config;
    const { size, bytes } = this.#queues;
    return `mempool is full: number of txs ${size} (max: ${maxTxs}), total txs bytes ${bytes} (max: ${maxBytes})`;
  }

  /**
   * The check state forgets what waits, so for a sender it has forgotten a sequence may be wrong only for that, or right only
   * for that: what waits is checked again, and then the newcomer.
   */
  async #settled(asked: CheckTxRequest, first: CheckTxResponse): Promise<CheckTxResponse> {
    const isLate = this.#refreshed.has(first.sender) && first.isUnordered !== true;
    const response = isLate ? await this.#app.checkTx(asked) : first;
    const { code, sender, sequence, isUnordered = false } = response;
    if (!this.#isForgotten(sender)) return response;
    if (isUnordered) {
      if (code === 0) await this.#recheck(sender);
      return response;
    }
    this.#refreshed.add(sender);
    const isRival = code === 0 && this.#queues.of(sender).some((e) => !e.isUnordered && e.sequence === sequence);
    await this.#recheck(sender, code === 0 ? sequence : -1n);
    return code === 0 && !isRival ? response : this.#app.checkTx(asked);
  }

  /** Whether the check state has forgotten what of this sender waits here, so that what it says may be wrong. */
  #isForgotten(sender: string): boolean {
    return this.#stale.has(sender) && !this.#ahead.has(sender);
  }

  /** null, or why there is no room for what has just passed CheckTx. */
  #add(key: string, tx: Uint8Array, response: CheckTxResponse): string | null {
    const { sender, sequence, priority, gasWanted, isUnordered = false } = response;
    const account = sender === "" ? key : sender;
    const refusal = this.#room({ account, isUnordered, priority, bytes: tx.length });
    if (refusal !== null) {
      this.#movedOn(response);
      return refusal;
    }
    const number = this.#arrivals++;
    this.#queues.add({ key, tx, account, isUnordered, sequence, priority, gasWanted, number, height: this.#height });
    for (const listener of this.#listeners) listener(tx);
    return null;
  }

  /** Makes room, or says why there is none. */
  #room(newcomer: Parameters<Queues["makeRoom"]>[0]): string | null {
    const { maxPerSender } = this.#config;
    const waiting = this.#queues.countOf(newcomer.account);
    if (waiting >= maxPerSender) return `mempool is full: ${waiting} txs of this sender wait (max: ${maxPerSender})`;
    const evicted = this.#queues.makeRoom(newcomer);
    if (evicted === undefined) return this.#full();
    for (const entry of evicted) {
      this.#dropped(entry);
      if (!entry.isUnordered && !this.#stale.has(entry.account)) this.#ahead.add(entry.account);
    }
    return null;
  }

  /** The check state has taken in an ordered transaction that is not here. */
  #movedOn({ sender, isUnordered = false }: CheckTxResponse): void {
    if (sender !== "" && !isUnordered) this.#ahead.add(sender);
  }

  #drop(entry: Entry): void {
    if (this.#queues.remove(entry.key) !== undefined) this.#dropped(entry);
  }

  /** A transaction that has left the pool for no block may come again. */
  #dropped(entry: Entry): void {
    this.#cache.delete(entry.key);
    this.#counts.evicted++;
  }

  /** Replays an account's transactions with sequences above `after` onto the check state, in order; what no longer passes is dropped. */
  #recheck(account: string, after = -1n): Promise<void> {
    return this.#recheckAll([account], after);
  }

  /** No answer changes what is asked next, so that all may be asked at once: a thread away, a question at a time costs more than its answer. */
  async #recheckAll(accounts: Iterable<string>, after = -1n): Promise<void> {
    const waiting: Entry[] = [];
    for (const account of accounts) {
      this.#stale.delete(account);
      for (const entry of this.#queues.of(account)) if (entry.isUnordered || entry.sequence > after) waiting.push(entry);
    }
    this.#counts.rechecked += waiting.length;
    const answers = await Promise.all(waiting.map(({ tx }) => this.#app.checkTx({ tx, kind: "recheck", withoutEvents: true })));
    for (const [i, entry] of waiting.entries()) if (answers[i]?.code !== 0) this.#drop(entry);
  }

  /** Of transactions that were never in this pool. Costs a decode; they are rare where gossip works. */
  async #accountsOf(txs: readonly Uint8Array[]): Promise<readonly string[]> {
    if (this.#queues.size === 0) return [];
    const answers = await Promise.all(txs.map((tx) => this.#app.checkTx({ tx, kind: "recheck", withoutEvents: true })));
    for (const answer of answers) if (answer.code === 0) this.#movedOn(answer); // it failed in the block and would pass now
    return answers.flatMap(({ code, sender }) => (code !== 0 && sender !== "" ? [sender] : []));
  }

  #expire(): void {
    const { ttlBlocks } = this.#config;
    if (ttlBlocks === 0) return;
    for (const entry of this.#queues.entries()) {
      if (entry.height + BigInt(ttlBlocks) > this.#height) continue;
      for (const late of this.#queues.withFollowers(entry)) this.#drop(late);
    }
  }

  /** While the pool is locked, no turn begins. */
  #inTurn<T>(asked: CheckTxRequest, step: (first: CheckTxResponse) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#turnBytes += asked.tx.length;
      this.#turns.push({ asked, end: (first) => first.then(step).then(resolve, reject) });
      this.#work();
    });
  }

  #work(): void {
    if (this.#isLocked || this.#working !== undefined || this.#turns.length === 0) return;
    // What comes in the same turn of the event loop, such as all that the signature thread answers at once, is asked for together.
    this.#working = Promise.resolve().then(() => this.#takeTurns()).finally(() => {
      this.#working = undefined;
      this.#work();
    });
  }

  async #takeTurns(): Promise<void> {
    let end = performance.now() + SLICE_MS;
    for (let asked = this.#ask(); asked.length > 0; ) {
      const firsts = await Promise.allSettled(asked.map(({ first }) => first));
      const isSettled = firsts.every((first) => first.status === "fulfilled" && !this.#isForgotten(first.value.sender));
      // Nothing more will be asked for these turns: the application has the next while we look at them. A thread away, it would wait for us.
      let next = isSettled ? this.#ask() : [];
      for (const { turn, first } of asked) await turn.end(first);
      if (performance.now() >= end) {
        await setImmediate();
        end = performance.now() + SLICE_MS;
      }
      if (next.length === 0) next = this.#ask();
      asked = next;
    }
  }

  /** Asks for the next turns; for none while the pool is locked. */
  #ask(): readonly Asked[] {
    if (this.#isLocked) return [];
    this.#refreshed.clear();
    return this.#turns.splice(0, this.#config.checksAtOnce).map((turn): Asked => {
      this.#turnBytes -= turn.asked.tx.length;
      return { turn, first: this.#app.checkTx(turn.asked) };
    });
  }
}

function keyOf(tx: Uint8Array): string {
  return Buffer.from(sha256(tx)).toString("latin1");
}

function refuse(reason: Exclude<Submission, { kind: "checked" }>["reason"], message: string): Submission {
  return { kind: "refused", reason, message };
}
