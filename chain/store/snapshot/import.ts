import { Fault, equalBytes, utf8 } from "../../primitives/index.js";
import type { Hash32, Height } from "../../primitives/index.js";
import { ImportProgress } from "../../../proto/gen/openledger/store/v1.js";
import { encodeCommitInfo } from "../commit-info.js";
import type { CommitInfo } from "../commit-info.js";
import { TreeImporter } from "../iavl/import.js";
import type { TreeProgress } from "../iavl/import.js";
import type { KvOp } from "../kv.js";
import { LATEST, encodeKept, infoKey, treePrefix } from "../multistore-records.js";
import { SnapshotError } from "./errors.js";
import { ItemReader } from "./stream.js";
import type { StreamItem } from "./stream.js";

/** What the stream must turn out to hold. */
export interface ImportTarget {
  readonly height: Height;
  /** Names and roots, as checked against the application hash. */
  readonly stores: CommitInfo;
}

/**
 * Turns a stream of `exportVersion` back into a version on disk. Its answers are writes: the caller makes them, together with
 * `progress`, in one atomic write per chunk, and can then go on from that chunk after any crash. Each store is compared with
 * its root as it ends, and the version becomes visible with the writes of `finish`, never before.
 */
export class StateImporter {
  readonly #target: ImportTarget;
  readonly #reader: ItemReader;
  #finished: number;
  #tree: TreeImporter | undefined;

  /** @param progress of an earlier importer of the same target, as `progress` gave it */
  constructor(target: ImportTarget, progress?: Uint8Array) {
    this.#target = target;
    const from = progress === undefined ? undefined : ImportProgress.decode(progress);
    this.#reader = new ItemReader(from?.rest);
    this.#finished = from?.finished ?? 0;
    this.#tree = from?.hasBegun === true ? this.#begin(treeProgress(from)) : undefined;
  }

  get progress(): Uint8Array {
    const { nodes, subtrees } = this.#tree?.progress ?? { nodes: 0, subtrees: [] };
    return ImportProgress.encode({
      finished: this.#finished,
      nodes,
      hasBegun: this.#tree !== undefined,
      subtrees: subtrees.map((s) => ({ ...s, version: BigInt(s.version), size: BigInt(s.size) })),
      rest: this.#reader.rest,
    });
  }

  /** The writes of the next bytes of the stream, however they are cut. @throws Reject of codespace snapshot. */
  push(bytes: Uint8Array): KvOp[] {
    const ops: KvOp[] = [];
    for (const item of this.#reader.read(bytes)) ops.push(...this.#take(item));
    return ops;
  }

  /** The writes that make the version the store's last. @throws Reject unless every store came whole and right. */
  finish(): KvOp[] {
    if (this.#reader.rest.length > 0) throw SnapshotError.Malformed("the snapshot ends in the middle of a record");
    const ops = this.#end();
    const { height, stores } = this.#target;
    if (this.#finished !== stores.length)
      throw SnapshotError.WrongStores("the snapshot ends before its last store", { finished: this.#finished });
    const version = Number(height);
    ops.push({ key: infoKey(version), value: encodeCommitInfo(stores) });
    ops.push({ key: LATEST, value: encodeKept(version, version) });
    return ops;
  }

  #take(item: StreamItem): KvOp[] {
    if (item.kind === "node") {
      if (this.#tree === undefined) throw SnapshotError.WrongStores("a node of no store");
      return [this.#tree.add(item.node)];
    }
    const ops = this.#end();
    if (this.#target.stores[this.#finished]?.name !== item.name)
      throw SnapshotError.WrongStores(`"${item.name}" is not the next store`);
    this.#tree = this.#begin();
    return ops;
  }

  #begin(from?: TreeProgress): TreeImporter {
    const store = this.#target.stores[this.#finished];
    if (store === undefined) throw new Fault("an import goes on after its last store");
    const version = Number(this.#target.height);
    const prefix = treePrefix(store.name);
    return new TreeImporter(from === undefined ? { prefix, version } : { prefix, version, from });
  }

  /** Ends the store in progress, if there is one. */
  #end(): KvOp[] {
    const store = this.#target.stores[this.#finished];
    if (this.#tree === undefined || store === undefined) return [];
    const { rootHash, op } = this.#tree.finish();
    if (!equalBytes(rootHash, store.root)) throw SnapshotError.WrongHash(`store ${store.name} has another root`);
    this.#tree = undefined;
    this.#finished++;
    return [op];
  }
}

function treeProgress({ nodes, subtrees }: ImportProgress): TreeProgress {
  return {
    nodes,
    subtrees: subtrees.map((s) => ({
      version: Number(s.version),
      nonce: s.nonce,
      height: s.height,
      size: Number(s.size),
      hash: s.hash as Hash32,
      key: s.key,
    })),
  };
}

/** What an import that is given up leaves behind must go first; the keys that any of it has begin with these. */
export const STATE_PREFIXES: readonly Uint8Array[] = [utf8("m/"), utf8("s/")];
