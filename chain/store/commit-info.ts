import { encodeUvarint, readUvarint } from "../codec/index.js";
import { merkleProofs, sha256, splitPoint } from "../crypto/index.js";
import { Fault, compareAscii, concatBytes, parseUtf8, utf8 } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";
import { CommitmentProof, HashOp } from "../../proto/gen/cosmos/ics23/v1.js";
import type { InnerOp } from "../../proto/gen/cosmos/ics23/v1.js";
import { leafOp } from "./ics23/index.js";

/** One store of one version. */
export interface StoreRoot {
  readonly name: string;
  readonly root: Hash32;
}

/** The stores of a version in order of their names (ASCII): all that the app hash covers. */
export type CommitInfo = readonly StoreRoot[];

/** Sorts by name, which is the order of the app hash. */
export function createCommitInfo(roots: readonly StoreRoot[]): CommitInfo {
  return roots.toSorted((a, b) => compareAscii(a.name, b.name));
}

/** A leaf of the app hash: name and hashed root, each behind its length (cosmos-formats.md §5.3). */
function leafBytes({ name, root }: StoreRoot): Uint8Array {
  const key = utf8(name);
  return concatBytes(encodeUvarint(key.length), key, encodeUvarint(32), sha256(root));
}

/** The app hash: the simple Merkle root over the stores; SHA-256 of nothing without stores. */
export function appHashOf(info: CommitInfo): Hash32 {
  return merkleProofs(info.map(leafBytes)).root;
}

/** The steps from leaf `index` of `total` to the root: which side it is on decides where the aunt stands. */
function innerOps(index: number, total: number, aunts: readonly Uint8Array[]): InnerOp[] {
  const top = aunts.at(-1);
  if (total < 2 || top === undefined) return [];
  const below = aunts.slice(0, -1);
  const k = splitPoint(total);
  if (index < k) {
    const op = { hash: HashOp.SHA256, prefix: Uint8Array.of(1), suffix: top };
    return [...innerOps(index, k, below), op];
  }
  const op = { hash: HashOp.SHA256, prefix: concatBytes(Uint8Array.of(1), top), suffix: new Uint8Array(0) };
  return [...innerOps(index - k, total - k, below), op];
}

/** Proof that a store's root is under the app hash. @throws Fault for a name that the version does not have. */
export function proveStore(info: CommitInfo, name: string): CommitmentProof {
  const index = info.findIndex((store) => store.name === name);
  const store = info[index];
  const proof = merkleProofs(info.map(leafBytes)).proofs[index];
  if (store === undefined || proof === undefined) throw new Fault("no such store in this version", { name });
  const path = innerOps(index, info.length, proof.aunts);
  const exist = { key: utf8(name), value: store.root, leaf: leafOp(Uint8Array.of(0)), path };
  return CommitmentProof.create({ exist });
}

/** The record kept per version: a count, then names behind their lengths and roots. */
export function encodeCommitInfo(info: CommitInfo): Uint8Array {
  const parts = info.flatMap(({ name, root }) => {
    const key = utf8(name);
    return [encodeUvarint(key.length), key, root];
  });
  return concatBytes(encodeUvarint(info.length), ...parts);
}

/** @throws Fault on a record that `encodeCommitInfo` did not write. */
export function decodeCommitInfo(bytes: Uint8Array): CommitInfo {
  const [count, from] = readUvarint(bytes, 0);
  const info: StoreRoot[] = [];
  let at = from;
  while (at < bytes.length) {
    const [length, start] = readUvarint(bytes, at);
    const root = start + length;
    at = root + 32;
    info.push({ name: parseUtf8(bytes.subarray(start, root)), root: bytes.slice(root, at) as Hash32 });
  }
  if (info.length !== count || at !== bytes.length) throw new Fault("commit info does not decode", { count });
  return info;
}
