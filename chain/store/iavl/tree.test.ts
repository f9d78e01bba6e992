import { expect } from "chai";
import fc from "fast-check";
import { EMPTY_BYTES, Fault, compareBytes, toHex, utf8 } from "../../primitives/index.js";
import { createCrashKv } from "../../testkit/crash-kv.js";
import type { CrashKv } from "../../testkit/crash-kv.js";
import { naiveDelete, naiveRoot, naiveSet } from "../../testkit/naive-tree.js";
import type { NaiveNode } from "../../testkit/naive-tree.js";
import { createMemoryKv } from "../kv.js";
import type { KvStore } from "../kv.js";
import type { Entry, ReadStore } from "../types.js";
import { createIavlTree } from "./index.js";
import type { MutableTree } from "./index.js";

const text = (entries: Iterable<Entry>): string[] => [...entries].map(([k, v]) => `${toHex(k)}=${toHex(v)}`);
const open = (reader: KvStore, initialVersion = 1): MutableTree =>
  createIavlTree({ reader, prefix: utf8("t/"), initialVersion });

const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 7 });
const change = fc.record({
  key,
  value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 3 }), { nil: undefined, freq: 3 }),
});
const versions = fc.array(fc.array(change, { maxLength: 25 }), { minLength: 1, maxLength: 8 });
type Change = { readonly key: Uint8Array; readonly value: Uint8Array | undefined };

/** The tree, the naive tree and a sorted list, side by side. */
class Trio {
  readonly kv: CrashKv = createCrashKv();
  readonly initialVersion: number;
  tree: MutableTree;
  naive: NaiveNode | undefined;
  list: Entry[] = [];
  /** Root and entries of each saved version. */
  readonly history = new Map<number, { readonly root: string; readonly entries: string[] }>();

  constructor(initialVersion = 1) {
    this.initialVersion = initialVersion;
    this.tree = open(this.kv, initialVersion);
  }

  apply({ key: k, value }: Change): void {
    const rest = this.list.filter(([other]) => compareBytes(other, k) !== 0);
    const version = this.tree.workingVersion;
    if (value === undefined) {
      this.tree.delete(k);
      this.naive = naiveDelete(this.naive, k, version);
      this.list = rest;
      return;
    }
    this.tree.set(k, value);
    this.naive = naiveSet(this.naive, k, value, version);
    const added: Entry = [k, value];
    this.list = [...rest, added].sort((a, b) => compareBytes(a[0], b[0]));
  }

  save(): void {
    const root = naiveRoot(this.naive);
    expect(toHex(this.tree.workingHash())).to.equal(root);
    const saved = this.tree.saveVersion();
    this.kv.write(saved.ops);
    expect(toHex(saved.rootHash)).to.equal(root);
    this.history.set(saved.version, { root, entries: text(this.list) });
  }

  reopen(disk: KvStore = this.kv): MutableTree {
    const tree = open(disk, this.initialVersion);
    tree.loadVersion(this.tree.version);
    return tree;
  }

  expectVersion(tree: MutableTree, version: number): void {
    const view = tree.at(version);
    const want = this.history.get(version);
    expect(view && toHex(view.rootHash)).to.equal(want?.root);
    expect(view && text(view.iterate())).to.deep.equal(want?.entries);
  }
}

