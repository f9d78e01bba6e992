import { expect } from "chai";
import fc from "fast-check";
import { toHeight, toHex } from "../primitives/index.js";
import { AnswerBudget, WorkingStore } from "./committed-values.js";
import { createIavlTree, createMemoryKv, createMultiBranch, createScratchStore, openMultiStore } from "./index.js";
import type { MultiStore, MutableTree, ReadStore } from "./index.js";

const KEYS = Array.from({ length: 6 }, (_, i) => Uint8Array.of(i + 1));
/** Room for a handful of answers: most are forgotten again. */
const SMALL = 4_000;

type Content = ReadonlyMap<string, Uint8Array>;
const contentOf = (store: ReadStore): string[] => KEYS.map((key) => `${store.has(key)} ${toHex(store.get(key) ?? new Uint8Array())}`);
const expected = (content: Content): string[] => KEYS.map((key) => `${content.has(toHex(key))} ${toHex(content.get(toHex(key)) ?? new Uint8Array())}`);

/** A chain's state beside plain maps: what every version held, and what the working one holds. */
class Model {
  readonly state: MultiStore = openMultiStore({ kv: createMemoryKv(), stores: ["one", "two"] });
  readonly versions: Content[] = [new Map()];
  readonly views: (readonly [ReadStore, Content])[] = [];
  working = new Map<string, Uint8Array>();

  write(key: Uint8Array, value: Uint8Array | undefined): void {
    if (value === undefined) {
      this.working.delete(toHex(key));
      this.state.store("one").delete(key);
    } else {
      this.working.set(toHex(key), value);
      this.state.store("one").set(key, value);
    }
  }

  commit(): void {
    this.state.commit();
    this.versions.push(new Map(this.working));
  }

  rollback(): void {
    this.state.rollback();
    this.working = new Map(this.versions.at(-1));
  }

  /** A reader that stays at its version for good. */
  look(): void {
    const { version } = this.state.last;
    if (version > 0n) this.views.push([this.state.at(version).store("one"), this.versions[Number(version)] ?? new Map()]);
  }

  check(): void {
    expect(contentOf(this.state.store("one"))).to.deep.equal(expected(this.working));
    expect(contentOf(this.state.store("two"))).to.deep.equal(expected(new Map()));
    for (const [view, content] of this.views) expect(contentOf(view)).to.deep.equal(expected(content));
    if (this.versions.length > 1) expect(contentOf(this.state.at(toHeight(BigInt(this.versions.length - 1))).store("one"))).to.deep.equal(expected(this.versions.at(-1) ?? new Map()));
  }
}

