import { createHash } from "node:crypto";
import { compareBytes } from "../primitives/index.js";

/**
 * The IAVL tree once more, as a page of recursive functions over frozen objects: no loading, no in-place changes, no kept
 * hashes. The oracle for chain/store/iavl, and slow.
 */
export interface NaiveNode {
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
  readonly version: number;
  readonly left?: NaiveNode;
  readonly right?: NaiveNode;
}

type Tree = NaiveNode | undefined;

const height = (n: NaiveNode): number =>
  n.left && n.right ? 1 + Math.max(height(n.left), height(n.right)) : 0;
const size = (n: NaiveNode): number => (n.left && n.right ? size(n.left) + size(n.right) : 1);
const lean = (n: NaiveNode): number => (n.left && n.right ? height(n.left) - height(n.right) : 0);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest % 128n) + 128);
  }
}

const sha = (...parts: readonly Uint8Array[]): Buffer =>
  createHash("sha256").update(Buffer.concat(parts)).digest();
const short = (bytes: Uint8Array): Buffer => Buffer.concat([varint(bytes.length), bytes]);

function hash(n: NaiveNode): Buffer {
  const head = [varint(2 * height(n)), varint(2 * size(n)), varint(2 * n.version)];
  if (n.left && n.right) return sha(...head, short(hash(n.left)), short(hash(n.right)));
  return sha(...head, short(n.key), short(sha(n.value ?? new Uint8Array())));
}

/** Hex of the root hash. */
export function naiveRoot(tree: Tree): string {
  return (tree ? hash(tree) : sha()).toString("hex");
}

const fork = (key: Uint8Array, left: NaiveNode, right: NaiveNode, version: number): NaiveNode =>
  Object.freeze({ key, left, right, version });

function rotateRight(n: NaiveNode, version: number): NaiveNode {
  const l = n.left as NaiveNode;
  return fork(
    l.key,
    l.left as NaiveNode,
    fork(n.key, l.right as NaiveNode, n.right as NaiveNode, version),
    version,
  );
}

function rotateLeft(n: NaiveNode, version: number): NaiveNode {
  const r = n.right as NaiveNode;
  return fork(
    r.key,
    fork(n.key, n.left as NaiveNode, r.left as NaiveNode, version),
    r.right as NaiveNode,
    version,
  );
}

function balanced(n: NaiveNode, version: number): NaiveNode {
  const { left, right } = n as Required<NaiveNode>;
  if (lean(n) > 1) {
    return rotateRight(lean(left) >= 0 ? n : fork(n.key, rotateLeft(left, version), right, version), version);
  }
  if (lean(n) < -1) {
    return rotateLeft(
      lean(right) <= 0 ? n : fork(n.key, left, rotateRight(right, version), version),
      version,
    );
  }
  return n;
}

function contains(tree: Tree, key: Uint8Array): boolean {
  if (!tree?.left || !tree.right) return tree !== undefined && compareBytes(tree.key, key) === 0;
  return contains(compareBytes(key, tree.key) < 0 ? tree.left : tree.right, key);
}

/** The tree with the key set. */
export function naiveSet(tree: Tree, key: Uint8Array, value: Uint8Array, version: number): NaiveNode {
  const leaf: NaiveNode = Object.freeze({ key, value, version });
  if (!tree) return leaf;
  const order = compareBytes(key, tree.key);
  if (!tree.left || !tree.right) {
    if (order === 0) return leaf;
    return order < 0 ? fork(tree.key, leaf, tree, version) : fork(key, tree, leaf, version);
  }
  const known = contains(tree, key);
  const next =
    order < 0
      ? fork(tree.key, naiveSet(tree.left, key, value, version), tree.right, version)
      : fork(tree.key, tree.left, naiveSet(tree.right, key, value, version), version);
  return known ? next : balanced(next, version);
}

function smallest(n: NaiveNode): Uint8Array {
  return n.left ? smallest(n.left) : n.key;
}

/**
 * The tree without the key. Where the smallest key of a right subtree goes, the fork above takes the next smallest: said
 * here by looking it up, which is what handing a key up amounts to.
 */
export function naiveDelete(tree: Tree, key: Uint8Array, version: number): Tree {
  if (!tree || !contains(tree, key)) return tree;
  if (!tree.left || !tree.right) return undefined;
  if (compareBytes(key, tree.key) < 0) {
    const left = naiveDelete(tree.left, key, version);
    return left ? balanced(fork(tree.key, left, tree.right, version), version) : tree.right;
  }
  const right = naiveDelete(tree.right, key, version);
  if (!right) return tree.left;
  const isHandedUp = compareBytes(smallest(tree.right), key) === 0 && compareBytes(tree.key, key) === 0;
  return balanced(fork(isHandedUp ? smallest(right) : tree.key, tree.left, right, version), version);
}