describe("an IAVL tree", () => {
  it("has the root and the entries of a naive tree after any history", () => {
    fc.assert(
      fc.property(versions, fc.constantFrom(1, 7, 1_000_000), (history, initialVersion) => {
        const trio = new Trio(initialVersion);
        for (const changes of history) {
          for (const c of changes) trio.apply(c);
          expect(text(trio.tree.iterate())).to.deep.equal(text(trio.list));
          trio.save();
        }
        for (const version of trio.history.keys()) trio.expectVersion(trio.tree, version);
      }),
      { numRuns: 150 },
    );
  });

  it("goes on from disk, at any point, as if it had never stopped", () => {
    fc.assert(
      fc.property(versions, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (history, reopens) => {
        const trio = new Trio();
        history.forEach((changes, i) => {
          for (const c of changes) trio.apply(c);
          trio.save();
          if (reopens[i] === true) trio.tree = trio.reopen();
        });
        for (const version of trio.history.keys()) trio.expectVersion(trio.reopen(), version);
      }),
      { numRuns: 100 },
    );
  });

  it("gets and walks any range, both ways, from memory and from disk", () => {
    const bound = fc.option(key, { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        bound,
        bound,
        fc.boolean(),
        (changes, start, end, reverse) => {
          const trio = new Trio();
          for (const c of changes) trio.apply(c);
          trio.save();
          const inside = trio.list.filter(
            ([k]) => (!start || compareBytes(k, start) >= 0) && (!end || compareBytes(k, end) < 0),
          );
          const want = text(reverse ? inside.toReversed() : inside);
          const check = (store: ReadStore) => {
            expect(text(store.iterate(start, end, { reverse }))).to.deep.equal(want);
            for (const c of changes) {
              const value = trio.list.find(([k]) => compareBytes(k, c.key) === 0)?.[1];
              expect(store.get(c.key)).to.deep.equal(value);
              expect(store.has(c.key)).to.equal(value !== undefined);
            }
          };
          check(trio.tree);
          check(trio.reopen());
        },
      ),
    );
  });

  it("has each version's state after a crash that lost the later writes", () => {
    fc.assert(
      fc.property(versions, (history) => {
        const trio = new Trio();
        for (const changes of history) {
          for (const c of changes) trio.apply(c);
          trio.save();
        }
        for (let survived = 1; survived <= trio.kv.writes; survived++) {
          const tree = open(trio.kv.crashAfter(survived));
          tree.loadVersion(survived);
          trio.expectVersion(tree, survived);
          expect(tree.at(survived + 1)).to.equal(undefined);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("forgets writes on rollback", () => {
    fc.assert(
      fc.property(versions, fc.array(change, { minLength: 1 }), (history, extra) => {
        const trio = new Trio();
        for (const changes of history) {
          for (const c of changes) trio.apply(c);
          trio.save();
          for (const c of extra)
            c.value === undefined ? trio.tree.delete(c.key) : trio.tree.set(c.key, c.value);
          trio.tree.workingHash();
          trio.tree.rollback();
          trio.expectVersion(trio.tree, trio.tree.version);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("lets a working hash be followed by more writes", () => {
    fc.assert(
      fc.property(versions, (history) => {
        const trio = new Trio();
        for (const changes of history) {
          for (const c of changes) {
            trio.apply(c);
            expect(toHex(trio.tree.workingHash())).to.equal(naiveRoot(trio.naive));
          }
          trio.save();
        }
      }),
      { numRuns: 50 },
    );
  });

  it("prunes old versions and nothing that a kept version needs", () => {
    fc.assert(
      fc.property(versions, fc.nat(6), (history, keep) => {
        const trio = new Trio();
        for (const changes of history) {
          for (const c of changes) trio.apply(c);
          trio.save();
        }
        const last = trio.tree.version;
        const oldest = Math.max(1, last - keep);
        for (let v = 1; v < oldest; v++) trio.kv.write(trio.tree.prune(v));
        for (let v = 1; v < oldest; v++) expect(trio.tree.at(v)).to.equal(undefined);
        for (let v = oldest; v <= last; v++) trio.expectVersion(trio.reopen(), v);
      }),
      { numRuns: 100 },
    );
  });

  it("leaves no litter: after pruning, the disk holds the last tree and its root", () => {
    fc.assert(
      fc.property(versions, (history) => {
        const trio = new Trio();
        for (const changes of history) {
          for (const c of changes) trio.apply(c);
          trio.save();
        }
        const last = trio.tree.version;
        for (let v = 1; v < last; v++) trio.kv.write(trio.tree.prune(v));
        const nodes = Math.max(0, 2 * trio.list.length - 1);
        expect(trio.kv.records()).to.equal(nodes + 1);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses to be changed under an iteration", () => {
    const trio = new Trio();
    for (let i = 0; i < 10; i++) trio.apply({ key: Uint8Array.of(i), value: utf8("x") });
    expect(() => {
      for (const [k] of trio.tree.iterate()) trio.tree.delete(k);
    }).to.throw(Fault, "changed under an iteration");
  });

  it("says as a Fault what is missing or broken on disk", () => {
    const kv = createMemoryKv();
    const tree = open(kv);
    expect(() => tree.loadVersion(3)).to.throw(Fault, "not on disk");
    expect(() => tree.set(EMPTY_BYTES, utf8("x"))).to.throw(Fault, "at least one byte");
    tree.set(utf8("a"), utf8("1"));
    tree.set(utf8("b"), utf8("2"));
    const { ops } = tree.saveVersion();
    for (const op of ops) kv.write([{ key: op.key, value: op.value?.slice(0, -1) }]);
    const broken = open(kv);
    expect(() => broken.loadVersion(1)).to.throw(Fault);
    for (const op of ops.filter((o) => o.value?.length !== 12)) kv.write([{ key: op.key, value: undefined }]);
    for (const op of ops.filter((o) => o.value?.length === 12)) kv.write([op]);
    expect(() => broken.loadVersion(1)).to.throw(Fault, "tree node is not on disk");
  });

  it("stays balanced when keys come in order", () => {
    const tree = open(createMemoryKv());
    for (let i = 0; i < 4096; i++) tree.set(Uint8Array.of(i >> 8, i & 255), utf8("x"));
    tree.saveVersion();
    expect(tree.at(1)?.height).to.equal(12);
    for (let i = 0; i < 2048; i++) tree.delete(Uint8Array.of(i >> 8, i & 255));
    tree.saveVersion();
    expect(tree.at(2)?.height).to.be.lessThanOrEqual(16);
  });
});
