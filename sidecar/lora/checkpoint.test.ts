import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { leafHash } from "../../chain/crypto/index.js";
import { Reject, concatBytes, toHex } from "../../chain/primitives/index.js";
import { tinyJob, tinyRows } from "../testkit/tiny.js";
import { decodeParent, decodeState, encodeState, hashCorpus, hashRows, jobHash, stateRoot } from "./checkpoint.js";
import type { SavedState } from "./checkpoint.js";

const NAME = new Uint8Array(32).fill(7);
const SIZE = 5;

const vector = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: SIZE, maxLength: SIZE }).map((a) => Float32Array.from(a));
const moments = fc.record({ theta: vector, first: vector, second: vector });
const saved: fc.Arbitrary<SavedState> = fc.record({
  state: fc.record({ step: fc.nat(), cursor: fc.bigInt(0n, 1n << 60n), adapter: moments, tangents: fc.array(moments, { maxLength: 3 }) }),
  lossMicroNats: fc.nat(),
});

function codeOf(work: () => unknown): number {
  try {
    work();
  } catch (error) {
    if (error instanceof Reject) return error.code;
    throw error;
  }
  return 0;
}

/** The tree as RFC 6962 defines it, written down a second time. */
function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leafHash(leaves[0] as Uint8Array);
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const inner = concatBytes(Uint8Array.of(1), treeRoot(leaves.slice(0, k)), treeRoot(leaves.slice(k)));
  return new Uint8Array(createHash("sha256").update(inner).digest());
}

describe("a training state", () => {
  it("is the same after encode and decode", () => {
    fc.assert(
      fc.property(saved, (s) => {
        const bytes = encodeState(NAME, s);
        expect(decodeState(bytes, NAME, { size: SIZE, tangents: s.state.tangents.length })).to.deep.equal(s);
        expect(encodeState(NAME, decodeState(bytes, NAME, { size: SIZE, tangents: s.state.tangents.length }))).to.deep.equal(bytes);
      }),
    );
  });

  it("has the RFC 6962 root over head and float32 vectors as they stand in its bytes", () => {
    fc.assert(
      fc.property(saved, (s) => {
        const bytes = encodeState(NAME, s);
        const vectors = 3 * (1 + s.state.tangents.length);
        const head = bytes.length - 4 * SIZE * vectors;
        const parts = Array.from({ length: vectors }, (_, i) => bytes.slice(head + 4 * SIZE * i, head + 4 * SIZE * (i + 1)));
        expect(toHex(stateRoot(NAME, s))).to.equal(toHex(treeRoot([bytes.slice(0, head), ...parts])));
      }),
    );
  });

  it("gets another root from any other bit", () => {
    fc.assert(
      fc.property(saved, fc.nat(), fc.nat(7), (s, at, bit) => {
        const bytes = encodeState(NAME, s);
        const i = at % bytes.length;
        bytes[i] = (bytes[i] ?? 0) ^ (1 << bit);
        let root: Uint8Array | undefined;
        try {
          root = decodeParent(bytes, SIZE).root;
        } catch (error) {
          if (!(error instanceof Reject)) throw error;
        }
        if (root !== undefined) expect(toHex(root)).not.to.equal(toHex(stateRoot(NAME, s)));
      }),
    );
  });

  it("is refused for another job, another size, another length or a number that is not finite", () => {
    const zero = { theta: new Float32Array(SIZE), first: new Float32Array(SIZE), second: new Float32Array(SIZE) };
    const state = { step: 3, cursor: 48n, adapter: zero, tangents: [zero] };
    const bytes = encodeState(NAME, { state, lossMicroNats: 9 });
    const sizes = { size: SIZE, tangents: 1 };
    expect(codeOf(() => decodeState(bytes, NAME, sizes))).to.equal(0);
    expect(codeOf(() => decodeState(bytes, new Uint8Array(32), sizes))).to.equal(6);
    expect(codeOf(() => decodeState(bytes, NAME, { ...sizes, tangents: 2 }))).to.equal(6);
    expect(codeOf(() => decodeState(bytes.slice(0, -1), NAME, sizes))).to.equal(6);
    expect(codeOf(() => decodeState(bytes.slice(0, 20), NAME, sizes))).to.equal(6);
    expect(codeOf(() => decodeParent(bytes, SIZE + 1))).to.equal(6);
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, Number.NaN, true);
    expect(codeOf(() => decodeState(bytes, NAME, sizes))).to.equal(6);
  });

  it("is bound to everything the states of a job depend on, and to nothing else", () => {
    const job = tinyJob(new Uint8Array(32));
    const name = (change: Partial<typeof job>, parent?: Uint8Array): string => toHex(jobHash({ ...job, ...change }, parent));
    const base = name({});
    for (const change of [{ seed: 6n }, { steps: 9 }, { maxTangents: 2 }, { batchSize: 8 }, { tangents: false }, { rows: tinyRows(47, 4) }]) {
      expect(name(change)).not.to.equal(base);
    }
    const parentState = new Uint8Array(1);
    expect(name({ parentState }, new Uint8Array(32).fill(1))).not.to.equal(base);
    expect(name({ parentState, parentContributors: ["a"] }, new Uint8Array(32).fill(1))).not.to.equal(name({ parentState }, new Uint8Array(32).fill(1)));
    for (const change of [{ stopAfter: 3 }, { checkpointEvery: 1 }, { metasmoothSubsets: 3 }, { resumeFrom: parentState }]) {
      expect(name(change)).to.equal(base);
    }
  });
});

describe("a corpus id", () => {
  it("is that of the rows without background, and binds each background text", () => {
    const rows = tinyRows(3, 2);
    expect(hashCorpus(rows, [])).to.deep.equal(hashRows(rows));
    expect(toHex(hashCorpus(rows, ["ab", "c"]))).not.to.equal(toHex(hashCorpus(rows, ["a", "bc"])));
  });
});
