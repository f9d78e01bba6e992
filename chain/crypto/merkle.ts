import { concatBytes, equalBytes } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";
import { sha256 } from "./hash.js";

/** RFC 6962 Merkle trees as CometBFT builds them (crypto/merkle/tree.go; cosmos-formats.md §4.1). */

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

export function leafHash(leaf: Uint8Array): Hash32 {
  return sha256(concatBytes(LEAF, leaf));
}

/** What an inner node hashes, one node after the other: arrays of more than 64 bytes have memory of their own, which costs more than the hash. */
const inner = new Uint8Array(65);
inner.set(INNER);

/** @param left and right 32 bytes. */
export function innerHash(left: Uint8Array, right: Uint8Array): Hash32 {
  if (left.length !== 32 || right.length !== 32) return sha256(concatBytes(INNER, left, right));
  inner.set(left, 1);
  inner.set(right, 33);
  return sha256(inner);
}

/** The largest power of two strictly below `n`, for n > 1. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** MTH of the leaves; SHA-256 of nothing for none. O(n) hashes. */
export function merkleRoot(leaves: readonly Uint8Array[]): Hash32 {
  return leaves.length === 0 ? sha256(new Uint8Array(0)) : rootOf(leaves, 0, leaves.length);
}

function rootOf(leaves: readonly Uint8Array[], from: number, to: number): Hash32 {
  if (to - from === 1) return leafHash(leaves[from] as Uint8Array);
  const middle = from + splitPoint(to - from);
  return innerHash(rootOf(leaves, from, middle), rootOf(leaves, middle, to));
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
