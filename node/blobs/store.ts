/** Blocks on disk, and the walk over a blob's blocks that every bounded operation is made of. */
import "../promise-with-resolvers.js";
import { LevelBlockstore } from "blockstore-level";
import type { CID } from "multiformats/cid";
import { concatBytes } from "../../chain/primitives/index.js";
import { EdgeFailure, throwIfAborted } from "../errors.js";
import { MAX_BLOCK_BYTES, blockKey, isBlock, linksOf } from "./block.js";
import type { BlobLimits } from "./types.js";

/** Width 174 and 256 KiB chunks reach 40 TB at depth 5; a deeper tree is an attack. */
const MAX_DEPTH = 8;
/** Beside one block per 8 KiB, enough for blobs imported elsewhere with small chunks. */
const SPARE_BLOCKS = 64;
const BYTES_PER_BLOCK = 8192;

export interface StoredBlock {
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

/** Gets a block from wherever the caller looks: disk alone, or disk and then peers. */
export type LoadBlock = (cid: CID) => Promise<Uint8Array>;

export class BlockStore {
  readonly level: LevelBlockstore;

  constructor(dir: string) {
    this.level = new LevelBlockstore(dir);
  }

  async open(): Promise<void> {
    try {
      await this.level.open();
    } catch (cause) {
      throw new EdgeFailure("storage", "cannot open the blob store; is another node using it?", {}, cause);
    }
  }

  async close(): Promise<void> {
    await this.level.close();
  }

  async has(cid: CID): Promise<boolean> {
    return this.level.has(cid);
  }

  /** @throws EdgeFailure "not-found", or "malformed" if the disk gives back other bytes than were stored. */
  async load(cid: CID): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    try {
      for await (const part of this.level.get(cid)) parts.push(part);
    } catch (cause) {
      const missing = cause instanceof Error && cause.name === "NotFoundError";
      const message = missing ? "a block is not here" : "a block cannot be read";
      throw new EdgeFailure(missing ? "not-found" : "storage", message, { cid: cid.toString() }, cause);
    }
    const bytes = concatBytes(...parts);
    if (isBlock(cid, bytes)) return bytes;
    throw new EdgeFailure("malformed", "a stored block is damaged", { cid: cid.toString() });
  }

  /** Stores a block whose hash the caller has checked. */
  async save(cid: CID, bytes: Uint8Array): Promise<void> {
    await this.level.put(cid, bytes);
  }
}

/**
 * Every distinct block of the blob, parents before children, within the limits.
 * @throws EdgeFailure "too-large" beyond bytes, blocks or depth; "aborted"; and what `load` throws.
 */
export async function* walk(root: CID, limits: BlobLimits, load: LoadBlock): AsyncGenerator<StoredBlock> {
  const maxBlocks = SPARE_BLOCKS + Math.ceil(limits.maxBytes / BYTES_PER_BLOCK);
  const seen = new Set<string>([blockKey(root)]);
  let level: CID[] = [root];
  let total = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new EdgeFailure("too-large", "the blob is too deep", { depth });
    const next: CID[] = [];
    for await (const block of loadAhead(level, load)) {
      throwIfAborted(limits.signal);
      total += block.bytes.length;
      for (const link of linksOf(block.cid, block.bytes)) {
        // eslint-disable-next-line max-depth -- blocks of a level, links of a block
        if (seen.has(blockKey(link))) continue;
        seen.add(blockKey(link));
        next.push(link);
      }
      if (total > limits.maxBytes || seen.size > maxBlocks || block.bytes.length > MAX_BLOCK_BYTES) {
        throw new EdgeFailure("too-large", "the blob is larger than allowed", {
          bytes: total,
          blocks: seen.size,
        });
      }
      yield block;
    }
    level = next;
  }
}

/** Loads this many blocks before they are asked for: at most 16 MiB in memory. */
const AHEAD = 8;

async function* loadAhead(cids: readonly CID[], load: LoadBlock): AsyncGenerator<StoredBlock> {
  const pending: Promise<StoredBlock>[] = [];
  let next = 0;
  const start = async (cid: CID): Promise<StoredBlock> => ({ cid, bytes: await load(cid) });
  try {
    for (let done = 0; done < cids.length; done += 1) {
      for (; pending.length < AHEAD && next < cids.length; next += 1) {
        const cid = cids[next];
        // eslint-disable-next-line max-depth -- one loop fills the window, the other empties it
        if (cid !== undefined) pending.push(start(cid));
      }
      const first = pending.shift();
      if (first !== undefined) yield await first;
    }
  } finally {
    await Promise.allSettled(pending);
  }
}
