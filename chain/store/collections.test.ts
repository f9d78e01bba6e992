import { expect } from "chai";
import fc from "fast-check";
import {
  Fault,
  Reject,
  compareBytes,
  toAddress,
  toHash32,
  toHeight,
  toTimeNs,
  toUopen,
} from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import {
  addressKey,
  addressValue,
  boolKey,
  boolValue,
  bytesKey,
  bytesValue,
  createScratchStore,
  defineSchema,
  hashKey,
  heightKey,
  heightValue,
  item,
  keySet,
  map,
  pair,
  protoValue,
  rememberedValue,
  sequence,
  textKey,
  textValue,
  timeKey,
  timeValue,
  triple,
  u32Key,
  u32Value,
  u64Key,
  u64Value,
  u8Key,
  uopenValue,
} from "./index.js";
import type { KeyCodec, ValueCodec } from "./index.js";
import { parseKey } from "./key-codecs.js";

const address = (n: number): Address => toAddress(new Uint8Array(20).fill(n));
const amount = (n: bigint) => toUopen(n);

const schema = defineSchema("sample", {
  accrued: map(1, addressKey, uopenValue),
  settled: keySet(2, hashKey),
  title: item(3, textValue),
  byOwner: map(4, pair(addressKey, u64Key), textValue),
  ids: sequence(5),
  rows: map(6, triple(u64Key, textKey, u8Key), u64Value),
});

describe("collections", () => {
  it("keep what is set, by key", () => {
    const { accrued } = schema.open(createScratchStore());
    accrued.set(address(1), amount(5n));
    accrued.set(address(2), amount(7n));
    expect(accrued.get(address(1))).to.equal(5n);
    expect(accrued.getOrFail(address(2))).to.equal(7n);
    expect([...accrued.values()]).to.deep.equal([5n, 7n]);
    accrued.delete(address(1));
    expect(accrued.has(address(1))).to.equal(false);
  });

  it("keep apart by their prefixes", () => {
    const store = createScratchStore();
    const { accrued, title, settled } = schema.open(store);
    accrued.set(address(1), amount(5n));
    title.set("x");
    settled.add(toHash32(new Uint8Array(32)));
    expect([...accrued.entries()].length).to.equal(1);
    expect([...settled.keys()].length).to.equal(1);
    title.delete();
    expect(title.get()).to.equal(undefined);
    expect([...store.iterate()].map(([k]) => k[0])).to.deep.equal([1, 2]);
  });

  it("say what is missing as a Fault, or as the caller's Reject", () => {
    const { accrued, title } = schema.read(createScratchStore());
    expect(() => accrued.getOrFail(address(1))).to.throw(Fault, "missing");
    expect(() => title.getOrFail(() => new Reject("sample", 5, "no title"))).to.throw(Reject, "no title");
  });

  it("treat a stored value that does not decode as a Fault", () => {
    const store = createScratchStore();
    const view = schema.read(store);
    store.set(Uint8Array.of(1, ...address(1)), Uint8Array.of(1, 2));
    store.set(Uint8Array.of(2, 9), Uint8Array.of(1));
    store.set(Uint8Array.of(3), Uint8Array.of(0xff));
    expect(() => view.accrued.get(address(1))).to.throw(Fault, "does not decode");
    expect(() => [...view.settled.keys()]).to.throw(Fault, "does not decode");
    expect(() => view.title.get()).to.throw(Fault, "does not decode");
  });

  it("walk a prefix of a tuple key, forwards, backwards, bounded and limited", () => {
    const { byOwner } = schema.open(createScratchStore());
    for (const owner of [1, 2, 3])
      for (const id of [1n, 2n, 300n]) byOwner.set([address(owner), id], `${owner}/${id}`);
    const own = { prefix: [address(2)] as const };
    expect([...byOwner.values(own)]).to.deep.equal(["2/1", "2/2", "2/300"]);
    expect([...byOwner.values({ ...own, reverse: true, limit: 2 })]).to.deep.equal(["2/300", "2/2"]);
    expect([...byOwner.values({ ...own, start: [address(2), 2n] })]).to.deep.equal(["2/2", "2/300"]);
    expect([...byOwner.values({ end: [address(2), 2n] })]).to.deep.equal(["1/1", "1/2", "1/300", "2/1"]);
    expect([...byOwner.values({ ...own, start: [address(1), 1n], end: [address(3), 1n] })].length).to.equal(
      3,
    );
    expect([...byOwner.values({ start: [address(3), 1n], end: [address(1), 1n] })]).to.deep.equal([]);
    expect([...byOwner.values({ limit: 0 })]).to.deep.equal([]);
  });

  it("walk both prefixes of a triple", () => {
    const { rows } = schema.open(createScratchStore());
    for (const name of ["a", "ab", "b"]) for (const kind of [0, 255]) rows.set([7n, name, kind], 1n);
    rows.set([8n, "a", 0], 1n);
    expect([...rows.keys({ prefix: [7n] })].map(([, name, kind]) => `${name}${kind}`)).to.deep.equal([
      "a0",
      "a255",
      "ab0",
      "ab255",
      "b0",
      "b255",
    ]);
    expect([...rows.keys({ prefix: [7n, "a"] })].length).to.equal(2);
  });

  it("iterate over the state as it was when the loop began", () => {
    const { accrued } = schema.open(createScratchStore());
    accrued.set(address(1), amount(1n));
    const walk = accrued.entries();
    accrued.set(address(2), amount(2n));
    expect([...walk].length).to.equal(1);
  });

  it("count from one and continue after an import", () => {
    const store = createScratchStore();
    const { ids } = schema.open(store);
    expect([ids.peek(), ids.next(), ids.next()]).to.deep.equal([1n, 1n, 2n]);
    ids.set(100n);
    expect(schema.read(store).ids.peek()).to.equal(100n);
  });

  it("never share a prefix", () => {
    const twice = () => defineSchema("bad", { a: item(1, u64Value), b: keySet(1, u64Key) });
    expect(twice).to.throw(Fault, "share a prefix");
    expect(() => item(256, u64Value)).to.throw(Fault);
  });

  it("mark the members of a key set with a value that can be proven", () => {
    const store = createScratchStore();
    schema.open(store).settled.add(toHash32(new Uint8Array(32)));
    expect([...store.iterate()].map(([, v]) => v.length)).to.deep.equal([1]);
  });
});

