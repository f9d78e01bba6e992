/**
 * The node's key-value store: LevelDB behind synchronous reads and ordered background writes.
 *
 * A write is visible to `get` at once, through an overlay, and reaches the disk later as one LevelDB batch, in the
 * order of the calls. A crash therefore loses a suffix of the writes, never the middle of one. Reads cost about 4 us
 * (performance.md §3.4); `await get` in a loop costs ten times that, which is why there is none.
 */
import { ClassicLevel } from "classic-level";
import { Fault } from "../../chain/primitives/index.js";
import type { KvOp, KvStore } from "../../chain/store/index.js";
import { EdgeFailure, errorText } from "../errors.js";

export interface WriteOptions {
  /**
   * Ask the disk to confirm (fsync) before the write counts as flushed. Not needed against a crash of the process. Against
   * loss of power, sync every write that matters: LevelDB does not sync the log it has just rotated away from.
   */
  readonly sync?: boolean;
}

/** Keys from `gte` up to but excluding `lt`, in byte order. */
export interface KvRange {
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface KvOptions {
  readonly dir: string;
  /** Called once if a flush fails. The store refuses all work from then on; the node should stop. */
  readonly onFatal: (failure: EdgeFailure) => void;
  /** LevelDB's block cache in bytes. 32 MiB suits a state store; 8 MiB (LevelDB's default) an index. */
  readonly cacheBytes?: number;
}

/** The KvStore port of chain/store, and what only a disk needs. Values must not be changed by callers. */
export interface LevelKv extends KvStore {
  /** @throws EdgeFailure "storage" after a failed flush; Fault after close. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** All of `ops` or none, after everything written before. Later ops on a key win. */
  write(ops: readonly KvOp[], options?: WriteOptions): void;
  /** Resolves when all writes so far are in LevelDB (on disk, if the last was `sync`). */
  flushed(): Promise<void>;
  /** Bytes accepted and not yet flushed, for backpressure and metrics. */
  pendingBytes(): number;
  /** Flushes, then walks a snapshot of the range. */
  entries(range: KvRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]>;
  /** Flushes what is pending, then releases the directory. */
  close(): Promise<void>;
}

type Level = ClassicLevel<Uint8Array, Uint8Array>;

interface Batch {
  readonly ops: readonly KvOp[];
  readonly keys: readonly string[];
  readonly bytes: number;
  readonly sync: boolean;
  readonly number: number;
}

/**
 * Opens or creates the store in `dir`.
 * @throws EdgeFailure "storage" if the directory is locked by another process or damaged.
 */
export async function openKv(options: KvOptions): Promise<LevelKv> {
  const level: Level = new ClassicLevel(options.dir, {
    keyEncoding: "view",
    valueEncoding: "view",
    cacheSize: options.cacheBytes ?? 32 * 1024 * 1024,
  });
  try {
    await level.open();
  } catch (cause) {
    throw new EdgeFailure("storage", `${options.dir} ${whyClosed(cause)}`, { dir: options.dir }, cause);
  }
  return new BufferedLevel(level, options);
}

/** LevelDB's own reason lies below that of the package. */
function whyClosed(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  if (cause !== undefined && "code" in cause && cause.code === "LEVEL_LOCKED") return "is in use; stop the node first";
  return `cannot be opened: ${cause?.message ?? errorText(error)}`;
}

class BufferedLevel implements LevelKv {
  readonly #level: Level;
  readonly #options: KvOptions;
  /** Keys not yet in LevelDB -> newest value, and the number of the batch that wrote it. */
  readonly #overlay = new Map<string, { value: Uint8Array | undefined; batch: number }>();
  #queue: Batch[] = [];
  #flushing: Promise<void> | undefined;
  #pendingBytes = 0;
  #written = 0;
  #failure: EdgeFailure | undefined;
  #closed = false;

  constructor(level: Level, options: KvOptions) {
    this.#level = level;
    this.#options = options;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#checkUsable();
    const pending = this.#overlay.get(overlayKey(key));
    return pending === undefined ? this.#level.getSync(key) : pending.value;
  }

  write(ops: readonly KvOp[], options: WriteOptions = {}): void {
    this.#checkUsable();
    const number = ++this.#written;
    const keys = ops.map((op) => overlayKey(op.key));
    let bytes = 0;
    ops.forEach((op, i) => {
      this.#overlay.set(keys[i] ?? "", { value: op.value, batch: number });
      bytes += op.key.length + (op.value?.length ?? 0);
    });
    this.#pendingBytes += bytes;
    this.#queue.push({ ops, keys, bytes, sync: options.sync === true, number });
    this.#flushing ??= this.#flush();
  }

  async flushed(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  pendingBytes(): number {
    return this.#pendingBytes;
  }

  async *entries(range: KvRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    await this.flushed();
    this.#checkUsable();
    for await (const entry of this.#level.iterator({ ...range })) yield entry;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#flushing !== undefined) await this.#flushing;
    await this.#level.close();
  }

  /** Runs while the queue has batches; starts on a later tick so that a burst of writes is not interleaved with it. */
  async #flush(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let batch = this.#queue.shift(); batch !== undefined; batch = this.#queue.shift()) {
      try {
        await this.#put(batch);
      } catch (cause) {
        this.#fail(cause);
        break;
      }
      this.#settle(batch);
    }
    this.#flushing = undefined;
  }

  async #put(batch: Batch): Promise<void> {
    const chained = this.#level.batch();
    for (const op of batch.ops) {
      if (op.value === undefined) chained.del(op.key);
      else chained.put(op.key, op.value);
    }
    await chained.write({ sync: batch.sync });
  }

  #settle(batch: Batch): void {
    this.#pendingBytes -= batch.bytes;
    for (const key of batch.keys) {
      if (this.#overlay.get(key)?.batch === batch.number) this.#overlay.delete(key);
    }
  }

  #fail(cause: unknown): void {
    this.#queue = [];
    this.#failure = new EdgeFailure(
      "storage",
      "a flush failed; the store is stopped",
      { dir: this.#options.dir },
      cause,
    );
    this.#options.onFatal(this.#failure);
  }

  #checkUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new Fault("the store is closed", { dir: this.#options.dir });
  }
}

/** Latin-1: one character per byte, so distinct keys stay distinct, at a third of the cost of hex. */
function overlayKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}
