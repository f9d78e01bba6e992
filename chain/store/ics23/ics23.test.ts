import { readFileSync } from "node:fs";
import { ics23, iavlSpec as confioIavlSpec, verifyMembership, verifyNonMembership } from "@confio/ics23";
import { expect } from "chai";
import fc from "fast-check";
import { EMPTY_BYTES, equalBytes, parseHex, toHex, utf8 } from "../../primitives/index.js";
import { CommitmentProof } from "../../../proto/gen/cosmos/ics23/v1.js";
import type { ExistenceProof, InnerOp } from "../../../proto/gen/cosmos/ics23/v1.js";
import { createIavlTree } from "../iavl/index.js";
import type { TreeView } from "../iavl/index.js";
import { createMemoryKv } from "../kv.js";
import { iavlSpec, proveKey, verifyExistence, verifyNonExistence } from "./index.js";

/** Whether the decoded bytes prove what is claimed; no value claims absence. */
function verifies(
  root: Uint8Array,
  proof: CommitmentProof,
  key: Uint8Array,
  value: Uint8Array | undefined,
): boolean {
  if (value !== undefined)
    return proof.exist !== undefined && verifyExistence(iavlSpec, root, proof.exist, { key, value });
  return proof.nonexist !== undefined && verifyNonExistence(iavlSpec, root, proof.nonexist, key);
}

function confioVerifies(
  root: Uint8Array,
  bytes: Uint8Array,
  key: Uint8Array,
  value: Uint8Array | undefined,
): boolean {
  const proof = ics23.CommitmentProof.decode(bytes);
  if (value === undefined) return verifyNonMembership(proof, confioIavlSpec, root, key);
  return verifyMembership(proof, confioIavlSpec, root, key, value);
}

function viewOf(entries: Iterable<readonly [Uint8Array, Uint8Array]>): TreeView {
  const tree = createIavlTree({ reader: createMemoryKv(), prefix: EMPTY_BYTES });
  for (const [key, value] of entries) tree.set(key, value);
  tree.saveVersion();
  return tree.at(1) as TreeView;
}

function proofOf(view: TreeView, key: Uint8Array): CommitmentProof {
  const proof = proveKey(view, key);
  if (proof === undefined) throw new Error("nothing to prove");
  return proof;
}

const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 9 });
const entries = fc.array(fc.tuple(key, fc.uint8Array({ minLength: 1, maxLength: 3 })), {
  minLength: 1,
  maxLength: 40,
});

