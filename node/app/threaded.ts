/**
 * The application on a thread of its own, so that a block that is executed stops neither votes nor clients (performance.md §4).
 * The engine's calls are executed in the order in which they are made. Queries are held back here while others are being
 * answered, so that however many wait, a block waits for a few of them only; they see the last committed version.
 */
import { Worker } from "node:worker_threads";
import type { ResourceLimits } from "node:worker_threads";
import type { CheckTxRequest } from "../../chain/abci/index.js";
import { Fault } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { packAsked, unpackChecks } from "./checks.js";
import type { AskedCheck } from "./checks.js";
import { receivedError } from "./errors.js";
import { putTxs, takeTxs } from "./messages.js";
import type { Answer, Entry, FromApplication, Method, ToApplication } from "./messages.js";
import { buffersOf, pack, unpack } from "./packed.js";
import { unpackResults } from "./results.js";
import type { AppConnection } from "./types.js";

/** Queries that are with the thread at a time: a block waits for no more. */
const MAX_ASKED = 8;
/** Queries that wait for them; more are refused. */
const MAX_WAITING = 4_096;
/**
 * Young objects live in a space of a third of this. Transactions leave much garbage, and with the default of 16 MiB much of it is
 * copied before it dies (performance.md §3.9).
 */
const YOUNG_GENERATION_MB = 96;

export interface ThreadOptions {
  /** What the thread runs: it calls serveApplication. */
  readonly program: URL;
  /** Its workerData. */
  readonly setup: unknown;
  /** The thread has ended, or its store has failed: the node must stop. Errors that a call throws reach its caller instead. */
  readonly onFatal: (error: unknown) => void;
  /** What the thread tells unasked. */
  readonly onNote?: (note: unknown) => void;
  readonly limits?: ResourceLimits;
}

export interface ThreadedConnection {
  readonly connection: AppConnection;
  /** Told in order with the calls: what is asked later is answered with it known. */
  tell(note: unknown): void;
  /** Asks what the thread holds beside the application. */
  ask(name: string, args: readonly unknown[]): Promise<unknown>;
  /** Flushes the state and ends the thread. */
  close(): Promise<void>;
}

interface Waiting {
  readonly method: Method | "ask" | "close";
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** CheckTx requests that wait to be sent together. */
interface Checks {
  readonly kind: "checking";
  readonly first: number;
  readonly asked: AskedCheck[];
}

/** Resolves when the application can be asked. @throws what opening it threw, such as EdgeFailure "storage". */
export async function createThreadedConnection(options: ThreadOptions): Promise<ThreadedConnection> {
  const thread = new ApplicationThread(options);
  await thread.opened;
  return thread;
}

class ApplicationThread implements ThreadedConnection {
  readonly connection: AppConnection;
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #onFatal: (error: unknown) => void;
  readonly #onNote: (note: unknown) => void;
  readonly #waiting = new Map<number, Waiting>();
  #open: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  #entries: (Entry | Checks)[] = [];
  #txs: Uint8Array[] = [];
  #next = 0;
  #asked = 0;
  readonly #queries: (() => void)[] = [];
  #failure: Error | undefined;
  #isClosing = false;

  constructor({ program, setup, onFatal, onNote = () => undefined, limits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } }: ThreadOptions) {
    this.#onFatal = onFatal;
    this.#onNote = onNote;
    this.opened = new Promise((resolve, reject) => {
      this.#open = { resolve, reject };
    });
    this.#worker = new Worker(program, { workerData: setup, resourceLimits: limits });
    this.#worker.on("message", (message: FromApplication) => this.#receive(message));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Fault("the thread of the application has ended")));
    const ask =
      <M extends Method>(method: M) =>
      (request?: unknown): ReturnType<AppConnection[M]> =>
        this.#call(method, request) as ReturnType<AppConnection[M]>;
    this.connection = {
      info: ask("info"),
      initChain: ask("initChain"),
      query: (request) => this.#query(request) as ReturnType<AppConnection["query"]>,
      checkTx: (request) => this.#check(request) as ReturnType<AppConnection["checkTx"]>,
      prepareProposal: ask("prepareProposal"),
      processProposal: ask("processProposal"),
      extendVote: ask("extendVote"),
      verifyVoteExtension: ask("verifyVoteExtension"),
      finalizeBlock: ask("finalizeBlock"),
      commit: ask("commit"),
    };
  }

