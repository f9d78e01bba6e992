import { MAX_VARINT_BYTES, putUvarint, putZigzag } from "../../codec/index.js";
import { sha256 } from "../../crypto/index.js";
import type { Hash32 } from "../../primitives/index.js";

/**
 * Nodes of the tree (cosmos-formats.md §5.1). A node with nonce 0 belongs to the working version and may be changed in
 * place; a saved one never changes, except that a child loaded from disk takes the place of its reference.
 */

/** Where a saved node lies: the version that made it and its number therein, from 1. */
export class NodeRef {
  readonly version: number;
  readonly nonce: number;

  constructor(version: number, nonce: number) {
    this.version = version;
    this.nonce = nonce;
  }
}

/** A key and its value. */
export class Leaf {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly version: number;
  nonce: number;
  hash: Hash32 | undefined = undefined;

  constructor(key: Uint8Array, value: Uint8Array, at: { readonly version: number; readonly nonce: number }) {
    this.key = key;
    this.value = value;
    this.version = at.version;
    this.nonce = at.nonce;
  }

  get height(): number {
    return 0;
  }

  get size(): number {
    return 1;
  }
}

/** A fork: keys below `key` are on the left, the others on the right. Its key is not hashed. */
export class Inner {
  key: Uint8Array;
  left: Child;
  right: Child;
  height = 0;
  /** Number of leaves below. */
  size = 0;
  readonly version: number;
  nonce: number;
  hash: Hash32 | undefined = undefined;

  constructor(
    shape: { readonly key: Uint8Array; readonly left: Child; readonly right: Child },
    at: { readonly version: number; readonly nonce: number },
  ) {
    this.key = shape.key;
    this.left = shape.left;
    this.right = shape.right;
    this.version = at.version;
    this.nonce = at.nonce;
  }
}

export type Node = Leaf | Inner;

/** A child is a reference until somebody walks to it. */
export type Child = Node | NodeRef;

/** Turns references into nodes. */
export interface NodeSource {
  /** @throws Fault when the node is not on disk. */
  load(ref: NodeRef): Node;
}

/** The child, loaded and kept if it was only a reference. */
export function leftOf(node: Inner, source: NodeSource): Node {
  const child = node.left;
  if (!(child instanceof NodeRef)) return child;
  const loaded = source.load(child);
  node.left = loaded;
  return loaded;
}

/** As `leftOf`. */
export function rightOf(node: Inner, source: NodeSource): Node {
  const child = node.right;
  if (!(child instanceof NodeRef)) return child;
  const loaded = source.load(child);
  node.right = loaded;
  return loaded;
}

export function resolve(child: Child, source: NodeSource): Node {
  return child instanceof NodeRef ? source.load(child) : child;
}

/** What precedes a node's content in its hash: height, size and version. */
export function hashPrefix(node: Node): Uint8Array {
  const out = new Uint8Array(3 * MAX_VARINT_BYTES);
  return out.slice(0, putPrefix(out, node));
}

function putPrefix(out: Uint8Array, node: Node): number {
  const size = putZigzag(out, putZigzag(out, 0, node.height), node.size);
  return putZigzag(out, size, node.version);
}

/** Every inner node fits, and most leaves; hashing is synchronous, so one buffer serves all. */
const scratch = new Uint8Array(512);

function hashLeaf(leaf: Leaf): Hash32 {
  const room = 4 * MAX_VARINT_BYTES + leaf.key.length + 33;
  const out = room <= scratch.length ? scratch : new Uint8Array(room);
  let at = putUvarint(out, putPrefix(out, leaf), leaf.key.length);
  out.set(leaf.key, at);
  at += leaf.key.length;
  out[at++] = 32;
  out.set(sha256(leaf.value), at);
  return sha256(out.subarray(0, at + 32));
}

function hashInner(node: Inner, left: Hash32, right: Hash32): Hash32 {
  let at = putPrefix(scratch, node);
  for (const child of [left, right]) {
    scratch[at++] = 32;
    scratch.set(child, at);
    at += 32;
  }
  return sha256(scratch.subarray(0, at));
}

/** The node's hash, computed below it as far as needed and kept. Cost: two hashes per dirty leaf, one per dirty fork. */
export function hashOf(node: Node, source: NodeSource): Hash32 {
  if (node.hash !== undefined) return node.hash;
  if (node instanceof Leaf) node.hash = hashLeaf(node);
  else
    node.hash = hashInner(node, hashOf(leftOf(node, source), source), hashOf(rightOf(node, source), source));
  return node.hash;
}
