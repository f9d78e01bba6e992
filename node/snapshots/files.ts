/**
 * Snapshots on disk: `<dir>/<height>-<format>/` with a file a chunk and `snapshot`, which describes them. A folder gets its name
 * when it is whole and on the disk, and loses it before anything in it is removed, so whatever has such a name is whole.
 */
import { mkdir, open, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { CHUNK_BYTES, decodeMetadata } from "../../chain/store/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { decodeSnapshot, encodeSnapshot } from "./codec.js";
import type { SnapshotOptions } from "./options.js";
import type { ChunkRequest, Snapshot } from "./types.js";

/** Folders that are being written or removed. */
const UNFINISHED = ".unfinished-";
const DESCRIPTION = "snapshot";

function chunkName(index: number): string {
  return `chunk-${String(index).padStart(6, "0")}`;
}

/** Resolves when the bytes are on the disk. */
async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export class SnapshotFiles {
  readonly #dir: string;
  readonly #chunkBytes: number;
  readonly #log: Logger;
  /** Newest first. */
  #list: readonly Snapshot[] = [];

  constructor({ dir, chunkBytes = CHUNK_BYTES }: SnapshotOptions, log: Logger) {
    this.#dir = dir;
    this.#chunkBytes = chunkBytes;
    this.#log = log;
  }

  /** Bytes of every chunk but the last. */
  get chunkBytes(): number {
    return this.#chunkBytes;
  }

  get list(): readonly Snapshot[] {
    return this.#list;
  }

  /** Removes what is not whole and reads what is. @throws EdgeFailure "storage" when the folder cannot be used. */
  async open(): Promise<void> {
    try {
      await mkdir(this.#dir, { recursive: true });
      const found: Snapshot[] = [];
      for (const name of await readdir(this.#dir)) {
        const snapshot = await this.#describe(name);
        if (snapshot === undefined) await this.#remove(name);
        else found.push(snapshot);
      }
      this.#list = sorted(found);
    } catch (cause) {
      throw new EdgeFailure("storage", "the snapshots cannot be read", { dir: this.#dir }, cause);
    }
  }

  /** The snapshot of a folder, or undefined when it is not one, or not whole. */
  async #describe(name: string): Promise<Snapshot | undefined> {
    if (!/^\d{1,16}-\d{1,10}$/.test(name)) return undefined;
    try {
      const folder = join(this.#dir, name);
      const snapshot = decodeSnapshot(await readFile(join(folder, DESCRIPTION)));
      if (folderName(snapshot) !== name) return undefined;
      const { chunkHashes } = decodeMetadata(snapshot.metadata);
      for (const i of chunkHashes.keys()) {
        const { size } = await stat(join(folder, chunkName(i)));
        if (size === 0 || (i < chunkHashes.length - 1 && size !== this.#chunkBytes)) return undefined;
      }
      return snapshot;
    } catch (error) {
      this.#log.warn("a snapshot that cannot be read is removed", { name, reason: errorText(error) });
      return undefined;
    }
  }

  /** A folder to write the chunks of a new snapshot into. */
  async begin(height: bigint): Promise<string> {
    const folder = join(this.#dir, `${UNFINISHED}${height}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async writeChunk(folder: string, index: number, bytes: Uint8Array): Promise<void> {
    await writeSynced(join(folder, chunkName(index)), bytes);
  }

  /** Makes the folder a snapshot. */
  async finish(folder: string, snapshot: Snapshot): Promise<void> {
    await writeSynced(join(folder, DESCRIPTION), encodeSnapshot(snapshot));
    await syncFolder(folder);
    const others = this.#list.filter((other) => folderName(other) !== folderName(snapshot));
    if (others.length < this.#list.length) await this.#remove(folderName(snapshot));
    await rename(folder, join(this.#dir, folderName(snapshot)));
    await syncFolder(this.#dir);
    this.#list = sorted([...others, snapshot]);
  }

  async abandon(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }

  /** Empty when there is no such chunk. */
  async chunk({ height, format, chunk }: ChunkRequest): Promise<Uint8Array> {
    const found = this.#list.find((s) => s.height === height && s.format === format);
    if (found === undefined || !Number.isSafeInteger(chunk) || chunk < 0 || chunk >= found.chunks) return new Uint8Array(0);
    try {
      const bytes = await readFile(join(this.#dir, folderName(found), chunkName(chunk)));
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (error) {
      this.#log.warn("a chunk of a snapshot cannot be read", { height, chunk, reason: errorText(error) });
      return new Uint8Array(0);
    }
  }

  /** Removes all but the newest. */
  async keep(count: number): Promise<void> {
    const old = this.#list.slice(count);
    this.#list = this.#list.slice(0, count);
    for (const snapshot of old) {
      await this.#remove(folderName(snapshot));
      this.#log.info("snapshot removed", { height: snapshot.height });
    }
  }

  async #remove(name: string): Promise<void> {
    const hidden = join(this.#dir, name.startsWith(UNFINISHED) ? name : `${UNFINISHED}${name}`);
    await rm(hidden, { recursive: true, force: true }).then(() => rename(join(this.#dir, name), hidden)).catch(() => undefined);
    await rm(hidden, { recursive: true, force: true });
  }
}

function folderName({ height, format }: Snapshot): string {
  return `${height}-${format}`;
}

function sorted(list: readonly Snapshot[]): readonly Snapshot[] {
  return list.toSorted((a, b) => (a.height === b.height ? b.format - a.format : a.height < b.height ? 1 : -1));
}
