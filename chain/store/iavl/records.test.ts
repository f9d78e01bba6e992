import { expect } from "chai";
import fc from "fast-check";
import { Fault, toHash32, toHex, utf8 } from "../../primitives/index.js";
import { Inner, Leaf, NodeRef } from "./node.js";
import {
  RecordPages,
  decodeNode,
  decodeRef,
  decodeRefs,
  encodeNode,
  encodeRef,
  encodeRefs,
  nodeKey,
  orphansKey,
  rootKey,
} from "./records.js";

const version = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 48 }));
const ref = fc.tuple(version, fc.integer({ min: 1, max: 0xffffffff })).map(([v, n]) => new NodeRef(v, n));
const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });

describe("tree records", () => {
  it("lay out their keys so that a version's nodes lie together, in order", () => {
    const prefix = utf8("s/");
    expect(toHex(nodeKey(prefix, new NodeRef(1, 2)))).to.equal("732f6e000000000000000100000002");
    expect(toHex(nodeKey(prefix, new NodeRef(2 ** 33, 2 ** 31)))).to.equal("732f6e000000020000000080000000");
    expect(toHex(rootKey(prefix, 258))).to.equal("732f720000000000000102");
    expect(toHex(orphansKey(prefix, 258))).to.equal("732f6f0000000000000102");
    fc.assert(
      fc.property(ref, ref, (a, b) => {
        const byNumber = a.version - b.version || a.nonce - b.nonce;
        const [x, y] = [toHex(encodeRef(a)), toHex(encodeRef(b))];
        expect(Math.sign(byNumber)).to.equal(x < y ? -1 : x > y ? 1 : 0);
      }),
    );
  });

  it("give places back, one or many", () => {
    fc.assert(
      fc.property(fc.array(ref, { maxLength: 20 }), (refs) => {
        expect(decodeRefs(encodeRefs(refs))).to.deep.equal(refs);
        for (const r of refs) expect(decodeRef(encodeRef(r))).to.deep.equal(r);
      }),
    );
  });

  it("give leaves back, also with an empty value", () => {
    fc.assert(
      fc.property(bytes, fc.uint8Array({ maxLength: 3000 }), ref, (key, value, at) => {
        const leaf = new Leaf(key, value, at);
        expect(decodeNode(at, encodeNode(leaf))).to.deep.equal(leaf);
      }),
    );
  });

  const fork = fc
    .record({
      key: bytes,
      left: ref,
      right: ref,
      at: ref,
      height: fc.integer({ min: 1, max: 60 }),
      size: version,
    })
    .chain((f) => fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => ({ ...f, hash })))
    .map(({ at, height, size, hash, ...shape }) => {
      const node = new Inner(shape, at);
      node.height = height;
      node.size = size;
      node.hash = toHash32(hash);
      return { node, at };
    });

  it("give forks back, with references for children", () => {
    fc.assert(
      fc.property(fork, ({ node, at }) => void expect(decodeNode(at, encodeNode(node))).to.deep.equal(node)),
    );
  });

  it("do not share bytes with the record or with one another", () => {
    const at = new NodeRef(1, 1);
    const first = encodeNode(new Leaf(utf8("a"), utf8("1"), at));
    const second = encodeNode(new Leaf(utf8("b"), utf8("2"), at));
    expect(toHex(first)).to.equal("00016131");
    expect(toHex(second)).to.equal("00016232");
    const leaf = decodeNode(at, first);
    first.fill(0xff);
    expect(leaf.key).to.deep.equal(utf8("a"));
  });

  it("are the same laid out in pages as by themselves, whatever their sizes", () => {
    const leaf = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 30_000, maxLength: 40_000 })));
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 3, arbitrary: fork }), { maxLength: 60 }), (given) => {
        const pages = new RecordPages();
        const nodes = given.map((g) => (Array.isArray(g) ? new Leaf(g[0], g[1], new NodeRef(3, 4)) : (g as { node: Inner }).node));
        const prefix = utf8("s/");
        const laid = nodes.map((node) => ({ key: pages.nodeKey(prefix, node), value: pages.node(node) }));
        for (const [i, node] of nodes.entries()) {
          expect(toHex(laid[i]?.key ?? prefix)).to.equal(toHex(nodeKey(prefix, node)));
          expect(toHex(laid[i]?.value ?? prefix)).to.equal(toHex(encodeNode(node)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("are a Fault when they are cut short, and a fork also when it is too long", () => {
    fc.assert(
      fc.property(fork, fc.nat(), ({ node, at }, cut) => {
        const record = encodeNode(node);
        const shorter = record.slice(0, cut % record.length);
        if (shorter.length > 0) expect(() => decodeNode(at, shorter)).to.throw(Fault, "does not decode");
        expect(() => decodeNode(at, Uint8Array.of(...record, 0))).to.throw(Fault, "does not decode");
      }),
    );
    expect(() => decodeNode(new NodeRef(1, 1), Uint8Array.of(0, 5, 1))).to.throw(Fault, "does not decode");
    expect(() => decodeNode(new NodeRef(1, 1), new Uint8Array(0))).to.throw(Fault, "does not decode");
  });

  it("are never made of a fork that is not hashed", () => {
    const at = new NodeRef(1, 1);
    expect(() => encodeNode(new Inner({ key: utf8("a"), left: at, right: at }, at))).to.throw(
      Fault,
      "hashed",
    );
    expect(() => decodeRef(new Uint8Array(11))).to.throw(Fault);
  });
});
