import { Fault } from "../../primitives/index.js";
import type { KvReader } from "../kv.js";
import { Leaf, NodeRef } from "./node.js";
import type { Inner, Node } from "./node.js";
import { decodeNode, decodeRef, nodeKey, rootKey } from "./records.js";

/** A node as it leaves its tree. */
export interface ExportedNode {
  readonly key: Uint8Array;
  /** Of a leaf; empty for a fork. */
  readonly value: Uint8Array;
  /** The version that made it. */
  readonly version: number;
  /** 0 for a leaf. */
  readonly height: number;
}

function load(reader: KvReader, prefix: Uint8Array, ref: NodeRef): Node {
  const record = reader.get(nodeKey(prefix, ref));
  if (record === undefined)
    throw new Fault("tree node is not on disk", { version: ref.version, nonce: ref.nonce });
  return decodeNode(ref, record);
}

/** A fork's children are references as long as nobody walks to them, and here nobody does. */
function refOf(child: Inner["left"]): NodeRef {
  return child instanceof NodeRef ? child : new NodeRef(child.version, child.nonce);
}

/**
 * The nodes of a saved version, each after its children, left before right: the order from which `TreeImporter` builds the
 * same tree. Reads the port as it goes and keeps two nodes a level, so the version must not be pruned meanwhile.
 *
 * @throws Fault when the version or a node of it is not on disk.
 */
export function* exportNodes(reader: KvReader, prefix: Uint8Array, version: number): Generator<ExportedNode> {
  const record = reader.get(rootKey(prefix, version));
  if (record === undefined) throw new Fault("version is not on disk", { version });
  /** A reference is yet to be walked; a fork waits for its children. */
  const stack: (NodeRef | Inner)[] = record.length === 0 ? [] : [decodeRef(record)];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const node = next instanceof NodeRef ? load(reader, prefix, next) : next;
    if (next instanceof NodeRef && !(node instanceof Leaf)) {
      stack.push(node, refOf(node.right), refOf(node.left));
      continue;
    }
    const { key, height, version: made } = node;
    yield { key, value: node instanceof Leaf ? node.value : new Uint8Array(0), version: made, height };
  }
}
