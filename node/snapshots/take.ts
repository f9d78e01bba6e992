/** Cuts a committed version into chunks, a slice of work at a time. */
import { sha256 } from "../../chain/crypto/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { MAX_CHUNKS, SNAPSHOT_FORMAT, encodeMetadata, exportVersion, exportedStores } from "../../chain/store/index.js";
import type { KvReader } from "../../chain/store/index.js";
import { EdgeFailure, throwIfAborted } from "../errors.js";
import type { SnapshotFiles } from "./files.js";
import { createPace } from "./pace.js";
import type { Snapshot } from "./types.js";

/** Joins records into chunks of one size. */
class Cutter {
  readonly #size: number;
  #chunk: Uint8Array;
  #length = 0;

  constructor(size: number) {
    this.#size = size;
    this.#chunk = new Uint8Array(size);
  }

  /** The chunks that a record fills; it may end in the middle of the next one. */
  *add(record: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < record.length; ) {
      const part = record.subarray(at, at + this.#size - this.#length);
      this.#chunk.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      if (this.#length === this.#size) yield this.#cut();
    }
  }

  /** What is left, if anything is. */
  *end(): Generator<Uint8Array> {
    if (this.#length > 0) yield this.#cut();
  }

  #cut(): Uint8Array {
    const chunk = this.#chunk.subarray(0, this.#length);
    this.#chunk = new Uint8Array(this.#size);
    this.#length = 0;
    return chunk;
  }
}

/** The chunks of a version, one in memory at a time. */
async function* chunksOf(
  kv: KvReader,
  height: Height,
  { size, signal }: { readonly size: number; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const cutter = new Cutter(size);
  const pace = createPace();
  for (const record of exportVersion(kv, height)) {
    yield* cutter.add(record);
    await pace.breathe();
    throwIfAborted(signal);
  }
  yield* cutter.end();
}

/**
 * Writes the snapshot of a version that is held meanwhile.
 *
 * @throws EdgeFailure "storage", "too-large" or "aborted"; nothing of the snapshot stays then.
 */
export async function takeSnapshot(
  kv: KvReader,
  files: SnapshotFiles,
  height: Height,
  signal: AbortSignal,
): Promise<Snapshot> {
  const folder = await files.begin(height);
  try {
    const chunkHashes: Uint8Array[] = [];
    for await (const chunk of chunksOf(kv, height, { size: files.chunkBytes, signal })) {
      if (chunkHashes.length === MAX_CHUNKS) throw new EdgeFailure("too-large", "the state is too large for a snapshot", { height });
      await files.writeChunk(folder, chunkHashes.length, chunk);
      chunkHashes.push(sha256(chunk));
    }
    const metadata = encodeMetadata({ chunkHashes, stores: exportedStores(kv, height) });
    const snapshot = { height, format: SNAPSHOT_FORMAT, chunks: chunkHashes.length, hash: sha256(metadata), metadata };
    await files.finish(folder, snapshot);
    return snapshot;
  } catch (error) {
    await files.abandon(folder);
    throw error;
  }
}
