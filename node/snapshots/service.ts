/** Snapshots of one application: taken as it commits, given out, and restored into it. */
import type { Height } from "../../chain/primitives/index.js";
import { errorText, isFailure } from "../errors.js";
import { SnapshotFiles } from "./files.js";
import type { RestoreStatus, SnapshotDeps, SnapshotOptions, SnapshotService } from "./options.js";
import { Restore } from "./restore.js";
import { takeSnapshot } from "./take.js";
import type { ApplyChunkRequest, ApplyChunkResponse, ChunkRequest, OfferResult, Snapshot } from "./types.js";

class Service implements SnapshotService {
  readonly #options: SnapshotOptions;
  readonly #deps: SnapshotDeps;
  readonly #files: SnapshotFiles;
  readonly #restore: Restore;
  readonly #stop = new AbortController();
  #taking: { readonly height: Height; readonly done: Promise<void> } | undefined;
  /** Offers and chunks are handled one after another. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: SnapshotOptions, deps: SnapshotDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#files = new SnapshotFiles(options, deps.log);
    this.#restore = new Restore(deps);
  }

  async start(): Promise<void> {
    await this.#files.open();
    this.#restore.open();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.idle();
    await this.#queue;
  }

  committed(height: Height): Height | undefined {
    this.#begin(height);
    return this.#files.list.at(-1)?.height ?? this.#taking?.height;
  }

  #begin(height: Height): void {
    const { interval } = this.#options;
    if (interval === 0 || Number(height) % interval !== 0 || this.#stop.signal.aborted) return;
    if (this.#taking !== undefined) {
      this.#deps.log.warn("no snapshot: the one before is still being taken", { height });
      return;
    }
    const release = this.#deps.app.hold(height);
    const done = this.#take(height).finally(() => {
      release();
      this.#taking = undefined;
    });
    this.#taking = { height, done };
  }

  async idle(): Promise<void> {
    await this.#taking?.done;
  }

  async #take(height: Height): Promise<void> {
    const { kv, log } = this.#deps;
    const { keepRecent } = this.#options;
    const from = performance.now();
    try {
      const { chunks } = await takeSnapshot(kv, this.#files, height, this.#stop.signal);
      log.info("snapshot taken", { height, chunks, seconds: Math.round(performance.now() - from) / 1_000 });
      if (keepRecent > 0) await this.#files.keep(keepRecent);
    } catch (error) {
      if (isFailure(error, "aborted")) return;
      log.error("a snapshot could not be taken", { height, reason: errorText(error) });
    }
  }

  list(): Promise<readonly Snapshot[]> {
    return Promise.resolve(this.#files.list);
  }

  loadChunk(request: ChunkRequest): Promise<Uint8Array> {
    return this.#files.chunk(request);
  }

  offer(snapshot: Snapshot, appHash: Uint8Array): Promise<OfferResult> {
    return this.#inOrder(() => this.#restore.offer(snapshot, appHash));
  }

  applyChunk(request: ApplyChunkRequest): Promise<ApplyChunkResponse> {
    return this.#inOrder(() => this.#restore.apply(request));
  }

  restoring(): Promise<RestoreStatus | undefined> {
    return this.#inOrder(() => Promise.resolve(this.#restore.status));
  }

  forget(): Promise<void> {
    return this.#inOrder(() => this.#restore.forget());
  }

  #inOrder<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(run);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

/** The service over an application and its disk. Both must live on the caller's thread. */
export function createSnapshots(options: SnapshotOptions, deps: SnapshotDeps): SnapshotService {
  return new Service(options, deps);
}
