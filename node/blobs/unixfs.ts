/** Files as UnixFS, exactly as `ipfs add --cid-version 1` cuts them. */
import "../promise-with-resolvers.js";
import { exporter } from "ipfs-unixfs-exporter";
import { importFile } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import { balanced } from "ipfs-unixfs-importer/layout";
import type { CID } from "multiformats/cid";
import { EdgeFailure, throwIfAborted } from "../errors.js";
import type { BlockStore } from "./store.js";
import type { BlobLimits } from "./types.js";

/** Kubo's defaults. The importer's own are those of a newer profile (1 MiB chunks, width 1024): other CIDs. */
const CHUNK_BYTES = 262_144;
const DAG_WIDTH = 174;

/** Stores the content; returns its root and the size of the file. @throws EdgeFailure "too-large", "aborted". */
export async function importBytes(
  store: BlockStore,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  limits: BlobLimits,
): Promise<{ readonly cid: CID; readonly size: number }> {
  const source = content instanceof Uint8Array ? [content] : content;
  const bounded = countBytes(source, limits);
  const { cid } = await importFile({ content: bounded.pieces }, store.level, {
    cidVersion: 1,
    rawLeaves: true,
    reduceSingleLeafToSelf: true,
    chunker: fixedSize({ chunkSize: CHUNK_BYTES }),
    layout: balanced({ maxChildrenPerNode: DAG_WIDTH }),
    blockWriteConcurrency: 8,
  });
  return { cid, size: bounded.total() };
}

/** The file's bytes in order. @throws EdgeFailure "malformed" if the root is a directory or breaks UnixFS. */
export async function* exportBytes(
  store: BlockStore,
  cid: CID,
  limits: BlobLimits,
): AsyncGenerator<Uint8Array> {
  const verified = {
    async *get(block: CID): AsyncGenerator<Uint8Array> {
      yield await store.load(block);
    },
  };
  const bounded = countBytes(exported(cid, verified), limits);
  yield* bounded.pieces;
}

async function* exported(cid: CID, blocks: Parameters<typeof exporter>[1]): AsyncGenerator<Uint8Array> {
  try {
    const entry = await exporter(cid, blocks);
    if (entry.type !== "file" && entry.type !== "raw")
      throw new EdgeFailure("malformed", "the blob is not a file");
    yield* entry.content();
  } catch (cause) {
    if (cause instanceof EdgeFailure) throw cause;
    throw new EdgeFailure("malformed", "the blob is not valid UnixFS", { cid: cid.toString() }, cause);
  }
}

/** Passes pieces on, and fails once they exceed the limit: before the excess is stored or returned. */
export function countBytes(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  limits: BlobLimits,
): { readonly pieces: AsyncGenerator<Uint8Array>; total(): number } {
  let total = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      throwIfAborted(limits.signal);
      total += piece.length;
      if (total > limits.maxBytes) {
        throw new EdgeFailure("too-large", "more bytes than allowed", { maxBytes: limits.maxBytes });
      }
      yield piece;
    }
  }
  return { pieces: pieces(), total: () => total };
}
