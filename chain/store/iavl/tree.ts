import { sha256 } from "../../crypto/index.js";
import { EMPTY_BYTES, Fault, equalBytes } from "../../primitives/index.js";
import type { Hash32 } from "../../primitives/index.js";
import type { KvOp, KvReader } from "../kv.js";
import type { Entry, IterateOptions } from "../types.js";
import { Editor } from "./editor.js";
import { Leaf, NodeRef, hashOf, leftOf, resolve, rightOf } from "./node.js";
import type { Child, Inner, Node, NodeSource } from "./node.js";
import { RecordPages, decodeNode, decodeRef, decodeRefs, encodeRef, encodeRefs, nodeKey, orphansKey, rootKey } from "./records.js";
import type { MutableTree, SavedVersion, TreeView } from "./types.js";
import { leafNear, pathToLeaf, walk } from "./walk.js";
import type { Step } from "./walk.js";

/** The root of a tree without keys. */
export const EMPTY_ROOT: Hash32 = sha256(EMPTY_BYTES);

/** Where a tree lives, and which version it begins with. */
export interface IavlOptions {
  readonly reader: KvReader;
  /** Put before every key of this tree in the key-value port. */
  readonly prefix: Uint8Array;
  /** The first version, above 0; the chain's initial height. Default 1. */
  readonly initialVersion?: number;
}

class DiskNodes implements NodeSource {
  readonly #reader: KvReader;
  readonly #prefix: Uint8Array;

  constructor(reader: KvReader, prefix: Uint8Array) {
    this.#reader = reader;
    this.#prefix = prefix;
  }

  load(ref: NodeRef): Node {
    const record = this.#reader.get(nodeKey(this.#prefix, ref));
    if (record === undefined)
      throw new Fault("tree node is not on disk", { version: ref.version, nonce: ref.nonce });
    return decodeNode(ref, record);
  }

  /** Undefined when the version is not on disk; `root` undefined when its tree is empty. */
  root(version: number): { readonly root: Node | undefined } | undefined {
    const record = this.#reader.get(rootKey(this.#prefix, version));
    if (record === undefined) return undefined;
    return { root: record.length === 0 ? undefined : this.load(decodeRef(record)) };
  }

  orphans(version: number): readonly NodeRef[] {
    const record = this.#reader.get(orphansKey(this.#prefix, version)) ?? EMPTY_BYTES;
    return decodeRefs(record);
  }
}

const nothingToCheck = (): void => undefined;

class SavedTree implements TreeView {
  readonly version: number;
  readonly #root: Node | undefined;
  readonly #source: NodeSource;

  constructor(version: number, root: Node | undefined, source: NodeSource) {
    this.version = version;
    this.#root = root;
    this.#source = source;
  }

  get rootHash(): Hash32 {
    return this.#root === undefined ? EMPTY_ROOT : hashOf(this.#root, this.#source);
  }

  get size(): number {
    return this.#root?.size ?? 0;
  }

  get height(): number {
    return this.#root?.height ?? 0;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return valueAt(this.#root, key, this.#source);
  }

  has(key: Uint8Array): boolean {
    return this.get(key) !== undefined;
  }