/** Order of keys as values, for the property that bytes keep it. */
const order = (a: bigint | number | string, b: bigint | number | string): number =>
  a < b ? -1 : a > b ? 1 : 0;

describe("key codecs", () => {
  function check<K>(codec: KeyCodec<K>, keys: fc.Arbitrary<K>, compare: (a: K, b: K) => number): void {
    fc.assert(
      fc.property(keys, keys, fc.uint8Array({ maxLength: 3 }), (a, b, tail) => {
        const [x, y] = [codec.encode(a), codec.encode(b)];
        expect(parseKey(codec, x)).to.deep.equal(a);
        expect(Math.sign(compareBytes(x, y))).to.equal(Math.sign(compare(a, b)));
        const [read, end] = codec.read(Uint8Array.of(...x, ...tail), 0);
        expect([read, end]).to.deep.equal([a, x.length]);
      }),
    );
  }
  const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

  it("keep numbers in order", () => {
    check(u8Key, fc.nat(255), order);
    check(u32Key, fc.nat(0xffffffff), order);
    check(u64Key, u64, order);
    check(
      heightKey,
      u64.map((n) => toHeight(n >> 1n)),
      order,
    );
    check(
      timeKey,
      fc.bigInt({ min: -62135596800n, max: 1n << 33n }).map((s) => toTimeNs(s, Number(s & 1023n))),
      order,
    );
    check(boolKey, fc.boolean(), (a, b) => Number(a) - Number(b));
  });

  it("keep bytes and texts in order", () => {
    const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    check(addressKey, fixed(20).map(toAddress), compareBytes);
    check(hashKey, fixed(32).map(toHash32), compareBytes);
    check(bytesKey, fc.uint8Array(), (a, b) => a.length - b.length || compareBytes(a, b));
    check(
      textKey,
      fc.string().map((t) => t.replaceAll("\0", "")),
      order,
    );
  });

  it("reject what does not fit, with a code", () => {
    const bad: (() => unknown)[] = [
      () => textKey.encode("a\0b"),
      () => textKey.encode("\ud800"),
      () => bytesKey.encode(new Uint8Array(256)),
      () => u8Key.encode(256),
      () => u32Key.encode(-1),
      () => u64Key.encode(1n << 64n),
      () => addressKey.encode(new Uint8Array(19) as Address),
      () => parseKey(u64Key, new Uint8Array(9)),
      () => parseKey(u64Key, new Uint8Array(7)),
      () => parseKey(boolKey, Uint8Array.of(2)),
      () => parseKey(textKey, Uint8Array.of(65)),
      () => parseKey(bytesKey, Uint8Array.of(2, 1)),
    ];
    for (const run of bad) expect(run).to.throw(Reject).with.property("code", 18);
  });
});

describe("value codecs", () => {
  function check<V>(codec: ValueCodec<V>, values: fc.Arbitrary<V>): void {
    fc.assert(fc.property(values, (v) => void expect(codec.decode(codec.encode(v))).to.deep.equal(v)));
  }

  it("give back what was put in", () => {
    const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    check(u64Value, u64);
    check(u32Value, fc.nat(0xffffffff));
    check(uopenValue, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(toUopen));
    check(
      heightValue,
      u64.map((n) => toHeight(n >> 1n)),
    );
    check(
      timeValue,
      fc.bigInt({ min: -62135596800n, max: 1n << 32n }).map((s) => toTimeNs(s, 7)),
    );
    check(boolValue, fc.boolean());
    check(bytesValue, fc.uint8Array());
    check(textValue, fc.string());
    check(addressValue, fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toAddress));
    check(protoValue({ encode: (n: number) => Uint8Array.of(n), decode: (b) => b[0] ?? 0 }), fc.nat(255));
  });

  it("remember what bytes decoded to, and never what was only encoded", () => {
    let decodes = 0;
    const codec = rememberedValue({
      encode: ({ n }: { readonly n: number }) => Uint8Array.of(n),
      decode(bytes) {
        decodes++;
        return { n: bytes[0] as number };
      },
    });
    const given = { n: 7 };
    const bytes = codec.encode(given);
    const first = codec.decode(bytes);
    expect(first).to.deep.equal(given);
    expect(first).not.to.equal(given);
    expect(codec.decode(bytes)).to.equal(first);
    expect(codec.decode(bytes.slice())).not.to.equal(first);
    expect(decodes).to.equal(2);
  });

  it("refuse bytes they did not write", () => {
    expect(() => boolValue.decode(Uint8Array.of(2))).to.throw(Fault);
    expect(() => uopenValue.decode(new Uint8Array(15))).to.throw(Fault);
    expect(() => u32Value.decode(new Uint8Array(5))).to.throw(Fault);
    expect(() => u32Value.encode(1.5)).to.throw(Fault);
  });
});
