import { EMPTY_BYTES, equalBytes } from "../../primitives/index.js";
import type { Hash32 } from "../../primitives/index.js";
import type { KvOp } from "../kv.js";
import { SnapshotError } from "../snapshot/errors.js";
import type { ExportedNode } from "./export.js";
import { Inner, Leaf, NodeRef, hashOf } from "./node.js";
import type { Node, NodeSource } from "./node.js";
import { encodeNode, encodeRef, nodeKey, rootKey } from "./records.js";
import { EMPTY_ROOT } from "./tree.js";

/** A whole subtree that waits for its parent: all that the parent needs of it. */
export interface Subtree {
  readonly version: number;
  readonly nonce: number;
  readonly height: number;
  /** Number of leaves. */
  readonly size: number;
  readonly hash: Hash32;
  /** Its lowest key. */
  readonly key: Uint8Array;
}

/** How far an import has come: enough to go on after a restart. */
export interface TreeProgress {
  readonly nodes: number;
  readonly subtrees: readonly Subtree[];
}

export interface TreeImport {
  /** Put before every key of this tree in the key-value port. */
  readonly prefix: Uint8Array;
  /** The version that is imported. */
  readonly version: number;
  /** Where an earlier importer stopped. */
  readonly from?: TreeProgress;
}

/** References are never followed: what a parent needs of its children is in `Subtree`. */
const NO_SOURCE: NodeSource = {
  load: () => {
    throw SnapshotError.BadNode("a child is not known");
  },
};

const MAX_NONCE = 0xffffffff;
/** An AVL tree of 2^53 leaves is not higher. */
const MAX_HEIGHT = 80;

/** A stand-in for a subtree, with its hash, under which a fork can be hashed and saved. */
function standIn({ version, nonce, height, size, hash, key }: Subtree): Node {
  if (height === 0) {
    const leaf = new Leaf(key, EMPTY_BYTES, { version, nonce });
    leaf.hash = hash;
    return leaf;
  }
  const nowhere = new NodeRef(0, 0);
  const fork = new Inner({ key, left: nowhere, right: nowhere }, { version, nonce });
  fork.height = height;
  fork.size = size;
  fork.hash = hash;
  return fork;
}

/**
 * Builds a saved version out of its nodes in the order of `exportNodes`. Nothing that arrives is trusted: the shape is checked
 * node by node, and the caller compares the root of `finish`, which covers everything but the keys of forks. Those must be
 * the lowest key on their right, which is where a tree's own writes leave them. Keeps one subtree a level.
 */
export class TreeImporter {
  readonly #options: TreeImport;
  readonly #stack: Subtree[];
  #nodes: number;

  constructor(options: TreeImport) {
    this.#options = options;
    this.#stack = [...(options.from?.subtrees ?? [])];
    this.#nodes = options.from?.nodes ?? 0;
  }

  get progress(): TreeProgress {
    return { nodes: this.#nodes, subtrees: [...this.#stack] };
  }

  /** The write that saves one node. @throws Reject of codespace snapshot on a node that no tree has. */
  add(node: ExportedNode): KvOp {
    const { version } = node;
    if (!Number.isSafeInteger(version) || version < 1 || version > this.#options.version)
      throw SnapshotError.BadNode("its version is not one of the chain's", { version });
    if (this.#nodes >= MAX_NONCE) throw SnapshotError.TooLarge("more nodes than a version can have");
    const nonce = ++this.#nodes;
    return node.height === 0 ? this.#addLeaf(node, nonce) : this.#addFork(node, nonce);
  }

  #addLeaf({ key, value, version }: ExportedNode, nonce: number): KvOp {
    if (key.length === 0) throw SnapshotError.BadNode("a key has at least one byte");
    if (this.#stack.length > MAX_HEIGHT) throw SnapshotError.BadNode("the tree is higher than any");
    const leaf = new Leaf(key, value, { version, nonce });
    const hash = hashOf(leaf, NO_SOURCE);
    this.#stack.push({ version, nonce, height: 0, size: 1, hash, key });
    return this.#saved(leaf);
  }

  #addFork({ key, value, version, height }: ExportedNode, nonce: number): KvOp {
    const right = this.#stack.pop();
    const left = this.#stack.pop();
    if (left === undefined || right === undefined) throw SnapshotError.BadNode("a fork has two children");
    if (height !== 1 + Math.max(left.height, right.height))
      throw SnapshotError.BadNode("a fork is one higher than its children", { height });
    if (value.length > 0) throw SnapshotError.BadNode("a fork has no value");
    if (!equalBytes(key, right.key)) throw SnapshotError.BadNode("a fork has the lowest key on its right");
    const fork = new Inner({ key, left: standIn(left), right: standIn(right) }, { version, nonce });
    fork.height = height;
    fork.size = left.size + right.size;
    const hash = hashOf(fork, NO_SOURCE);
    this.#stack.push({ version, nonce, height, size: fork.size, hash, key: left.key });
    return this.#saved(fork);
  }

  #saved(node: Node): KvOp {
    return { key: nodeKey(this.#options.prefix, node), value: encodeNode(node) };
  }

  /** The root, and the write that makes the version one of the tree's. @throws Reject unless the nodes make one tree, or none. */
  finish(): { readonly rootHash: Hash32; readonly op: KvOp } {
    const { prefix, version } = this.#options;
    const root = this.#stack[0];
    if (this.#stack.length > 1) throw SnapshotError.BadNode("the nodes are not one tree");
    const value = root === undefined ? EMPTY_BYTES : encodeRef(root);
    return { rootHash: root?.hash ?? EMPTY_ROOT, op: { key: rootKey(prefix, version), value } };
  }
}
