import { expect } from "chai";
import fc from "fast-check";
import { Fault, compareBytes, toHex } from "../primitives/index.js";
import { STORE_GAS, createBranch, createInfiniteGasMeter, createMultiBranch, createScratchStore, createScratchStores, meterStore } from "./index.js";
import type { Branch, Entry, ReadStore, Store } from "./index.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const hexEntries = (entries: Iterable<Entry>): string[] =>
  [...entries].map(([key, value]) => `${toHex(key)}=${toHex(value)}`);

/** A store as naive as possible: a list that is sorted whenever somebody looks. */
function plainStore(): Store & { readonly log: string[] } {
  let entries: Entry[] = [];
  const log: string[] = [];
  const without = (key: Uint8Array): Entry[] => entries.filter(([k]) => compareBytes(k, key) !== 0);
  return {
    log,
    get: (key) => entries.find(([k]) => compareBytes(k, key) === 0)?.[1],
    has: (key) => entries.some(([k]) => compareBytes(k, key) === 0),
    iterate(start, end, options) {
      const inside = entries
        .filter(([k]) => (!start || compareBytes(k, start) >= 0) && (!end || compareBytes(k, end) < 0))
        .sort((a, b) => compareBytes(a[0], b[0]));
      return options?.reverse === true ? inside.reverse() : inside;
    },
    set(key, value) {
      log.push(`set ${toHex(key)}`);
      entries = [...without(key), [key, value]];
    },
    delete(key) {
      log.push(`delete ${toHex(key)}`);
      entries = without(key);
    },
  };
}

const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 5 });
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("set" as const), key, value: fc.uint8Array({ maxLength: 2 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("branch" as const, "flush" as const, "discard" as const) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("look" as const),
      start: fc.option(key, { nil: undefined }),
      end: fc.option(key, { nil: undefined }),
      reverse: fc.boolean(),
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

function snapshot(store: ReadStore): Store {
  const copy = plainStore();
  for (const [k, v] of store.iterate()) copy.set(k, v);
  return copy;
}

/** A stack of branches beside a stack of full copies. */
class Twin {
  readonly branches: [Store, ...Branch[]] = [plainStore()];
  readonly models: Store[] = [plainStore()];

  get top(): Store {
    return this.branches.at(-1) as Store;
  }

  get model(): Store {
    return this.models.at(-1) as Store;
  }

  run(c: Command): void {
    if (c.kind === "set") for (const s of [this.top, this.model]) s.set(c.key, c.value);
    else if (c.kind === "delete") for (const s of [this.top, this.model]) s.delete(c.key);
    else if (c.kind === "look") this.#look(c.start, c.end, c.reverse);
    else this.#nest(c.kind);
  }

  #look(start: Uint8Array | undefined, end: Uint8Array | undefined, reverse: boolean): void {
    const want = hexEntries(this.model.iterate(start, end, { reverse }));
    expect(hexEntries(this.top.iterate(start, end, { reverse }))).to.deep.equal(want);
    if (start === undefined) return;
    expect(this.top.get(start)).to.deep.equal(this.model.get(start));
    expect(this.top.has(start)).to.equal(this.model.has(start));
  }

  #nest(kind: "branch" | "flush" | "discard"): void {
    if (kind === "branch") {
      this.branches.push(createBranch(this.top));
      this.models.push(snapshot(this.model));
      return;
    }
    if (this.branches.length === 1) return;
    const branch = this.branches.pop() as Branch;
    const model = this.models.pop() as Store;
    if (kind === "discard") return branch.discard();
    branch.flush();
    expect(branch.dirty).to.equal(0);
    this.models[this.models.length - 1] = model;
  }
}

/** Enough keys to leave the overlay's path for a few. */
const manyKeys = fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 3 }), {
  selector: toHex,
  maxLength: 60,
  size: "max",
});

