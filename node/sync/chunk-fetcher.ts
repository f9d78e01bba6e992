/** Chunks of a snapshot, several at once and from several peers, handed on in order and only when their hashes are right. */
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../../chain/crypto/index.js";
import { equalBytes } from "../../chain/primitives/index.js";
import { SnapshotError } from "../../chain/store/index.js";
import { EdgeFailure, throwIfAborted } from "../errors.js";
import type { PeerId } from "../p2p/types.js";
import type { Snapshot } from "../snapshots/types.js";
import type { SnapshotBook } from "./snapshot-book.js";
import type { SnapshotExchange } from "./snapshot-exchange.js";

export interface FetchedChunk {
  readonly index: number;
  readonly chunk: Uint8Array;
  readonly sender: PeerId;
}

export interface FetcherOptions {
  /** Chunks under way or waiting their turn: so many times 10 MiB of memory. */
  readonly fetchers: number;
  /** How long nobody may have the snapshot before it is given up. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

export interface FetcherDeps {
  readonly exchange: Pick<SnapshotExchange, "chunk">;
  readonly book: Pick<SnapshotBook, "peersOf" | "lacks" | "blame" | "refresh">;
}

const POLL_MS = 100;
/** What a peer answers at once; beyond it, it says that it is busy. */
const PER_PEER = 2;
/** A peer that failed once is asked again after the others. */
const AVOID_MS = 5_000;

export class ChunkFetcher {
  readonly #options: FetcherOptions;
  readonly #deps: FetcherDeps;
  readonly #snapshot: Snapshot;
  readonly #hashes: readonly Uint8Array[];
  /** peer -> when it may be asked again, in ms of our monotonic clock */
  readonly #avoided = new Map<PeerId, number>();
  /** peer -> requests under way */
  readonly #busy = new Map<PeerId, number>();
  /** One for all waiters: asking all peers anew is not cheap for them. */
  #refreshing: Promise<unknown> | undefined;

  constructor(what: { readonly snapshot: Snapshot; readonly hashes: readonly Uint8Array[] }, options: FetcherOptions, deps: FetcherDeps) {
    this.#snapshot = what.snapshot;
    this.#hashes = what.hashes;
    this.#options = options;
    this.#deps = deps;
  }

  /** From `index` to the last. @throws EdgeFailure "not-found" when nobody has the snapshot any more, "aborted". */
  async *chunks(index: number): AsyncGenerator<FetchedChunk> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#options.signal]);
    const underWay: Promise<FetchedChunk>[] = [];
    let next = index;
    try {
      for (;;) {
        for (; next < this.#hashes.length && underWay.length < this.#options.fetchers; next++) {
          const fetched = this.#fetch(next, signal);
          fetched.catch(() => undefined);
          underWay.push(fetched);
        }
        const first = underWay.shift();
        if (first === undefined) return;
        yield await first;
      }
    } finally {
      stop.abort();
    }
  }

  async #fetch(index: number, signal: AbortSignal): Promise<FetchedChunk> {
    const since = performance.now();
    for (;;) {
      throwIfAborted(signal);
      const able = this.#able();
      const peer = able.find((each) => this.#load(each) < PER_PEER);
      if (peer !== undefined) {
        const chunk = await this.#ask(peer, index, signal);
        if (chunk !== undefined) return { index, chunk, sender: peer };
      } else if (able.length > 0) {
        await sleep(POLL_MS);
      } else if (performance.now() - since < this.#options.patienceMs) {
        await this.#refresh();
      } else {
        throw new EdgeFailure("not-found", "nobody has the snapshot any more", { height: this.#snapshot.height });
      }
    }
  }

  /** Those that have not failed lately, the least busy first. */
  #able(): readonly PeerId[] {
    const now = performance.now();
    const able = this.#deps.book.peersOf(this.#snapshot).filter((peer) => (this.#avoided.get(peer) ?? 0) <= now);
    return able.toSorted((a, b) => this.#load(a) - this.#load(b));
  }

  #load(peer: PeerId): number {
    return this.#busy.get(peer) ?? 0;
  }

  /** Undefined when the peer did not help. */
  async #ask(peer: PeerId, index: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { exchange, book } = this.#deps;
    const { height, format } = this.#snapshot;
    this.#busy.set(peer, this.#load(peer) + 1);
    try {
      const chunk = await exchange.chunk(peer, { height, format, chunk: index }, signal);
      if (!equalBytes(sha256(chunk), this.#hashes[index] ?? new Uint8Array(0)))
        throw SnapshotError.WrongHash(`chunk ${index}`, { index });
      return chunk;
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof EdgeFailure && error.code === "not-found") book.lacks(peer, this.#snapshot);
      else this.#avoided.set(peer, performance.now() + AVOID_MS);
      book.blame(peer, error);
      return undefined;
    } finally {
      this.#busy.set(peer, this.#load(peer) - 1);
    }
  }

  async #refresh(): Promise<void> {
    this.#refreshing ??= this.#deps.book.refresh().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
    await sleep(POLL_MS * 5);
  }
}