describe("proofs of the IAVL tree", () => {
  it("are accepted for every key, there or not, by our verifier and by @confio/ics23", () => {
    fc.assert(
      fc.property(entries, key, (all, asked) => {
        const view = viewOf(all);
        for (const k of [asked, (all[0] as readonly [Uint8Array, Uint8Array])[0]]) {
          const proof = proofOf(view, k);
          const value = view.get(k);
          expect(verifies(view.rootHash, proof, k, value)).to.equal(true);
          expect(confioVerifies(view.rootHash, CommitmentProof.encode(proof), k, value)).to.equal(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("show nothing but what they were made for", () => {
    fc.assert(
      fc.property(entries, key, key, (all, asked, other) => {
        const view = viewOf(all);
        const proof = proofOf(view, asked);
        const value = view.get(asked);
        const wrong = Uint8Array.of(...(value ?? []), 1);
        expect(verifies(view.rootHash, proof, asked, value === undefined ? wrong : undefined)).to.equal(
          false,
        );
        expect(verifies(view.rootHash, proof, asked, wrong)).to.equal(false);
        expect(verifies(view.rootHash.toReversed(), proof, asked, value)).to.equal(false);
        if (!equalBytes(asked, other)) expect(verifies(view.rootHash, proof, other, value)).to.equal(false);
      }),
    );
  });

  it("are refused when any byte of them changes", () => {
    const view = viewOf(Array.from({ length: 20 }, (_, i) => [utf8(`k${i}`), utf8(`v${i}`)] as const));
    for (const k of [utf8("k7"), utf8("k10x"), utf8("a"), utf8("z")]) {
      const bytes = CommitmentProof.encode(proofOf(view, k));
      for (let at = 0; at < bytes.length; at++) {
        for (const flip of [1, 2, 0x10, 0x80, 0xff]) {
          const changed = bytes.slice();
          changed[at] = (changed[at] as number) ^ flip;
          expect(acceptsBytes(view, changed, k), `byte ${at} ^ ${flip} for ${toHex(k)}`).to.equal(false);
        }
      }
    }
  });

  function acceptsBytes(view: TreeView, bytes: Uint8Array, k: Uint8Array): boolean {
    try {
      return verifies(view.rootHash, CommitmentProof.decode(bytes), k, view.get(k));
    } catch {
      return false;
    }
  }

  it("cannot show absence from an empty tree", () => {
    const tree = createIavlTree({ reader: createMemoryKv(), prefix: EMPTY_BYTES });
    tree.saveVersion();
    expect(proveKey(tree.at(1) as TreeView, utf8("a"))).to.equal(undefined);
  });
});

describe("the proof verifier", () => {
  const view = viewOf(Array.from({ length: 9 }, (_, i) => [utf8(`k${i}`), utf8(`v${i}`)] as const));
  const root = view.rootHash;
  const exist = (k: string): ExistenceProof => proofOf(view, utf8(k)).exist as ExistenceProof;
  const absent = (k: string, left?: ExistenceProof, right?: ExistenceProof): boolean =>
    verifyNonExistence(iavlSpec, root, { key: utf8(k), left, right }, utf8(k));
  const holds = (proof: ExistenceProof): boolean =>
    verifyExistence(iavlSpec, root, proof, { key: proof.key, value: proof.value });

  it("accepts two neighbours", () => {
    expect(absent("k3x", exist("k3"), exist("k4"))).to.equal(true);
  });

  it("refuses two keys that are not neighbours, whatever lies between", () => {
    for (let i = 0; i < 9; i++) {
      for (let j = 0; j < 9; j++) {
        const isPair = j === i + 1;
        expect(absent(`k${i}x`, exist(`k${i}`), exist(`k${j}`)), `${i} ${j}`).to.equal(isPair);
      }
    }
  });

  it("refuses a missing side that is not the edge of the tree", () => {
    expect(absent("a", undefined, exist("k0"))).to.equal(true);
    expect(absent("k0x", undefined, exist("k1"))).to.equal(false);
    expect(absent("z", exist("k8"), undefined)).to.equal(true);
    expect(absent("k7x", exist("k7"), undefined)).to.equal(false);
    expect(absent("k7x")).to.equal(false);
  });

  it("refuses a leaf or a step of another form", () => {
    const proof = exist("k3");
    const leaf = proof.leaf as NonNullable<typeof proof.leaf>;
    const first = proof.path[0] as InnerOp;
    const withFirst = (op: InnerOp): ExistenceProof => ({ ...proof, path: [op, ...proof.path.slice(1)] });
    expect(holds(proof)).to.equal(true);
    const forged: ExistenceProof[] = [
      { ...proof, leaf: undefined },
      { ...proof, leaf: { ...leaf, prefix: Uint8Array.of(...leaf.prefix, 0) } },
      { ...proof, leaf: { ...leaf, prefix: Uint8Array.of(2, 2, 2) } },
      { ...proof, leaf: { ...leaf, hash: 2 } },
      { ...proof, leaf: { ...leaf, prehashKey: 1 } },
      { ...proof, leaf: { ...leaf, prehashValue: 0 } },
      { ...proof, leaf: { ...leaf, length: 0 } },
      { ...proof, value: EMPTY_BYTES },
      { ...proof, path: proof.path.slice(1) },
      { ...proof, path: Array.from({ length: 129 }, () => first) },
      withFirst({ ...first, hash: 0 }),
      withFirst({ ...first, prefix: EMPTY_BYTES }),
      withFirst({ ...first, prefix: Uint8Array.of(...first.prefix, 0x20) }),
      withFirst({ ...first, suffix: Uint8Array.of(...first.suffix, ...new Uint8Array(33)) }),
    ];
    for (const [i, bad] of forged.entries()) expect(holds(bad), `forgery ${i}`).to.equal(false);
  });

  /**
   * The public spec lets a step carry any bytes of the right length; ours lets it carry what a tree hashes. A step whose
   * height is below its layer, or whose length bytes are not 20, is refused before any hash is made.
   */
  it("refuses steps that hash correctly but that no tree has", () => {
    const sideOf = (prefix: string, suffix: string, layer = 1) =>
      iavlSpec.sideOf({ hash: 1, prefix: parseHex(prefix), suffix: parseHex(suffix) }, layer);
    const hash = "11".repeat(32);
    expect(sideOf("02040220", `20${hash}`)).to.equal("left");
    expect(sideOf(`02040220${hash}20`, "")).to.equal("right");
    expect(sideOf("02040220", `20${hash}`, 2)).to.equal(undefined);
    expect(sideOf("02040221", `20${hash}`)).to.equal(undefined);
    expect(sideOf("02040220", `21${hash}`)).to.equal(undefined);
    expect(sideOf("02040220", `20${hash}20${hash}`)).to.equal(undefined);
    expect(sideOf(`02040220${hash}20`, `20${hash}`)).to.equal(undefined);
    expect(sideOf("03040220", `20${hash}`)).to.equal(undefined);
    expect(sideOf("02048020", `20${hash}`)).to.equal(undefined);
    expect(sideOf("0204", `20${hash}`)).to.equal(undefined);
  });
});

interface VectorProof {
  readonly version: number;
  readonly key: string;
  readonly value?: string;
  readonly proof: string;
}
interface Sequence {
  readonly name: string;
  readonly initialVersion: number;
  readonly versions: readonly {
    readonly version: number;
    readonly ops: readonly string[][];
    readonly root: string;
  }[];
  readonly proofs: readonly VectorProof[];
}

const file = new URL("../vectors/iavl.json", import.meta.url);
const { sequences } = JSON.parse(readFileSync(file, "utf8")) as { sequences: readonly Sequence[] };

describe("proofs beside cosmos/iavl and cosmos/ics23", () => {
  it("are the Go original's, byte for byte, and verify", () => {
    let count = 0;
    for (const sequence of sequences.filter((s) => s.proofs.length > 0)) {
      const kv = createMemoryKv();
      const tree = createIavlTree({
        reader: kv,
        prefix: EMPTY_BYTES,
        initialVersion: sequence.initialVersion,
      });
      for (const { ops } of sequence.versions) {
        for (const [k, v] of ops)
          v === undefined ? tree.delete(parseHex(k as string)) : tree.set(parseHex(k as string), parseHex(v));
        kv.write(tree.saveVersion().ops);
      }
      for (const want of sequence.proofs) {
        const k = parseHex(want.key);
        const made = proofOf(tree.at(want.version) as TreeView, k);
        expect(toHex(CommitmentProof.encode(made)), `${sequence.name} ${want.key}`).to.equal(want.proof);
        const root = parseHex(sequence.versions.find((v) => v.version === want.version)?.root ?? "");
        const value = want.value === undefined ? undefined : parseHex(want.value);
        expect(verifies(root, CommitmentProof.decode(parseHex(want.proof)), k, value)).to.equal(true);
        count++;
      }
    }
    expect(count).to.be.greaterThan(200);
  });
});
