/**
 * Restores the application's state from chunks. What a chunk brings and how far the restore has come are one atomic write, so a
 * node that is killed goes on from the chunk after the last one it wrote. The state shows only once it is whole.
 */
import { sha256 } from "../../chain/crypto/index.js";
import { Fault, Reject, equalBytes, prefixEnd, utf8 } from "../../chain/primitives/index.js";
import { STATE_PREFIXES, SnapshotError, StateImporter, checkOffer, decodeMetadata } from "../../chain/store/index.js";
import type { KvOp, SnapshotMetadata } from "../../chain/store/index.js";
import { RestoreRecord } from "../../proto/gen/openledger/engine/v1.js";
import { errorText } from "../errors.js";
import { fromInfo, toInfo } from "./codec.js";
import type { RestoreStatus, SnapshotDeps } from "./options.js";
import { createPace } from "./pace.js";
import type { ApplyChunkRequest, ApplyChunkResponse, ApplyResult, OfferResult, Snapshot } from "./types.js";

/** Outside everything that the state itself has on the disk. */
const RECORD_KEY = utf8("restore");

/** Bytes imported between two looks at the clock. */
const PIECE_BYTES = 64 * 1024;

const FORGET_BATCH = 10_000;

interface Running {
  readonly snapshot: Snapshot;
  readonly metadata: SnapshotMetadata;
  next: number;
  progress: Uint8Array | undefined;
}

const answer = (result: ApplyResult, facts: Partial<ApplyChunkResponse> = {}): ApplyChunkResponse => ({
  result,
  refetchChunks: [],
  rejectSenders: [],
  ...facts,
});

export class Restore {
  /** The snapshot that this process restored, if it did. */
  #done: Snapshot | undefined;
  readonly #deps: SnapshotDeps;
  #running: Running | undefined;

  constructor(deps: SnapshotDeps) {
    this.#deps = deps;
  }

  /** Finds the restore that a stop interrupted. */
  open(): void {
    const record = this.#deps.kv.get(RECORD_KEY);
    if (record === undefined) return;
    const { snapshot: info, next, progress } = RestoreRecord.decode(record);
    if (info === undefined) throw new Fault("the record of a restore is of no snapshot");
    const snapshot = fromInfo(info);
    const metadata = decodeMetadata(snapshot.metadata);
    this.#running = { snapshot, metadata, next, progress: progress.length === 0 ? undefined : progress };
    this.#deps.log.info("a restore was interrupted", { height: snapshot.height, next, chunks: snapshot.chunks });
  }

  get status(): RestoreStatus | undefined {
    return this.#running && { snapshot: this.#running.snapshot, next: this.#running.next };
  }