  iterate(start?: Uint8Array, end?: Uint8Array, options?: IterateOptions): Iterable<Entry> {
    return walk(this.#root, { start, end, reverse: options?.reverse === true }, this.#source, nothingToCheck);
  }

  path(key: Uint8Array): ReturnType<TreeView["path"]> {
    return this.#root === undefined ? undefined : pathToLeaf(this.#root, key, this.#source);
  }

  sibling({ node, goesLeft }: Step): Hash32 {
    return hashOf(goesLeft ? rightOf(node, this.#source) : leftOf(node, this.#source), this.#source);
  }
}

function valueAt(root: Child | undefined, key: Uint8Array, source: NodeSource): Uint8Array | undefined {
  if (root === undefined) return undefined;
  const leaf = leafNear(resolve(root, source), key, source);
  return equalBytes(leaf.key, key) ? leaf.value : undefined;
}

/** New nodes on their way to the disk. */
interface Batch {
  nonce: number;
  readonly ops: KvOp[];
  readonly pages: RecordPages;
}

class IavlTree implements MutableTree {
  version = 0;
  readonly #disk: DiskNodes;
  readonly #prefix: Uint8Array;
  readonly #initialVersion: number;
  #saved: Node | undefined = undefined;
  #root: Node | undefined = undefined;
  #editor: Editor;
  /** Counts writes, so that an iteration notices when the tree changes under it. */
  #writes = 0;

  constructor(options: IavlOptions) {
    this.#disk = new DiskNodes(options.reader, options.prefix);
    this.#prefix = options.prefix;
    this.#initialVersion = options.initialVersion ?? 1;
    this.#editor = new Editor(this.#disk, this.workingVersion);
  }

  get workingVersion(): number {
    return this.version === 0 ? this.#initialVersion : this.version + 1;
  }

  get rootHash(): Hash32 {
    return this.#saved === undefined ? EMPTY_ROOT : hashOf(this.#saved, this.#disk);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return valueAt(this.#root, key, this.#disk);
  }

  has(key: Uint8Array): boolean {
    return this.get(key) !== undefined;
  }

  iterate(start?: Uint8Array, end?: Uint8Array, options?: IterateOptions): Iterable<Entry> {
    const writes = this.#writes;
    return walk(this.#root, { start, end, reverse: options?.reverse === true }, this.#disk, () => {
      if (this.#writes !== writes) throw new Fault("the tree changed under an iteration");
    });
  }

  set(key: Uint8Array, value: Uint8Array): void {
    if (key.length === 0) throw new Fault("a store key has at least one byte");
    this.#writes++;
    this.#root =
      this.#root === undefined
        ? this.#editor.createLeaf(key, value)
        : this.#editor.insert(this.#root, key, value);
  }

  delete(key: Uint8Array): void {
    if (this.#root === undefined) return;
    const removal = this.#editor.remove(this.#root, key);
    if (removal === undefined) return;
    this.#writes++;
    this.#root = removal.node === undefined ? undefined : resolve(removal.node, this.#disk);
  }

  workingHash(): Hash32 {
    return this.#root === undefined ? EMPTY_ROOT : hashOf(this.#root, this.#disk);
  }

  saveVersion(): SavedVersion {
    const version = this.workingVersion;
    const rootHash = this.workingHash();
    const ops: KvOp[] = [];
    if (this.#root !== undefined) this.#saveNodes(this.#root, { nonce: 0, ops, pages: new RecordPages() });
    const rootRef = this.#root === undefined ? EMPTY_BYTES : encodeRef(this.#root);
    ops.push({ key: rootKey(this.#prefix, version), value: rootRef });
    // Written even when empty: after an operator's rollback an old list may lie there.
    const orphans = encodeRefs(this.#editor.orphans);
    ops.push({ key: orphansKey(this.#prefix, version), value: orphans.length === 0 ? undefined : orphans });
    this.#adopt(version, this.#root);
    return { version, rootHash, ops };
  }

  /** Numbers the new nodes in pre-order, children before their parent's record, as that names them. */
  #saveNodes(node: Node, batch: Batch): void {
    if (node.nonce !== 0) return;
    node.nonce = ++batch.nonce;
    if (!(node instanceof Leaf)) {
      this.#saveChild(node, "left", batch);
      this.#saveChild(node, "right", batch);
    }
    batch.ops.push({ key: batch.pages.nodeKey(this.#prefix, node), value: batch.pages.node(node) });
  }

  #saveChild(node: Inner, side: "left" | "right", batch: Batch): void {
    const child = node[side];
    if (!(child instanceof NodeRef)) this.#saveNodes(child, batch);
  }

  rollback(): void {
    this.#adopt(this.version, this.#saved);
  }

  loadVersion(version: number): void {
    const found = this.#disk.root(version);
    if (found === undefined) throw new Fault("version is not on disk", { version });
    this.#adopt(version, found.root);
  }

  #adopt(version: number, root: Node | undefined): void {
    this.version = version;
    this.#saved = root;
    this.#root = root;
    this.#writes++;
    this.#editor = new Editor(this.#disk, this.workingVersion);
  }

  at(version: number): TreeView | undefined {
    if (version === this.version && version !== 0) return new SavedTree(version, this.#saved, this.#disk);
    const found = this.#disk.root(version);
    return found && new SavedTree(version, found.root, this.#disk);
  }

  prune(version: number): readonly KvOp[] {
    const ops: KvOp[] = [{ key: rootKey(this.#prefix, version), value: undefined }];
    for (const ref of this.#disk.orphans(version + 1))
      ops.push({ key: nodeKey(this.#prefix, ref), value: undefined });
    ops.push({ key: orphansKey(this.#prefix, version + 1), value: undefined });
    return ops;
  }
}

/** An empty tree over the port; `loadVersion` continues one that is on disk. */
export function createIavlTree(options: IavlOptions): MutableTree {
  return new IavlTree(options);
}
