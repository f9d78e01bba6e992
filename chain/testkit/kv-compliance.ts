import { expect } from "chai";
import fc from "fast-check";
import { utf8 } from "../primitives/index.js";
import type { KvOp, KvStore } from "../store/index.js";

/** How the suite gets at an implementation. */
export interface KvHarness {
  /** An empty store. */
  open(): Promise<KvStore> | KvStore;
  /** Closes `store` in an orderly way and opens it again on the same data; left out by what does not survive. */
  reopen?(store: KvStore): Promise<KvStore> | KvStore;
  /** Ends what `open` and `reopen` began. */
  close(store: KvStore): Promise<void> | void;
}

const put = (key: string, value: string): KvOp => ({ key: utf8(key), value: utf8(value) });
const del = (key: string): KvOp => ({ key: utf8(key), value: undefined });

const op = fc.record({
  key: fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 }),
  value: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined }),
});
const batches = fc.array(fc.array(op, { maxLength: 8 }), { maxLength: 12 });

function applyTo(model: Map<string, Uint8Array>, ops: readonly KvOp[]): void {
  for (const { key, value } of ops) {
    if (value === undefined) model.delete(key.join());
    else model.set(key.join(), value);
  }
}

/** Every key the generator can make that the store and the model must agree on. */
function expectSame(store: KvStore, model: ReadonlyMap<string, Uint8Array>, written: readonly KvOp[]): void {
  for (const { key } of written) expect(store.get(key)).to.deep.equal(model.get(key.join()));
}

/** Registers the tests that every implementation of the key-value port passes; call it from a `.test.ts` file. */
export function describeKvStore(name: string, harness: KvHarness): void {
  const withStore = async (
    // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- most tests hand nothing back
    run: (store: KvStore) => Promise<KvStore | void> | KvStore | void,
  ): Promise<void> => {
    const store = await harness.open();
    await harness.close((await run(store)) ?? store);
  };

  describe(`${name} as a key-value store`, () => {
    it("has nothing at first", () =>
      withStore((store) => {
        expect(store.get(utf8("a"))).to.equal(undefined);
      }));

    it("sees a write at once, and its removal", () =>
      withStore((store) => {
        store.write([put("a", "1"), put("b", "2")]);
        expect(store.get(utf8("a"))).to.deep.equal(utf8("1"));
        store.write([del("a")]);
        expect(store.get(utf8("a"))).to.equal(undefined);
        expect(store.get(utf8("b"))).to.deep.equal(utf8("2"));
      }));

    it("lets the last operation of a batch win", () =>
      withStore((store) => {
        store.write([put("a", "1"), del("a"), put("a", "2"), put("b", "1"), del("b")]);
        expect(store.get(utf8("a"))).to.deep.equal(utf8("2"));
        expect(store.get(utf8("b"))).to.equal(undefined);
      }));

    it("keeps an empty value apart from none", () =>
      withStore((store) => {
        store.write([put("a", "")]);
        expect(store.get(utf8("a"))).to.deep.equal(new Uint8Array(0));
      }));

    it("takes an empty batch and keys and values of any bytes", () =>
      withStore((store) => {
        const key = Uint8Array.from({ length: 256 }, (_, i) => i);
        store.write([]);
        store.write([{ key, value: key.toReversed() }]);
        expect(store.get(key)).to.deep.equal(key.toReversed());
      }));

    it("answers with plain bytes", () =>
      withStore((store) => {
        store.write([put("a", "1")]);
        expect(Object.getPrototypeOf(store.get(utf8("a")))).to.equal(Uint8Array.prototype);
      }));

    it("agrees with a plain map after any writes", () =>
      fc.assert(
        fc.asyncProperty(batches, (writes) =>
          withStore((store) => {
            const model = new Map<string, Uint8Array>();
            for (const ops of writes) {
              store.write(ops);
              applyTo(model, ops);
              expectSame(store, model, writes.flat());
            }
          }),
        ),
        { numRuns: 30 },
      ));

    const { reopen } = harness;
    if (reopen === undefined) return;
    it("has everything after it was closed and opened again", () =>
      fc.assert(
        fc.asyncProperty(batches, (writes) =>
          withStore(async (store) => {
            const model = new Map<string, Uint8Array>();
            for (const ops of writes) {
              store.write(ops);
              applyTo(model, ops);
            }
            const again = await reopen(store);
            expectSame(again, model, writes.flat());
            return again;
          }),
        ),
        { numRuns: 10 },
      ));
  });
}