describe("what the last version is remembered to answer", () => {
  const key = fc.constantFrom(...KEYS);
  const step = fc.oneof(
    fc.tuple(fc.constant("set" as const), key, fc.uint8Array({ minLength: 1, maxLength: 3 })),
    fc.tuple(fc.constantFrom("delete" as const, "commit" as const, "rollback" as const, "look" as const, "reload" as const), key, fc.constant(undefined)),
  );

  it("is what the trees hold, in the working version and in each that was looked at", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const model = new Model();
        for (const [what, k, value] of steps) {
          if (what === "set" || what === "delete") model.write(k, value);
          else if (what === "commit") model.commit();
          else if (what === "rollback") model.rollback();
          else if (what === "look") model.look();
          else if (model.versions.length > 1) {
            model.state.reload();
            model.working = new Map(model.versions.at(-1));
          }
          model.check();
        }
      }),
    );
  });

  it("stays so when there is room for little of it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const budget = new AnswerBudget(SMALL);
        const tree = createIavlTree({ reader: createMemoryKv(), prefix: Uint8Array.of(1) });
        const plain = createIavlTree({ reader: createMemoryKv(), prefix: Uint8Array.of(1) });
        const store = new WorkingStore(tree, budget);
        for (const [what, k, value] of steps) {
          if (value !== undefined) for (const s of [store, plain]) s.set(k, value);
          else if (what === "delete") for (const s of [store, plain]) s.delete(k);
          else if (what === "commit") {
            for (const t of [tree, plain]) t.saveVersion();
            store.committed();
          } else if (what === "rollback") {
            for (const t of [tree, plain]) t.rollback();
            store.rolledBack();
          }
          expect(contentOf(store)).to.deep.equal(contentOf(plain));
        }
      }),
    );
  });

  it("asks the tree for a key once, present or not, also after it was written", () => {
    const tree = createIavlTree({ reader: createMemoryKv(), prefix: Uint8Array.of(1) });
    tree.set(Uint8Array.of(1), Uint8Array.of(9));
    tree.saveVersion();
    let asked = 0;
    const counted: MutableTree = Object.assign(Object.create(tree) as MutableTree, {
      get: (k: Uint8Array) => {
        asked++;
        return tree.get(k);
      },
      set: (k: Uint8Array, v: Uint8Array) => tree.set(k, v),
    });
    const store = new WorkingStore(counted, new AnswerBudget(1 << 20));
    const read = (): (Uint8Array | undefined)[] => [1, 2, 3].map((k) => createScratchStore(store).get(Uint8Array.of(k)));
    for (let i = 0; i < 4; i++) expect(read()).to.deep.equal([Uint8Array.of(9), undefined, undefined]);
    expect(asked).to.equal(3);
    store.set(Uint8Array.of(2), Uint8Array.of(7));
    store.committed();
    expect(read()).to.deep.equal([Uint8Array.of(9), Uint8Array.of(7), undefined]);
    expect(asked).to.equal(3);
  });

  it("gives up what was not used since half the room was full, of every store", () => {
    const budget = new AnswerBudget(SMALL);
    const trees = [1, 2].map((p) => createIavlTree({ reader: createMemoryKv(), prefix: Uint8Array.of(p) }));
    let asked = 0;
    const [first, second] = trees.map((tree) => {
      const counted = Object.assign(Object.create(tree) as MutableTree, {
        get: () => {
          asked++;
          return undefined;
        },
      });
      return new WorkingStore(counted, budget);
    });
    first?.get(Uint8Array.of(200));
    for (let i = 0; i < 100; i++) second?.get(Uint8Array.of(i));
    expect(first?.remembered, "also of a store that nobody asks any more").to.equal(0);
    expect(second?.remembered).to.be.within(1, SMALL / 300);
    asked = 0;
    first?.get(Uint8Array.of(200));
    second?.get(Uint8Array.of(0));
    second?.get(Uint8Array.of(99));
    expect(asked).to.equal(2);
  });

  it("keeps what is used again and again, however much comes by", () => {
    const asked: number[] = [];
    const tree = createIavlTree({ reader: createMemoryKv(), prefix: Uint8Array.of(1) });
    const get = (key: Uint8Array): undefined => void asked.push(key[0] ?? 0);
    const store = new WorkingStore(Object.assign(Object.create(tree) as MutableTree, { get }), new AnswerBudget(SMALL));
    for (let i = 0; i < 100; i++) for (const k of [200, i]) store.get(Uint8Array.of(k));
    expect(asked.filter((k) => k === 200)).to.have.lengthOf(1);
    expect(asked).to.have.lengthOf(101);
  });

  it("keeps a block's branch and a reader of the version before it apart", () => {
    const state = openMultiStore({ kv: createMemoryKv(), stores: ["one"] });
    const [k] = KEYS as [Uint8Array];
    state.store("one").set(k, Uint8Array.of(1));
    state.commit();
    const check = state.at(toHeight(1n)).store("one");
    expect(check.get(k)).to.deep.equal(Uint8Array.of(1));
    const block = createMultiBranch(state);
    block.store("one").set(k, Uint8Array.of(2));
    block.flush();
    expect([check.get(k), state.store("one").get(k)]).to.deep.equal([Uint8Array.of(1), Uint8Array.of(2)]);
    state.commit();
    expect([check.get(k), state.at(toHeight(2n)).store("one").get(k)]).to.deep.equal([Uint8Array.of(1), Uint8Array.of(2)]);
  });
});
