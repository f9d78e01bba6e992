import { Fault, Reject, compareAscii, toHeight, utf8 } from "../primitives/index.js";
import type { Hash32, Height } from "../primitives/index.js";
import { CommitmentProof } from "../../proto/gen/cosmos/ics23/v1.js";
import { EMPTY_STORE } from "./branch.js";
import { AnswerBudget, WorkingStore } from "./committed-values.js";
import {
  appHashOf,
  createCommitInfo,
  decodeCommitInfo,
  encodeCommitInfo,
  proveStore,
} from "./commit-info.js";
import type { CommitInfo } from "./commit-info.js";
import { IAVL_OP, SIMPLE_OP, proveKey } from "./ics23/index.js";
import { createIavlTree } from "./iavl/index.js";
import type { MutableTree, TreeView } from "./iavl/index.js";
import type { KvOp, KvStore } from "./kv.js";
import { LATEST, encodeKept, infoKey, readKept, treePrefix } from "./multistore-records.js";
import type { Kept } from "./multistore-records.js";
import type {
  CommitId,
  CommittedStores,
  MultiStore,
  MultiStoreOptions,
  ProvenValue,
} from "./multistore-types.js";
import type { ReadStore, Store } from "./types.js";

/** Catching up after `keepRecent` was lowered is spread over blocks. */
const MAX_PRUNED_PER_COMMIT = 4;

/** What the stores remember of the last version, together. */
const REMEMBERED_BYTES = 64 << 20;

/** The SDK's code for a height one cannot ask for. */
function noVersion(version: bigint, kept: Kept): Reject {
  const text = `version ${version} is not kept, only ${kept.earliest} to ${kept.latest}: invalid height`;
  return new Reject("sdk", 26, text, { version, earliest: kept.earliest, latest: kept.latest });
}

/** What the disk has and what the program expects must agree, or an upgrade must say why not. */
function checkNames(options: MultiStoreOptions, saved: CommitInfo): void {
  const { added = [], removed = [] } = options.upgrade ?? {};
  const disk = saved.map((s) => s.name).filter((name) => !removed.includes(name));
  const program = options.stores.filter((name) => !added.includes(name)).toSorted(compareAscii);
  if (disk.join() !== program.join()) {
    throw new Fault("stores on disk differ from those of the program", {
      disk: disk.join(),
      program: program.join(),
    });
  }
}

function checkOptions(options: MultiStoreOptions): void {
  const { stores, keepRecent = 0 } = options;
  if (new Set(stores).size !== stores.length)
    throw new Fault("two stores have one name", { stores: stores.join() });
  if (!Number.isSafeInteger(keepRecent) || keepRecent < 0 || keepRecent === 1) {
    throw new Fault("keep at least two versions, or 0 for all", { keepRecent });
  }
}

function noStore(name: string): Fault {
  return new Fault("no such store", { name });
}

class IavlMultiStore implements MultiStore {
  readonly #kv: KvStore;
  readonly #trees: ReadonlyMap<string, MutableTree>;
  readonly #working: ReadonlyMap<string, WorkingStore>;
  readonly #names: readonly string[];
  readonly #keepRecent: number;
  readonly #initialVersion: number;
  #kept: Kept;
  /** Stores of the last commit; empty before any. */
  #info: CommitInfo = [];
  #last: CommitId | undefined = undefined;
  /** Versions that somebody reads at length; the same one may be held twice. */
  readonly #held: number[] = [];

  constructor(options: MultiStoreOptions) {
    checkOptions(options);
    this.#kv = options.kv;
    this.#names = options.stores.toSorted(compareAscii);
    this.#keepRecent = options.keepRecent ?? 0;
    this.#initialVersion = Number(options.initialVersion ?? 1n);
    this.#kept = this.#startFrom(options);
    if (this.#kept.latest > 0) {
      this.#info = this.#infoAt(BigInt(this.#kept.latest));
      checkNames(options, this.#info);
    }
    this.#trees = new Map(this.#names.map((name) => [name, this.#openTree(name)]));
    const budget = new AnswerBudget(REMEMBERED_BYTES);
    this.#working = new Map(this.#names.map((name) => [name, new WorkingStore(this.#tree(name), budget)]));
  }

  /** The last version on disk, or the earlier one that the operator named. */
  #startFrom(options: MultiStoreOptions): Kept {
    const kept = readKept(options.kv);
    if (options.version === undefined) return kept;
    const latest = Number(options.version);
    if (latest < Math.max(1, kept.earliest) || latest > kept.latest) throw noVersion(options.version, kept);
    if (latest < kept.latest) options.kv.write([{ key: LATEST, value: encodeKept(latest, kept.earliest) }]);
    return { latest, earliest: kept.earliest };
  }

