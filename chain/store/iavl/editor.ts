import { compareBytes } from "../../primitives/index.js";
import { Inner, Leaf, NodeRef, leftOf, resolve, rightOf } from "./node.js";
import type { Child, Node, NodeSource } from "./node.js";

/** What a removal leaves of a subtree. */
interface Removal {
  /** Undefined when the subtree was the removed leaf. */
  readonly node: Child | undefined;
  /** The smallest key of what remains, where that changed: the nearest fork that has this subtree on its right takes it. */
  readonly newKey: Uint8Array | undefined;
}

/**
 * The working version's changes: insert, remove and the rotations, in the exact order of cosmos/iavl, because shape and
 * versions decide the hash (cosmos-formats.md §5.1). Saved nodes are copied before they change and noted as orphans.
 */
export class Editor {
  /** Saved nodes that the working version no longer has. */
  readonly orphans: NodeRef[] = [];
  readonly #source: NodeSource;
  readonly #at: { readonly version: number; readonly nonce: 0 };

  constructor(source: NodeSource, version: number) {
    this.#source = source;
    this.#at = { version, nonce: 0 };
  }

  /** Sets a key below `child`. Writing the value it has makes a new leaf all the same. */
  insert(child: Child, key: Uint8Array, value: Uint8Array): Node {
    const node = resolve(child, this.#source);
    return node instanceof Leaf ? this.#insertAtLeaf(node, key, value) : this.#insertBelow(node, key, value);
  }

  createLeaf(key: Uint8Array, value: Uint8Array): Leaf {
    return new Leaf(key, value, this.#at);
  }

  #insertAtLeaf(leaf: Leaf, key: Uint8Array, value: Uint8Array): Node {
    const added = this.createLeaf(key, value);
    const order = compareBytes(key, leaf.key);
    if (order === 0) {
      this.#drop(leaf);
      return added;
    }
    const shape = order < 0 ? { key: leaf.key, left: added, right: leaf } : { key, left: leaf, right: added };
    return this.#measure(new Inner(shape, this.#at));
  }

  #insertBelow(saved: Inner, key: Uint8Array, value: Uint8Array): Node {
    const node = this.#own(saved);
    const goesLeft = compareBytes(key, node.key) < 0;
    const child = goesLeft ? leftOf(node, this.#source) : rightOf(node, this.#source);
    const sizeBefore = child.size;
    const next = this.insert(child, key, value);
    if (goesLeft) node.left = next;
    else node.right = next;
    return next.size === sizeBefore ? node : this.#balance(this.#measure(node));
  }

  /** Removes a key below `child`; undefined when it is not there, and then nothing changed. */
  remove(child: Child, key: Uint8Array): Removal | undefined {
    const node = resolve(child, this.#source);
    if (node instanceof Leaf) {
      if (compareBytes(key, node.key) !== 0) return undefined;
      this.#drop(node);
      return { node: undefined, newKey: undefined };
    }
    return compareBytes(key, node.key) < 0 ? this.#removeLeft(node, key) : this.#removeRight(node, key);
  }

  #removeLeft(saved: Inner, key: Uint8Array): Removal | undefined {
    const removal = this.remove(leftOf(saved, this.#source), key);
    if (removal === undefined) return undefined;
    if (removal.node === undefined) {
      this.#drop(saved);
      return { node: saved.right, newKey: saved.key };
    }
    const node = this.#own(saved);
    node.left = removal.node;
    return { node: this.#balance(this.#measure(node)), newKey: removal.newKey };
  }

  #removeRight(saved: Inner, key: Uint8Array): Removal | undefined {
    const removal = this.remove(rightOf(saved, this.#source), key);
    if (removal === undefined) return undefined;
    if (removal.node === undefined) {
      this.#drop(saved);
      return { node: saved.left, newKey: undefined };
    }
    const node = this.#own(saved);
    node.right = removal.node;
    if (removal.newKey !== undefined) node.key = removal.newKey;
    return { node: this.#balance(this.#measure(node)), newKey: undefined };
  }

  #drop(node: Node): void {
    if (node.nonce !== 0) this.orphans.push(new NodeRef(node.version, node.nonce));
  }

  /** The node itself if the working version made it, else a copy; either way its hash is no longer known. */
  #own(node: Inner): Inner {
    if (node.nonce === 0) {
      node.hash = undefined;
      return node;
    }
    this.#drop(node);
    const copy = new Inner(node, this.#at);
    copy.height = node.height;
    copy.size = node.size;
    return copy;
  }

  #measure(node: Inner): Inner {
    const left = leftOf(node, this.#source);
    const right = rightOf(node, this.#source);
    node.height = 1 + Math.max(left.height, right.height);
    node.size = left.size + right.size;
    return node;
  }

  #lean(node: Node): number {
    if (node instanceof Leaf) return 0;
    return leftOf(node, this.#source).height - rightOf(node, this.#source).height;
  }

  #balance(node: Inner): Inner {
    const lean = this.#lean(node);
    if (lean > 1) {
      const left = leftOf(node, this.#source) as Inner;
      if (this.#lean(left) < 0) node.left = this.#rotateLeft(left);
      return this.#rotateRight(node);
    }
    if (lean < -1) {
      const right = rightOf(node, this.#source) as Inner;
      if (this.#lean(right) > 0) node.right = this.#rotateRight(right);
      return this.#rotateLeft(node);
    }
    return node;
  }

  #rotateRight(saved: Inner): Inner {
    const node = this.#own(saved);
    const top = this.#own(leftOf(node, this.#source) as Inner);
    node.left = top.right;
    top.right = this.#measure(node);
    return this.#measure(top);
  }

  #rotateLeft(saved: Inner): Inner {
    const node = this.#own(saved);
    const top = this.#own(rightOf(node, this.#source) as Inner);
    node.right = top.left;
    top.left = this.#measure(node);
    return this.#measure(top);
  }
}
