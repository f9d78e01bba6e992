import { MAX_VARINT_BYTES, putUvarint } from "../../codec/index.js";
import { EMPTY_BYTES, Fault, Reject } from "../../primitives/index.js";
import { SnapshotItem } from "../../../proto/gen/cosmos/store/snapshots/v1.js";
import type { ExportedNode } from "../iavl/export.js";
import { SnapshotError } from "./errors.js";

/**
 * The stream that chunks are cut from: the SDK's SnapshotItem records, each behind its length, and nothing around them. The
 * SDK compresses it; we do not, because zlib's output differs between its builds and all nodes must cut the same chunks.
 */

/** Longest record. A transaction cannot put a longer value into the state. */
export const MAX_ITEM_BYTES = 64_000_000;

/** What a record says: the nodes that follow are of this store, or one of them. */
export type StreamItem =
  | { readonly kind: "store"; readonly name: string }
  | { readonly kind: "node"; readonly node: ExportedNode };

function delimited(message: SnapshotItem): Uint8Array {
  const body = SnapshotItem.encode(message);
  if (body.length > MAX_ITEM_BYTES) throw new Fault("a record of the state is too long for a snapshot", { bytes: body.length });
  const out = new Uint8Array(MAX_VARINT_BYTES + body.length);
  const at = putUvarint(out, 0, body.length);
  out.set(body, at);
  return out.subarray(0, at + body.length);
}

/** The record that begins a store. */
export function encodeStoreItem(name: string): Uint8Array {
  return delimited({ store: { name }, iavl: undefined });
}

/** The record of a node. */
export function encodeNodeItem({ key, value, version, height }: ExportedNode): Uint8Array {
  return delimited({ store: undefined, iavl: { key, value, version: BigInt(version), height } });
}

function decodeItem(bytes: Uint8Array): StreamItem {
  try {
    const { store, iavl } = SnapshotItem.decode(bytes);
    if (store !== undefined) return { kind: "store", name: store.name };
    if (iavl === undefined) throw SnapshotError.Malformed("a record of an unknown kind");
    const { key, value, version, height } = iavl;
    return { kind: "node", node: { key, value, version: Number(version), height } };
  } catch (error) {
    if (error instanceof Reject && error.codespace !== "snapshot") throw SnapshotError.Malformed(error.message);
    throw error;
  }
}

/** Cuts a stream that arrives in pieces into its records. Holds at most one record and the piece that ends it. */
export class ItemReader {
  /** Pieces of the record in progress, its length in front. */
  #pieces: Uint8Array[] = [];
  #held = 0;

  constructor(rest: Uint8Array = EMPTY_BYTES) {
    if (rest.length > 0) this.#hold(rest);
  }

  /** The bytes of the record whose end has not come. */
  get rest(): Uint8Array {
    return this.#joined();
  }

  #hold(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#held += piece.length;
  }

  #joined(): Uint8Array {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only !== undefined) return only;
    const out = new Uint8Array(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }

  /** The records that `piece` completes. @throws Reject snapshot/2 or 4. */
  *read(piece: Uint8Array): Generator<StreamItem> {
    this.#hold(piece);
    const first = lengthAt(this.#pieces[0] ?? EMPTY_BYTES, 0);
    if (first !== undefined && this.#held < first.end) return;
    const bytes = this.#joined();
    let at = 0;
    for (let next = lengthAt(bytes, at); next !== undefined && next.end <= bytes.length; next = lengthAt(bytes, at)) {
      at = next.end;
      yield decodeItem(bytes.subarray(next.start, next.end));
    }
    this.#pieces = [];
    this.#held = 0;
    if (at < bytes.length) this.#hold(bytes.slice(at));
  }
}

/** The record at `at`, or undefined while its length is not whole. */
function lengthAt(bytes: Uint8Array, at: number): { readonly start: number; readonly end: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let i = at; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    value += (byte & 127) * scale;
    if (value > MAX_ITEM_BYTES) throw SnapshotError.TooLarge("a record is too long", { bytes: value });
    if (byte >= 128) {
      scale *= 128;
      continue;
    }
    if (byte === 0) throw SnapshotError.Malformed(i === at ? "an empty record" : "a length is not in its shortest form");
    return { start: i + 1, end: i + 1 + value };
  }
  return undefined;
}

