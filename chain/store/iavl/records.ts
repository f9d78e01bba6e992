import { MAX_VARINT_BYTES, putUvarint, readUvarint } from "../../codec/index.js";
import { Fault, concatBytes, parseU64be, u64be } from "../../primitives/index.js";
import type { Hash32 } from "../../primitives/index.js";
import { Inner, Leaf, NodeRef } from "./node.js";
import type { Node } from "./node.js";

/**
 * How a tree lies in the key-value port. After the tree's own prefix:
 *
 * - `n` version(8) nonce(4): a node. Leaf: 0, key length, key, value. Fork: height, size, key length, key, the two
 *   children's versions and nonces, hash.
 * - `r` version(8): the root of a version, as version(8) nonce(4); empty for an empty tree.
 * - `o` version(8): the saved nodes that this version no longer has, 12 bytes each.
 */

const NODE = 0x6e;
const ROOT = 0x72;
const ORPHANS = 0x6f;

/** Where a node lies: a NodeRef, or the node itself. */
interface Place {
  readonly version: number;
  readonly nonce: number;
}

function putU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Six records a leaf are written per block, so this takes care: no bigint for versions below 2^32. */
function putRef(out: Uint8Array, at: number, { version, nonce }: Place): void {
  if (version > 0xffffffff) out.set(u64be(BigInt(version)), at);
  else putU32(out, at + 4, version);
  putU32(out, at + 8, nonce);
}

/** The 12 bytes of iavl v1's node key. */
export function encodeRef(ref: Place): Uint8Array {
  const out = new Uint8Array(12);
  putRef(out, 0, ref);
  return out;
}

/** @throws Fault unless 12 bytes. */
export function decodeRef(bytes: Uint8Array): NodeRef {
  if (bytes.length !== 12) throw new Fault("a node key has 12 bytes", { length: bytes.length });
  const nonce = parseU64be(concatBytes(new Uint8Array(4), bytes.subarray(8)));
  return new NodeRef(Number(parseU64be(bytes.subarray(0, 8))), Number(nonce));
}

/** A list of places, 12 bytes each; a block can leave hundreds of thousands of orphans. */
export function encodeRefs(refs: readonly Place[]): Uint8Array {
  const out = new Uint8Array(12 * refs.length);
  let at = 0;
  for (const ref of refs) {
    putRef(out, at, ref);
    at += 12;
  }
  return out;
}

/** @throws Fault on a length that is not a multiple of 12. */
export function decodeRefs(bytes: Uint8Array): NodeRef[] {
  const refs: NodeRef[] = [];
  for (let at = 0; at < bytes.length; at += 12) refs.push(decodeRef(bytes.subarray(at, at + 12)));
  return refs;
}

export function nodeKey(prefix: Uint8Array, ref: Place): Uint8Array {
  const out = new Uint8Array(prefix.length + 13);
  putNodeKey(out, prefix, ref);
  return out;
}

function putNodeKey(out: Uint8Array, prefix: Uint8Array, ref: Place): void {
  out.set(prefix);
  out[prefix.length] = NODE;
  putRef(out, prefix.length + 1, ref);
}

export function rootKey(prefix: Uint8Array, version: number): Uint8Array {
  return concatBytes(prefix, Uint8Array.of(ROOT), u64be(BigInt(version)));
}

export function orphansKey(prefix: Uint8Array, version: number): Uint8Array {
  return concatBytes(prefix, Uint8Array.of(ORPHANS), u64be(BigInt(version)));
}

/** Large enough that most blocks need few, and small enough that a block of three records wastes nothing to speak of. */
const MAX_PAGE = 1 << 15;

/**
 * The records of one version, laid out in pages one behind the other: each record of its own would cost more to allocate than to
 * write. They are views, so whoever keeps one keeps its page.
 */
export class RecordPages {
  #page = new Uint8Array(1024);
  #at = 0;

