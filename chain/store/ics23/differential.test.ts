import { ics23, iavlSpec as confioIavlSpec, verifyMembership, verifyNonMembership } from "@confio/ics23";
import { expect } from "chai";
import fc from "fast-check";
import { EMPTY_BYTES, concatBytes, u64be } from "../../primitives/index.js";
import { CommitmentProof, HashOp } from "../../../proto/gen/cosmos/ics23/v1.js";
import type { ExistenceProof, InnerOp } from "../../../proto/gen/cosmos/ics23/v1.js";
import { createIavlTree } from "../iavl/index.js";
import type { TreeView } from "../iavl/index.js";
import { createMemoryKv } from "../kv.js";
import { iavlSpec, proveKey, verifyExistence, verifyNonExistence } from "./index.js";

/**
 * Forged proofs put together from pieces of honest ones, judged by our verifier and by @confio/ics23. Ours may refuse more;
 * it must never accept what the tree does not hold.
 */

const SIZE = 24;
const keyOf = (n: number): Uint8Array => u64be(BigInt(2 * n)); // odd numbers are absent
const tree = createIavlTree({ reader: createMemoryKv(), prefix: EMPTY_BYTES });
for (let n = 1; n <= SIZE; n++) tree.set(keyOf(n), Uint8Array.of(n));
tree.saveVersion();
const view = tree.at(1) as TreeView;

const honest = (n: number): ExistenceProof => proveKey(view, keyOf(n))?.exist as ExistenceProof;

const index = fc.integer({ min: 1, max: SIZE });
const change = fc.oneof(
  fc.record({ kind: fc.constant("drop" as const), at: fc.nat(6) }),
  fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(6) }),
  fc.record({ kind: fc.constant("swap" as const), at: fc.nat(6) }),
  fc.record({ kind: fc.constant("graft" as const), at: fc.nat(6), from: index }),
  fc.record({ kind: fc.constant("shift" as const), at: fc.nat(6), by: fc.integer({ min: 1, max: 33 }) }),
);
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

/** Moves bytes over the border between prefix and suffix, or between a step's child and its prefix. */
function shift(op: InnerOp, by: number): InnerOp {
  const all = concatBytes(op.prefix, op.suffix);
  const border = (op.prefix.length + by) % (all.length + 1);
  return { hash: HashOp.SHA256, prefix: all.slice(0, border), suffix: all.slice(border) };
}

function forge(path: readonly InnerOp[], c: Change): InnerOp[] {
  const at = c.at % Math.max(1, path.length);
  const op = path[at];
  if (op === undefined) return [...path];
  const [before, after] = [path.slice(0, at), path.slice(at + 1)];
  if (c.kind === "drop") return [...before, ...after];
  if (c.kind === "repeat") return [...before, op, op, ...after];
  if (c.kind === "shift") return [...before, shift(op, c.by), ...after];
  if (c.kind === "graft") return [...before, ...honest(c.from).path.slice(at)];
  return [...before, ...after.slice(0, 1), op, ...after.slice(1)];
}

const side = fc.option(fc.tuple(index, fc.array(change, { maxLength: 2 })), { nil: undefined });

function sideProof(drawn: readonly [number, readonly Change[]] | undefined): ExistenceProof | undefined {
  if (drawn === undefined) return undefined;
  const [n, changes] = drawn;
  return { ...honest(n), path: changes.reduce<readonly InnerOp[]>(forge, honest(n).path) };
}

/** The other verifier throws on some malformed proofs, which is a refusal too. */
function confio(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}

describe("forged proofs", () => {
  it("never show a value that the tree does not hold", () => {
    fc.assert(
      fc.property(index, index, fc.array(change, { minLength: 1, maxLength: 3 }), (n, claimed, changes) => {
        const path = changes.reduce<readonly InnerOp[]>(forge, honest(n).path);
        const key = keyOf(claimed);
        const value = Uint8Array.of(n);
        const proof: ExistenceProof = { ...honest(n), key, value, path };
        const accepted = verifyExistence(iavlSpec, view.rootHash, proof, { key, value });
        if (accepted) expect(claimed).to.equal(n);
        const bytes = CommitmentProof.encode(CommitmentProof.create({ exist: proof }));
        const other = confio(() =>
          verifyMembership(ics23.CommitmentProof.decode(bytes), confioIavlSpec, view.rootHash, key, value),
        );
        if (accepted) expect(other).to.equal(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("never show the absence of a key that is there, and agree with the other verifier on honest pieces", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 * SIZE + 2 }), side, side, (n, leftPart, rightPart) => {
        const key = u64be(BigInt(n));
        const proof = { key, left: sideProof(leftPart), right: sideProof(rightPart) };
        const accepted = verifyNonExistence(iavlSpec, view.rootHash, proof, key);
        if (accepted) expect(view.has(key)).to.equal(false);
        const bytes = CommitmentProof.encode(CommitmentProof.create({ nonexist: proof }));
        const other = confio(() =>
          verifyNonMembership(ics23.CommitmentProof.decode(bytes), confioIavlSpec, view.rootHash, key),
        );
        if (accepted) expect(other).to.equal(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("of two honest sides hold exactly when the sides are neighbours around the key", () => {
    for (let left = 0; left <= SIZE; left++) {
      for (let right = 1; right <= SIZE + 1; right++) {
        if (left === 0 && right === SIZE + 1) continue;
        const key = u64be(BigInt(2 * left + 1));
        const proof = {
          key,
          left: left === 0 ? undefined : honest(left),
          right: right > SIZE ? undefined : honest(right),
        };
        const accepted = verifyNonExistence(iavlSpec, view.rootHash, proof, key);
        expect(accepted, `${left} ${right}`).to.equal(right === left + 1);
      }
    }
  });
});