  #openTree(name: string): MutableTree {
    const { latest } = this.#kept;
    const initialVersion = latest === 0 ? this.#initialVersion : latest + 1;
    const tree = createIavlTree({ reader: this.#kv, prefix: treePrefix(name), initialVersion });
    if (this.#info.some((store) => store.name === name)) tree.loadVersion(latest);
    return tree;
  }

  #tree(name: string): MutableTree {
    const tree = this.#trees.get(name);
    if (tree === undefined) throw noStore(name);
    return tree;
  }

  get last(): CommitId {
    this.#last ??= { version: toHeight(BigInt(this.#kept.latest)), appHash: appHashOf(this.#info) };
    return this.#last;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  get earliest(): Height {
    return toHeight(BigInt(this.#kept.earliest));
  }

  store(name: string): Store {
    return this.#store(name);
  }

  #store(name: string): WorkingStore {
    const store = this.#working.get(name);
    if (store === undefined) throw noStore(name);
    return store;
  }

  workingHash(): Hash32 {
    return appHashOf(this.#names.map((name) => ({ name, root: this.#tree(name).workingHash() })));
  }

  commit(): CommitId {
    const version = this.#kept.latest === 0 ? this.#initialVersion : this.#kept.latest + 1;
    const ops: KvOp[] = [];
    const saved = this.#names.map((name) => {
      const tree = this.#tree(name).saveVersion();
      if (tree.version !== version) throw new Fault("stores are at different versions", { name, version });
      for (const op of tree.ops) ops.push(op);
      return { name, root: tree.rootHash };
    });
    const info = createCommitInfo(saved);
    const earliest = this.#prune(version, ops);
    ops.push({ key: infoKey(version), value: encodeCommitInfo(info) });
    ops.push({ key: LATEST, value: encodeKept(version, earliest) });
    this.#kv.write(ops);
    this.#kept = { latest: version, earliest };
    this.#info = info;
    this.#last = undefined;
    for (const name of this.#names) this.#store(name).committed();
    return this.last;
  }

  /** Adds what forgets the versions that are too old now, and returns the oldest that stays. */
  #prune(version: number, ops: KvOp[]): number {
    const first = this.#kept.latest === 0 ? version : this.#kept.earliest;
    if (this.#keepRecent === 0) return first;
    const wanted = Math.max(first, Math.min(version - this.#keepRecent + 1, ...this.#held));
    const earliest = Math.min(wanted, first + MAX_PRUNED_PER_COMMIT);
    for (let old = first; old < earliest; old++) {
      for (const name of this.#names) for (const op of this.#tree(name).prune(old)) ops.push(op);
      ops.push({ key: infoKey(old), value: undefined });
    }
    return earliest;
  }

  rollback(): void {
    for (const name of this.#names) {
      this.#tree(name).rollback();
      this.#store(name).rolledBack();
    }
  }

  hold(version: Height): () => void {
    this.#infoAt(version);
    const held = Number(version);
    this.#held.push(held);
    return () => {
      const at = this.#held.indexOf(held);
      if (at >= 0) this.#held.splice(at, 1);
    };
  }

  reload(): void {
    this.#kept = readKept(this.#kv);
    if (this.#kept.latest === 0) throw new Fault("there is no version to load");
    this.#info = this.#infoAt(BigInt(this.#kept.latest));
    checkNames({ kv: this.#kv, stores: this.#names }, this.#info);
    this.#last = undefined;
    for (const name of this.#names) {
      this.#tree(name).loadVersion(this.#kept.latest);
      this.#store(name).loaded();
    }
  }

  #infoAt(version: bigint): CommitInfo {
    const isKept = version > 0n && version >= this.#kept.earliest && version <= this.#kept.latest;
    if (!isKept) throw noVersion(version, this.#kept);
    const record = this.#kv.get(infoKey(Number(version)));
    if (record === undefined) throw new Fault("commit info is not on disk", { version });
    return decodeCommitInfo(record);
  }

  #view(name: string, version: number): TreeView {
    const view = this.#tree(name).at(version);
    if (view === undefined) throw new Fault("the store has no such version", { name, version });
    return view;
  }

  /** A store that a later upgrade brought was empty then: queries of old heights must not halt the node. */
  #storeAt(name: string, version: number, info: CommitInfo): ReadStore {
    const isThere = info.some((store) => store.name === name) || !this.#trees.has(name);
    if (!isThere) return EMPTY_STORE;
    return this.#store(name).view(this.#view(name, version), () => this.#kept.latest === version);
  }

  at(version: Height): CommittedStores {
    const info = this.#infoAt(version);
    const stores = new Map<string, ReadStore>();
    return {
      version,
      get appHash() {
        return appHashOf(info);
      },
      store: (name) => {
        const store = stores.get(name) ?? this.#storeAt(name, Number(version), info);
        stores.set(name, store);
        return store;
      },
    };
  }

  queryWithProof(name: string, key: Uint8Array, version: Height): ProvenValue {
    if (version <= 1n) {
      const text = "cannot query with proof when height <= 1; please provide a valid height: invalid request";
      throw new Reject("sdk", 18, text, { version });
    }
    const info = this.#infoAt(version);
    if (!this.#trees.has(name) || !info.some((store) => store.name === name)) {
      throw new Reject("sdk", 6, `no such store: ${name}: unknown request`, { name });
    }
    const view = this.#view(name, Number(version));
    const proof = proveKey(view, key);
    if (proof === undefined) {
      throw new Reject(
        "sdk",
        37,
        `absence from the empty store ${name} has no proof: feature not supported`,
        { name },
      );
    }
    const ops = [
      { type: IAVL_OP, key, data: CommitmentProof.encode(proof) },
      { type: SIMPLE_OP, key: utf8(name), data: CommitmentProof.encode(proveStore(info, name)) },
    ];
    return { value: proof.exist?.value, ops };
  }
}

/** Names of the stores that the last commit has, ascending; none before the first. A program compares them with its own to know what an upgrade changes. */
export function storedNames(kv: KvStore): readonly string[] {
  const { latest } = readKept(kv);
  const record = latest === 0 ? undefined : kv.get(infoKey(latest));
  return record === undefined ? [] : decodeCommitInfo(record).map((store) => store.name);
}

/**
 * Opens the state at its last whole version, whatever a crash has lost, or begins a new chain.
 *
 * @throws Fault when the disk holds other stores than expected; Reject sdk/26 when `version` is not there.
 */
export function openMultiStore(options: MultiStoreOptions): MultiStore {
  return new IavlMultiStore(options);
}
