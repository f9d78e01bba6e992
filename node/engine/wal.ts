/**
 * The write-ahead log: one file per height, `<height>.wal`, of records { crc32c u32be, length u32be, payload }.
 *
 * A height ends when the file of the next one exists with its start-height flushed; only then are older files removed
 * (ADR 0050). A crash can tear the last write: opening cuts the file after its last whole record. A damaged record with
 * whole records behind it cannot come from a crash, so the log is refused: the operator decides, the node does not guess.
 */
import { mkdir, open, readFile, readdir, rm, truncate } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { MAX_BLOCK_BYTES } from "../../chain/block/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { Fault } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { crc32c } from "./crc32c.js";
import { decodeRecord, encodeRecord } from "./wal-record.js";
import type { WalRecord } from "./wal-record.js";

const HEAD_BYTES = 8;
/** A record holds at most a block of 100 MiB, or an extended commit of that size. */
const MAX_RECORD_BYTES = MAX_BLOCK_BYTES + 65_536;

export interface Wal {
  /** Records of `height` that survived, in order. Empty when the height has no log. */
  readonly recovered: readonly WalRecord[];
  /** Buffers a record. Cheap; nothing is durable before `flush`. */
  append(record: WalRecord): void;
  /** Writes and fsyncs everything appended. @throws EdgeFailure "storage": the caller must stop signing for good. */
  flush(): Promise<void>;
  /**
   * Begins the log of a height with its first record, in place of what was not flushed. The file comes with the next flush, which then drops
   * older heights: a height in which nothing is flushed, as when blocks are synchronized, costs no write.
   */
  rotate(height: Height, first: WalRecord): Promise<void>;
  close(): Promise<void>;
}

export interface WalOptions {
  readonly dir: string;
  /** The height after the last one that the application committed. */
  readonly height: Height;
}

/** @throws EdgeFailure "malformed" on a damaged log, "storage" when the directory cannot be used. */
export async function openWal({ dir, height }: WalOptions): Promise<Wal> {
  await mkdir(dir, { recursive: true });
  const path = pathOf(dir, height);
  const bytes = await readIfThere(path);
  const { records, end } = scan(bytes, path);
  if (end < bytes.length) await truncate(path, end);
  const file = bytes.length > 0 && records.length > 0 ? await open(path, "a") : undefined;
  return new FileWal(dir, file, records);
}

class FileWal implements Wal {
  readonly recovered: readonly WalRecord[];
  readonly #dir: string;
  #file: FileHandle | undefined;
  #pending: Uint8Array[] = [];
  /** The height whose file is yet to be made. */
  #begun: Height | undefined;
  #failure: EdgeFailure | undefined;
  #closed = false;

  constructor(dir: string, file: FileHandle | undefined, recovered: readonly WalRecord[]) {
    this.#dir = dir;
    this.#file = file;
    this.recovered = recovered;
  }

  append(record: WalRecord): void {
    this.#checkUsable();
    this.#pending.push(frame(record));
  }

  async flush(): Promise<void> {
    this.#checkUsable();
    if (this.#pending.length === 0) return;
    if (this.#file === undefined && this.#begun === undefined) throw new Fault("a WAL record before the first start-height");
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    await this.#guard(() => this.#write(bytes));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const begun = this.#begun;
    if (begun !== undefined) {
      this.#begun = undefined;
      await this.#file?.close();
      this.#file = await open(pathOf(this.#dir, begun), "w");
    }
    await this.#file?.appendFile(bytes);
    await this.#file?.datasync();
    if (begun !== undefined) await this.#dropOthers(begun);
  }

  async #dropOthers(height: Height): Promise<void> {
    await syncDir(this.#dir);
    for (const name of await readdir(this.#dir)) {
      if (name.endsWith(".wal") && name !== nameOf(height)) await rm(join(this.#dir, name), { force: true });
    }
  }

  rotate(height: Height, first: WalRecord): Promise<void> {
    this.#checkUsable();
    this.#pending = [frame(first)];
    this.#begun = height;
    return Promise.resolve();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#failure === undefined && this.#pending.length > 0) await this.flush();
    this.#closed = true;
    await this.#file?.close();
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#failure = new EdgeFailure("storage", "the WAL could not be flushed", { dir: this.#dir }, cause);
      throw this.#failure;
    }
  }

  #checkUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new Fault("the WAL is closed");
  }
}

function frame(record: WalRecord): Uint8Array {
  const payload = encodeRecord(record);
  if (payload.length > MAX_RECORD_BYTES)
    throw new Fault("a WAL record is too large", { bytes: payload.length });
  const out = new Uint8Array(HEAD_BYTES + payload.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, crc32c(payload));
  view.setUint32(4, payload.length);
  out.set(payload, HEAD_BYTES);
  return out;
}

interface Frame {
  readonly payload: Uint8Array;
  readonly end: number;
}

/** The whole, intact frame at `at`, or undefined. */
function frameAt(bytes: Uint8Array, at: number, most = MAX_RECORD_BYTES): Frame | undefined {
  if (bytes.length - at < HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const length = view.getUint32(4);
  const end = at + HEAD_BYTES + length;
  if (length === 0 || length > most || end > bytes.length) return undefined;
  const payload = bytes.subarray(at + HEAD_BYTES, end);
  return crc32c(payload) === view.getUint32(0) ? { payload, end } : undefined;
}

function scan(bytes: Uint8Array, path: string): { readonly records: WalRecord[]; readonly end: number } {
  const records: WalRecord[] = [];
  let at = 0;
  for (let f = frameAt(bytes, 0); f !== undefined; f = frameAt(bytes, at)) {
    records.push(decode(f.payload, path, at));
    at = f.end;
  }
  if (at < bytes.length && isFollowedByFrame(bytes, at))
    throw new EdgeFailure("malformed", "the WAL is damaged before its end; restore it or remove it", {
      path,
      at,
    });
  return { records, end: at };
}

function decode(payload: Uint8Array, path: string, at: number): WalRecord {
  try {
    return decodeRecord(payload);
  } catch (cause) {
    throw new EdgeFailure(
      "malformed",
      "a WAL record is intact but unknown; was it written by a newer version?",
      { path, at },
      cause,
    );
  }
}

/** How far behind a damaged record a whole one is looked for, and how long it may be: bounds the search. */
const SEARCH_BYTES = 65_536;
const SEARCH_RECORD_BYTES = 4_096;

/** A torn write is the end of the file. Whole frames after the damage mean that something else went wrong. */
function isFollowedByFrame(bytes: Uint8Array, from: number): boolean {
  const limit = Math.min(bytes.length, from + SEARCH_BYTES);
  for (let at = from + 1; at < limit; at++)
    if (frameAt(bytes, at, SEARCH_RECORD_BYTES) !== undefined) return true;
  return false;
}

async function readIfThere(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return new Uint8Array(0);
    throw new EdgeFailure("storage", "the WAL cannot be read", { path }, error);
  }
}

async function syncDir(dir: string): Promise<void> {
  const handle = await open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function nameOf(height: Height): string {
  return `${height}.wal`;
}

function pathOf(dir: string, height: Height): string {
  return join(dir, nameOf(height));
}