  tell(note: unknown): void {
    this.#push({ kind: "note", note });
  }

  ask(name: string, args: readonly unknown[]): Promise<unknown> {
    return this.#ask("ask", (id) => ({ kind: "ask", id, name, args }));
  }

  async close(): Promise<void> {
    if (this.#failure === undefined && !this.#isClosing) {
      this.#isClosing = true;
      await this.#ask("close", (id) => ({ kind: "close", id }));
    }
    await this.#worker.terminate();
  }

  async #query(request: unknown): Promise<unknown> {
    if (this.#asked >= MAX_ASKED) {
      if (this.#queries.length >= MAX_WAITING) throw new EdgeFailure("busy", "the node is busy; try again");
      await new Promise<void>((resolve) => this.#queries.push(resolve));
    } else this.#asked++;
    try {
      return await this.#call("query", request);
    } finally {
      const next = this.#queries.shift();
      if (next === undefined) this.#asked--;
      else next(); // takes over our place
    }
  }

  /** Those that are asked for one after the other go as one entry. */
  #check({ tx, ...asked }: CheckTxRequest): Promise<unknown> {
    return this.#ask("checkTx", (id) => {
      this.#txs.push(tx);
      const last = this.#entries.at(-1);
      if (last?.kind !== "checking") return { kind: "checking", first: id, asked: [asked] };
      last.asked.push(asked);
      return undefined;
    });
  }

  #call(method: Method, request: unknown): Promise<unknown> {
    const { rest, txs } = takeTxs(method, request);
    for (const tx of txs) this.#txs.push(tx);
    return this.#ask(method, (id) => ({ kind: "call", id, method, request: rest, txs: txs.length }));
  }

  /** `entry`: what is to be sent; undefined where it has joined what waits to be sent. */
  #ask(method: Waiting["method"], entry: (id: number) => Entry | Checks | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      const id = this.#next++;
      this.#waiting.set(id, { method, resolve, reject });
      const sent = entry(id);
      if (sent !== undefined) this.#push(sent);
    });
  }

  /** What one turn of the caller asks goes out as one message. */
  #push(entry: Entry | Checks): void {
    if (this.#failure !== undefined) return;
    this.#entries.push(entry);
    if (this.#entries.length === 1) queueMicrotask(() => this.#post());
  }

  #post(): void {
    const txs = pack(this.#txs);
    const entries = this.#entries.map((e): Entry => (e.kind === "checking" ? { kind: "checks", first: e.first, asked: packAsked(e.asked) } : e));
    const message: ToApplication = { entries, txs };
    this.#entries = [];
    this.#txs = [];
    this.#worker.postMessage(message, buffersOf(txs));
  }

  #receive(message: FromApplication): void {
    if (message.kind === "open") this.#opening()?.resolve();
    else if (message.kind === "note") this.#onNote(message.note);
    else if (message.kind === "failed") this.#fail(receivedError(message.error));
    else {
      const txs = unpack(message.txs);
      let at = 0;
      for (const answer of message.answers) at = this.#answered(answer, txs, at);
    }
  }

  #answered(answer: Answer, txs: readonly Uint8Array[], at: number): number {
    if ("checked" in answer) {
      for (const [i, row] of unpackChecks(answer.checked).entries()) {
        const waiting = this.#taken(answer.first + i);
        if ("error" in row) waiting.reject(receivedError(row.error));
        else waiting.resolve(row);
      }
      return at;
    }
    const waiting = this.#taken(answer.id);
    if ("error" in answer) waiting.reject(receivedError(answer.error));
    else if ("results" in answer) waiting.resolve(unpackResults(answer.results));
    else if (waiting.method === "prepareProposal") {
      waiting.resolve(putTxs(waiting.method, answer.value, txs.slice(at, at + answer.txs)));
      return at + answer.txs;
    } else waiting.resolve(answer.value);
    return at;
  }

  #taken(id: number): Waiting {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting === undefined) throw new Fault("the thread of the application answers what nobody asked");
    return waiting;
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    for (const next of this.#queries.splice(0)) next();
    const opening = this.#opening();
    // Who waits for it to open hears why it did not, and nobody else.
    if (opening !== undefined) opening.reject(error);
    else if (!this.#isClosing) this.#onFatal(error);
  }

  /** Once: who waits for the thread. */
  #opening(): { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined {
    const opening = this.#open;
    this.#open = undefined;
    return opening;
  }
}