describe("store branches", () => {
  it("behave like full copies, however deep they nest", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const twin = new Twin();
        for (const c of commands) twin.run(c);
        expect(hexEntries(twin.top.iterate())).to.deep.equal(hexEntries(twin.model.iterate()));
      }),
      { numRuns: 300 },
    );
  });

  it("flush their dirty keys in byte order, whatever the order of the writes", () => {
    fc.assert(
      fc.property(manyKeys, (keys) => {
        const parent = plainStore();
        const branch = createBranch(parent);
        for (const k of keys) branch.set(k, k);
        branch.flush();
        const want = [...keys].sort(compareBytes).map((k) => `set ${toHex(k)}`);
        expect(parent.log).to.deep.equal(want);
      }),
    );
  });

  it("pass on a write of the same value, because it makes a new leaf", () => {
    const parent = plainStore();
    parent.set(bytes(1), bytes(7));
    const branch = createBranch(parent);
    branch.set(bytes(1), bytes(7));
    branch.flush();
    expect(parent.log).to.deep.equal(["set 01", "set 01"]);
  });

  it("let a loop delete what it walks over", () => {
    const store = createScratchStore();
    for (let i = 0; i < 40; i++) store.set(bytes(i), bytes(1));
    let seen = 0;
    for (const [k] of store.iterate()) {
      store.delete(k);
      store.set(bytes(100 + (k[0] as number)), bytes(2));
      seen++;
    }
    expect(seen).to.equal(40);
    expect([...store.iterate()].length).to.equal(40);
  });

  it("hide writes from the parent until they are flushed", () => {
    const parent = plainStore();
    const branch = createBranch(parent);
    branch.set(bytes(1), bytes(1));
    expect(parent.has(bytes(1))).to.equal(false);
    branch.discard();
    expect(branch.has(bytes(1))).to.equal(false);
    branch.flush();
    expect(parent.log).to.deep.equal([]);
  });

  it("refuse an empty key", () => {
    expect(() => createScratchStore().set(new Uint8Array(0), bytes(1))).to.throw(Fault);
  });

  it("order keys of any length as unsigned bytes", () => {
    const store = createScratchStore();
    const long = new Uint8Array(10_000).fill(0xfe);
    for (const k of [bytes(0xff), bytes(0x7f), long, bytes(0x80, 0)]) store.set(k, bytes(1));
    const order = [...store.iterate()].map(([k]) => k.length * 1000 + (k[0] as number));
    expect(order).to.deep.equal([1127, 2128, 10_000_254, 1255]);
  });
});

describe("a branch of a branch over a metered store", () => {
  it("pays for has and get what the store below asks for each", () => {
    const gas = createInfiniteGasMeter();
    const nested = createBranch(createBranch(meterStore(createScratchStore(), gas)));
    nested.has(bytes(1));
    expect(gas.consumed).to.equal(STORE_GAS.has);
    nested.get(bytes(1));
    expect(gas.consumed).to.equal(STORE_GAS.has + STORE_GAS.readFlat + STORE_GAS.readPerByte);
  });
});

describe("branches of several stores", () => {
  function plainStores(): { store(name: string): Store; logs: string[] } {
    const logs: string[] = [];
    const stores = new Map<string, Store>();
    return {
      logs,
      store(name) {
        const found = stores.get(name) ?? plainStore();
        stores.set(name, found);
        return { ...found, set: (k, v) => (logs.push(`${name} ${toHex(k)}`), found.set(k, v)) };
      },
    };
  }

  it("flush store by store in order of the names", () => {
    const parent = plainStores();
    const block = createMultiBranch(parent);
    const tx = createMultiBranch(block);
    tx.store("zeta").set(bytes(2), bytes(1));
    tx.store("alpha").set(bytes(9), bytes(1));
    tx.store("zeta").set(bytes(1), bytes(1));
    tx.flush();
    expect(parent.logs).to.deep.equal([]);
    block.flush();
    expect(parent.logs).to.deep.equal(["alpha 09", "zeta 01", "zeta 02"]);
  });

  it("discard the writes of every store", () => {
    const block = createMultiBranch(plainStores());
    block.store("a").set(bytes(1), bytes(1));
    block.discard();
    expect(block.store("a").has(bytes(1))).to.equal(false);
  });

  it("give a scratch copy that never writes through", () => {
    const parent = plainStores();
    const scratch = createScratchStores(parent);
    scratch.store("a").set(bytes(1), bytes(1));
    expect(scratch.store("a").has(bytes(1))).to.equal(true);
    expect(parent.logs).to.deep.equal([]);
  });
});
