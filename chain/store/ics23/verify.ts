import { encodeUvarint } from "../../codec/index.js";
import { sha256 } from "../../crypto/index.js";
import { Reject, compareBytes, concatBytes, equalBytes, utf8 } from "../../primitives/index.js";
import { CommitmentProof, HashOp, LengthOp } from "../../../proto/gen/cosmos/ics23/v1.js";
import type {
  ExistenceProof,
  InnerOp,
  LeafOp,
  NonExistenceProof,
} from "../../../proto/gen/cosmos/ics23/v1.js";
import { iavlSpec, simpleSpec } from "./specs.js";
import type { ProofSpec } from "./specs.js";

/** Verification of proofs from a stranger. Everything here is total: a malformed proof is simply not valid. */

/** One step of a chained proof, as tendermint.crypto.ProofOp and the ABCI carry it. */
export interface ProofOp {
  readonly type: string;
  readonly key: Uint8Array;
  /** An encoded CommitmentProof. */
  readonly data: Uint8Array;
}

/** The types of the two proof operations of a store query. */
export const IAVL_OP = "ics23:iavl";
export const SIMPLE_OP = "ics23:simple";

/** Steps beyond this are refused, as ICS23 verifiers do; a tree of 2^88 keys would not reach it. */
const MAX_DEPTH = 128;

function isLeafOp(spec: ProofSpec, leaf: LeafOp): boolean {
  const { hash, prehashKey, prehashValue, length } = leaf;
  const isSha = hash === HashOp.SHA256 && prehashValue === HashOp.SHA256;
  return (
    isSha && prehashKey === HashOp.NO_HASH && length === LengthOp.VAR_PROTO && spec.isLeafPrefix(leaf.prefix)
  );
}

function isInnerOp(spec: ProofSpec, op: InnerOp, layer: number): boolean {
  return op.hash === HashOp.SHA256 && spec.sideOf(op, layer) !== undefined;
}

/** The root that the proof leads to, or undefined when it is not of the tree's shape. */
function existenceRoot(spec: ProofSpec, proof: ExistenceProof): Uint8Array | undefined {
  const { key, value, leaf, path } = proof;
  if (leaf === undefined || key.length === 0 || value.length === 0 || path.length > MAX_DEPTH)
    return undefined;
  if (!isLeafOp(spec, leaf) || !path.every((op, i) => isInnerOp(spec, op, i + 1))) return undefined;
  const content = concatBytes(encodeUvarint(key.length), key, encodeUvarint(32), sha256(value));
  const start: Uint8Array = sha256(concatBytes(leaf.prefix, content));
  return path.reduce((child, op) => sha256(concatBytes(op.prefix, child, op.suffix)), start);
}

function isOuter(spec: ProofSpec, path: readonly InnerOp[], side: "left" | "right"): boolean {
  return path.every((op, i) => spec.sideOf(op, i + 1) === side);
}

function sameOp(a: InnerOp, b: InnerOp): boolean {
  return equalBytes(a.prefix, b.prefix) && equalBytes(a.suffix, b.suffix);
}

/** Whether `right` leads to the leaf just after that of `left`: they part at one fork and keep to its inside. */
function areNeighbours(spec: ProofSpec, left: readonly InnerOp[], right: readonly InnerOp[]): boolean {
  let i = left.length - 1;
  let j = right.length - 1;
  while (i >= 0 && j >= 0 && sameOp(left[i] as InnerOp, right[j] as InnerOp)) {
    i--;
    j--;
  }
  if (i < 0 || j < 0) return false;
  const partsHere =
    spec.sideOf(left[i] as InnerOp, i + 1) === "left" && spec.sideOf(right[j] as InnerOp, j + 1) === "right";
  return partsHere && isOuter(spec, left.slice(0, i), "right") && isOuter(spec, right.slice(0, j), "left");
}

/** The root under which `key` is absent, or undefined when the proof does not show that. */
function absenceRoot(spec: ProofSpec, proof: NonExistenceProof, key: Uint8Array): Uint8Array | undefined {
  const { left, right } = proof;
  if (key.length === 0 || !equalBytes(proof.key, key)) return undefined;
  if (left !== undefined && compareBytes(left.key, key) >= 0) return undefined;
  if (right !== undefined && compareBytes(right.key, key) <= 0) return undefined;
  const leftRoot = left && existenceRoot(spec, left);
  const rightRoot = right && existenceRoot(spec, right);
  if (left === undefined) return right && isOuter(spec, right.path, "left") ? rightRoot : undefined;
  if (right === undefined) return isOuter(spec, left.path, "right") ? leftRoot : undefined;
  if (leftRoot === undefined || rightRoot === undefined || !equalBytes(leftRoot, rightRoot)) return undefined;
  return areNeighbours(spec, left.path, right.path) ? leftRoot : undefined;
}

/** Whether the proof shows that `key` has `value` under `root`. */
export function verifyExistence(
  spec: ProofSpec,
  root: Uint8Array,
  proof: ExistenceProof,
  entry: { readonly key: Uint8Array; readonly value: Uint8Array },
): boolean {
  if (!equalBytes(proof.key, entry.key) || !equalBytes(proof.value, entry.value)) return false;
  const computed = existenceRoot(spec, proof);
  return computed !== undefined && equalBytes(computed, root);
}

/** Whether the proof shows that there is no `key` under `root`. */
export function verifyNonExistence(
  spec: ProofSpec,
  root: Uint8Array,
  proof: NonExistenceProof,
  key: Uint8Array,
): boolean {
  const computed = absenceRoot(spec, proof, key);
  return computed !== undefined && equalBytes(computed, root);
}

/** What a store query claims: `value` undefined claims that the key is absent. */
export interface StoreClaim {
  readonly store: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** A malformed encoding counts as no proof. */
function parseProof(op: ProofOp, type: string, key: Uint8Array): CommitmentProof | undefined {
  if (op.type !== type || !equalBytes(op.key, key)) return undefined;
  try {
    return CommitmentProof.decode(op.data);
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

function storeRoot(proof: CommitmentProof, claim: StoreClaim): Uint8Array | undefined {
  const { exist, nonexist } = proof;
  if (claim.value === undefined) {
    return nonexist && exist === undefined ? absenceRoot(iavlSpec, nonexist, claim.key) : undefined;
  }
  if (exist === undefined || nonexist !== undefined) return undefined;
  if (!equalBytes(exist.key, claim.key) || !equalBytes(exist.value, claim.value)) return undefined;
  return existenceRoot(iavlSpec, exist);
}

/**
 * Whether the proof operations of `/store/<name>/key` show the claim under an app hash: key to store root to app hash.
 * State of height h is under the app hash of header h + 1.
 */
export function verifyChained(appHash: Uint8Array, ops: readonly ProofOp[], claim: StoreClaim): boolean {
  const [first, second] = ops;
  if (first === undefined || second === undefined || ops.length !== 2) return false;
  const name = utf8(claim.store);
  const inner = parseProof(first, IAVL_OP, claim.key);
  const outer = parseProof(second, SIMPLE_OP, name);
  const root = inner && storeRoot(inner, claim);
  if (root === undefined || outer?.exist === undefined || outer.nonexist !== undefined) return false;
  return verifyExistence(simpleSpec, appHash, outer.exist, { key: name, value: root });
}
