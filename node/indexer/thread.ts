/** The index in a thread of its own, so that neither indexing nor searching costs consensus any time (ADR 0139). */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Height } from "../../chain/primitives/index.js";
import { buffersOf } from "../app/index.js";
import { EdgeFailure } from "../errors.js";
import type { IndexBackend } from "./backend.js";
import { receivedError } from "./protocol.js";
import type { IndexRequest, Numbered, Reply, ThreadSetup } from "./protocol.js";
import type { SearchPage, TxPlace } from "./types.js";

/** Searches that may wait for the thread; more are refused. */
const MAX_SEARCHES = 256;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly isSearch: boolean;
}

/** Run from source (tests, benchmarks), a thread has to be told how to read TypeScript; tsx tells the main thread only. */
function program(): URL {
  if (!import.meta.url.endsWith(".ts")) return new URL("./worker.js", import.meta.url);
  const source = JSON.stringify(new URL("./worker.ts", import.meta.url).href);
  const tsx = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm/api")).href.replace(/cjs$/, "mjs"));
  return new URL(`data:text/javascript,${encodeURIComponent(`import { register } from ${tsx}; register(); await import(${source});`)}`);
}

class IndexThread implements IndexBackend {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #searches = 0;
  #next = 0;
  #failure: EdgeFailure | undefined;

  constructor(setup: ThreadSetup) {
    this.#worker = new Worker(program(), { workerData: setup });
    this.#worker.on("message", (reply: Reply) => this.#receive(reply));
    this.#worker.on("error", (cause) => this.#fail(new EdgeFailure("storage", "the index has failed", {}, cause)));
    this.#worker.on("exit", () => this.#fail(new EdgeFailure("storage", "the index has stopped")));
  }

  open(): Promise<Height> {
    return this.#ask<Height>({ kind: "open" });
  }

  index(input: Extract<IndexRequest, { kind: "index" }>["input"]): Promise<void> {
    return this.#ask<undefined>({ kind: "index", input }, [...buffersOf(input.txs), input.results.buffer]);
  }

  findTx(hash: Uint8Array, base: Height): Promise<TxPlace | undefined> {
    return this.#search({ kind: "find-tx", hash, base });
  }

  searchTxs(...[text, options, base]: Parameters<IndexBackend["searchTxs"]>): Promise<SearchPage<TxPlace>> {
    return this.#search({ kind: "search-txs", text, options, base });
  }

  searchBlocks(...[text, options, base]: Parameters<IndexBackend["searchBlocks"]>): Promise<SearchPage<Height>> {
    return this.#search({ kind: "search-blocks", text, options, base });
  }

  prune(base: Height): Promise<void> {
    return this.#ask<undefined>({ kind: "prune", base });
  }

  clear(): Promise<void> {
    return this.#ask<undefined>({ kind: "clear" });
  }

  async close(): Promise<void> {
    if (this.#failure !== undefined) return;
    await this.#ask<undefined>({ kind: "close" });
    await this.#worker.terminate();
  }

  #search<T>(request: IndexRequest): Promise<T> {
    if (this.#searches < MAX_SEARCHES) return this.#ask<T>(request);
    return Promise.reject(new EdgeFailure("busy", "too many searches wait; try again later"));
  }

  /** T is what the thread answers to this kind of request: protocol.ts and worker.ts say so side by side. */
  #ask<T>(request: IndexRequest, transfer: readonly ArrayBufferLike[] = []): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#next++;
    const isSearch = request.kind === "find-tx" || request.kind.startsWith("search");
    if (isSearch) this.#searches++;
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, isSearch });
      const message: Numbered = { id, request };
      this.#worker.postMessage(message, transfer.filter((b): b is ArrayBuffer => b instanceof ArrayBuffer));
    }) as Promise<T>;
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if (waiting.isSearch) this.#searches--;
    if ("error" in reply) waiting.reject(receivedError(reply.error));
    else waiting.resolve(reply.value);
  }

  #fail(failure: EdgeFailure): void {
    this.#failure ??= failure;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#searches = 0;
  }
}

/** Starts the thread; it opens its store with the first request. */
export function threadBackend(setup: ThreadSetup): IndexBackend {
  return new IndexThread(setup);
}