  /** The record of a saved node; a fork's hash must be known. */
  node(node: Node): Uint8Array {
    return node instanceof Leaf ? this.#leaf(node) : this.#inner(node);
  }

  nodeKey(prefix: Uint8Array, ref: Place): Uint8Array {
    const out = this.#take(prefix.length + 13);
    putNodeKey(out, prefix, ref);
    return out;
  }

  #leaf({ key, value }: Leaf): Uint8Array {
    const from = this.#reserve(1 + MAX_VARINT_BYTES + key.length + value.length);
    const out = this.#page;
    out[from] = 0;
    const at = putUvarint(out, from + 1, key.length);
    out.set(key, at);
    out.set(value, at + key.length);
    return this.#cut(at + key.length + value.length);
  }

  #inner({ key, left, right, hash, height, size }: Inner): Uint8Array {
    if (hash === undefined) throw new Fault("a fork is saved after it is hashed");
    const from = this.#reserve(1 + 6 * MAX_VARINT_BYTES + key.length + 32);
    const out = this.#page;
    out[from] = height;
    let at = putUvarint(out, putUvarint(out, from + 1, size), key.length);
    out.set(key, at);
    at = putUvarint(out, putUvarint(out, at + key.length, left.version), left.nonce);
    at = putUvarint(out, putUvarint(out, at, right.version), right.nonce);
    out.set(hash, at);
    return this.#cut(at + 32);
  }

  #take(length: number): Uint8Array {
    return this.#cut(this.#reserve(length) + length);
  }

  /** The page again from its beginning, for one who copied what stood there. */
  rewind(): void {
    this.#at = 0;
  }

  /** Where at least so many bytes are free. */
  #reserve(length: number): number {
    if (this.#at + length > this.#page.length) {
      this.#page = new Uint8Array(Math.max(length, Math.min(MAX_PAGE, 4 * this.#page.length)));
      this.#at = 0;
    }
    return this.#at;
  }

  #cut(end: number): Uint8Array {
    const record = this.#page.subarray(this.#at, end);
    this.#at = end;
    return record;
  }
}

const single = new RecordPages();

/** One record by itself. */
export function encodeNode(node: Node): Uint8Array {
  const record = single.node(node).slice();
  single.rewind();
  return record;
}

/** @throws Fault on a record that `encodeNode` did not write. */
export function decodeNode(ref: NodeRef, bytes: Uint8Array): Node {
  try {
    return bytes[0] === 0 ? decodeLeaf(ref, bytes) : decodeInner(ref, bytes);
  } catch (cause) {
    throw new Fault("tree node does not decode", {
      version: ref.version,
      nonce: ref.nonce,
      cause: String(cause),
    });
  }
}

function decodeLeaf(ref: NodeRef, bytes: Uint8Array): Leaf {
  const [length, from] = readUvarint(bytes, 1);
  if (from + length > bytes.length) throw new Fault("key runs past the end");
  return new Leaf(bytes.slice(from, from + length), bytes.slice(from + length), ref);
}

function decodeInner(ref: NodeRef, bytes: Uint8Array): Inner {
  const [size, afterSize] = readUvarint(bytes, 1);
  const [length, from] = readUvarint(bytes, afterSize);
  const [leftVersion, a] = readUvarint(bytes, from + length);
  const [leftNonce, b] = readUvarint(bytes, a);
  const [rightVersion, c] = readUvarint(bytes, b);
  const [rightNonce, end] = readUvarint(bytes, c);
  if (end + 32 !== bytes.length) throw new Fault("record has a wrong length");
  const left = new NodeRef(leftVersion, leftNonce);
  const right = new NodeRef(rightVersion, rightNonce);
  const node = new Inner({ key: bytes.slice(from, from + length), left, right }, ref);
  node.height = bytes[0] as number;
  node.size = size;
  node.hash = bytes.slice(end) as Hash32;
  return node;
}