  async offer(snapshot: Snapshot, appHash: Uint8Array): Promise<OfferResult> {
    const { app, log } = this.#deps;
    const { lastBlockHeight } = app.info();
    if (lastBlockHeight !== 0n) {
      log.warn("a snapshot was offered to an application that has blocks", { height: lastBlockHeight });
      return "abort";
    }
    const metadata = this.#check(snapshot, appHash);
    if (typeof metadata === "string") return metadata;
    if (this.#running !== undefined && isSame(this.#running.snapshot, snapshot)) return "accept";
    if (this.#running !== undefined) await this.forget();
    this.#running = { snapshot, metadata, next: 0, progress: undefined };
    this.#deps.kv.write([this.#record(this.#running)]);
    log.info("restoring a snapshot", { height: snapshot.height, chunks: snapshot.chunks });
    return "accept";
  }

  #check(snapshot: Snapshot, appHash: Uint8Array): SnapshotMetadata | OfferResult {
    const { app, log } = this.#deps;
    try {
      const metadata = checkOffer(snapshot, appHash);
      const names = metadata.stores.map(({ name }) => name);
      if (names.join() !== app.stores.join())
        throw SnapshotError.WrongStores("this program has other stores; the one of that height must restore it");
      return metadata;
    } catch (error) {
      if (!(error instanceof Reject)) throw error;
      log.warn("snapshot refused", { height: snapshot.height, code: error.code, reason: error.message });
      return error.code === SnapshotError.WrongFormat().code ? "reject-format" : "reject";
    }
  }

  async apply({ index, chunk, sender }: ApplyChunkRequest): Promise<ApplyChunkResponse> {
    const running = this.#running;
    if (running === undefined) return answer(this.#isDone(index, chunk) ? "accept" : "abort");
    const hash = running.metadata.chunkHashes[index];
    if (hash === undefined) return answer("retry-snapshot");
    if (!equalBytes(sha256(chunk), hash)) {
      this.#deps.log.warn("a chunk is not of its hash", { index, sender });
      return answer("retry", { refetchChunks: [index], rejectSenders: sender === "" ? [] : [sender] });
    }
    if (index < running.next) return answer("accept");
    if (index > running.next) return answer("retry-snapshot");
    try {
      await this.#import(running, chunk);
    } catch (error) {
      if (!(error instanceof Reject)) throw error;
      const { height } = running.snapshot;
      this.#deps.log.warn("a snapshot does not hold what it promised", { height, index, code: error.code, reason: errorText(error) });
      await this.forget();
      return answer("reject-snapshot");
    }
    return answer("accept");
  }

  /** The last chunk once more: its acceptance was lost on the way. */
  #isDone(index: number, chunk: Uint8Array): boolean {
    const done = this.#done;
    const last = done?.chunks === index + 1 ? decodeMetadata(done.metadata).chunkHashes[index] : undefined;
    return last !== undefined && equalBytes(sha256(chunk), last);
  }

  async #import(running: Running, chunk: Uint8Array): Promise<void> {
    const { kv, app, log } = this.#deps;
    const { snapshot, metadata } = running;
    const importer = new StateImporter({ height: snapshot.height, stores: metadata.stores }, running.progress);
    const pace = createPace(0);
    const ops: KvOp[] = [];
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      for (const op of importer.push(chunk.subarray(at, at + PIECE_BYTES))) ops.push(op);
      await pace.breathe();
    }
    running.next++;
    if (running.next < snapshot.chunks) {
      running.progress = importer.progress;
      kv.write([...ops, this.#record(running)]);
      await kv.flushed();
      return;
    }
    kv.write([...ops, ...importer.finish(), { key: RECORD_KEY, value: undefined }], { sync: true });
    await kv.flushed();
    this.#running = undefined;
    this.#done = snapshot;
    app.restored();
    log.info("snapshot restored", { height: snapshot.height, chunks: snapshot.chunks });
  }

  #record({ snapshot, next, progress }: Running): KvOp {
    const record = { snapshot: toInfo(snapshot), next, progress: progress ?? new Uint8Array(0) };
    return { key: RECORD_KEY, value: RestoreRecord.encode(record) };
  }

  /** From here on the restore counts as not begun, whenever this is interrupted; the record itself goes last. */
  async forget(): Promise<void> {
    const { kv } = this.#deps;
    if (this.#running === undefined) return;
    kv.write([this.#record({ ...this.#running, next: 0, progress: undefined })]);
    this.#running = undefined;
    for (const prefix of STATE_PREFIXES) {
      const end = prefixEnd(prefix);
      let ops: KvOp[] = [];
      for await (const [key] of kv.entries(end === undefined ? { gte: prefix } : { gte: prefix, lt: end })) {
        ops.push({ key, value: undefined });
        if (ops.length < FORGET_BATCH) continue;
        kv.write(ops);
        ops = [];
      }
      kv.write(ops);
    }
    kv.write([{ key: RECORD_KEY, value: undefined }], { sync: true });
    await kv.flushed();
  }
}

function isSame(a: Snapshot, b: Snapshot): boolean {
  return a.height === b.height && a.format === b.format && equalBytes(a.hash, b.hash);
}
