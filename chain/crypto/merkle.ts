import { concatBytes, equalBytes } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";
import { sha256 } from "./hash.js";

/** RFC 6962 Merkle trees as CometBFT builds them (crypto/merkle/tree.go; cosmos-formats.md §4.1). */

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

export function leafHash(leaf: Uint8Array): Hash32 {
  return sha256(concatBytes(LEAF, leaf));
}

export function innerHash(left: Uint8Array, right: Uint8Array): Hash32 {
  return sha256(concatBytes(INNER, left, right));
}

/** The largest power of two strictly below `n`, for n > 1. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** MTH of the leaves; SHA-256 of nothing for none. O(n) hashes. */
export function merkleRoot(leaves: readonly Uint8Array[]): Hash32 {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  const first = leaves[0] as Uint8Array;
  if (leaves.length === 1) return leafHash(first);
  const k = splitPoint(leaves.length);
  return innerHash(merkleRoot(leaves.slice(0, k)), merkleRoot(leaves.slice(k)));
}

/** `aunts` run from the leaf's sibling to the root's child. */
export interface MerkleProof {
  readonly total: number;
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly aunts: readonly Uint8Array[];
}

export function merkleProofs(leaves: readonly Uint8Array[]): { readonly root: Hash32; readonly proofs: MerkleProof[] } {
  const total = leaves.length;
  const aunts: Uint8Array[][] = leaves.map(() => []);
  const hashes = leaves.map(leafHash);
  const build = (from: number, to: number): Hash32 => {
    if (to - from === 1) return hashes[from] as Hash32;
    const middle = from + splitPoint(to - from);
    const left = build(from, middle);
    const right = build(middle, to);
    for (let i = from; i < middle; i++) aunts[i]?.push(right);
    for (let i = middle; i < to; i++) aunts[i]?.push(left);
    return innerHash(left, right);
  };
  const root = total === 0 ? merkleRoot([]) : build(0, total);
  const proofs = hashes.map((hash, index) => ({ total, index, leafHash: hash, aunts: aunts[index] ?? [] }));
  return { root, proofs };
}

function rootFrom(index: number, total: number, leaf: Uint8Array, aunts: readonly Uint8Array[]): Uint8Array | undefined {
  if (index < 0 || index >= total) return undefined;
  const last = aunts.at(-1);
  if (total === 1) return last === undefined ? leaf : undefined;
  if (last === undefined) return undefined;
  const k = splitPoint(total);
  const rest = aunts.slice(0, -1);
  if (index < k) {
    const left = rootFrom(index, k, leaf, rest);
    return left && innerHash(left, last);
  }
  const right = rootFrom(index - k, total - k, leaf, rest);
  return right && innerHash(last, right);
}

/** Whether `leaf` stands at `proof.index` of `proof.total` under `root`. Total; malformed proofs are false. */
export function verifyMerkleProof(root: Uint8Array, leaf: Uint8Array, proof: MerkleProof): boolean {
  if (!Number.isSafeInteger(proof.total) || !Number.isSafeInteger(proof.index)) return false;
  if (proof.total < 1 || proof.aunts.length > 64) return false;
  if (proof.aunts.some((a) => a.length !== 32)) return false;
  const hash = leafHash(leaf);
  if (!equalBytes(hash, proof.leafHash)) return false;
  const computed = rootFrom(proof.index, proof.total, hash, proof.aunts);
  return computed !== undefined && equalBytes(computed, root);
}
