import { merkleRoot } from "../../chain/crypto/index.js";
import { compareAscii, concatBytes, parseUtf8, u64be, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { MIN_EXPONENT, quantise } from "./quantise.js";
import type { ContributorTangent } from "./score.js";

/**
 * Tangents as they are stored and committed to: a list of leaves, each preceded by its length (u32). Leaf 0 names the
 * adapter and the vector's length; every other leaf is one contributor: name length (u8), name, exponent (i16), int8 values.
 * The root is the RFC 6962 Merkle root of the leaves, so one contributor's tangent can be proven alone.
 */
export interface Tangents {
  readonly adapterId: Uint8Array;
  readonly parameters: number;
  /** In ASCII order of contributors. */
  readonly contributors: readonly ContributorTangent[];
}

const MAX_CONTRIBUTORS = 4096;
const MAX_PARAMETERS = 1 << 20;

export function quantiseTangents(
  adapterId: Uint8Array,
  contributors: readonly string[],
  vectors: readonly Float32Array[],
): Tangents {
  const list = contributors.map((contributor, i) => ({ contributor, ...quantise(vectors[i] ?? new Float32Array(0)) }));
  return { adapterId, parameters: vectors[0]?.length ?? 0, contributors: list };
}

export function tangentLeaves({ adapterId, parameters, contributors }: Tangents): Uint8Array[] {
  return [concatBytes(adapterId, u64be(BigInt(parameters))), ...contributors.map(contributorLeaf)];
}

/** The leaf a Merkle proof for one contributor is about. */
export function contributorLeaf({ contributor, exponent, values }: ContributorTangent): Uint8Array {
  const name = utf8(contributor);
  const signed = new Uint8Array(2);
  new DataView(signed.buffer).setInt16(0, exponent);
  return concatBytes(Uint8Array.of(name.length), name, signed, new Uint8Array(values.buffer, values.byteOffset, values.length));
}

export function tangentRoot(tangents: Tangents): Uint8Array {
  return merkleRoot(tangentLeaves(tangents));
}

export function encodeTangents(tangents: Tangents): Uint8Array {
  return concatBytes(
    ...tangentLeaves(tangents).flatMap((leaf) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, leaf.length);
      return [length, leaf];
    }),
  );
}

/** @throws Reject sidecar/5 on anything `encodeTangents` would not have written. */
export function decodeTangents(bytes: Uint8Array): Tangents {
  const [head, ...rest] = splitLeaves(bytes);
  if (head?.length !== 40) throw SidecarError.BadTangents("head");
  const parameters = Number(new DataView(head.buffer, head.byteOffset, 40).getBigUint64(32));
  if (parameters < 1 || parameters > MAX_PARAMETERS) throw SidecarError.BadTangents("vector length");
  const contributors = rest.map((leaf) => decodeLeaf(leaf, parameters));
  contributors.forEach(({ contributor }, i) => {
    const before = contributors[i - 1];
    if (before !== undefined && compareAscii(before.contributor, contributor) >= 0) throw SidecarError.BadTangents("order");
  });
  return { adapterId: head.slice(0, 32), parameters, contributors };
}

function splitLeaves(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length || out.length > MAX_CONTRIBUTORS) throw SidecarError.BadTangents("leaves");
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.length) throw SidecarError.BadTangents("leaf length");
    out.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return out;
}

function decodeLeaf(leaf: Uint8Array, parameters: number): ContributorTangent {
  const length = leaf[0] ?? 0;
  if (leaf.length !== 1 + length + 2 + parameters) throw SidecarError.BadTangents("leaf size");
  const exponent = new DataView(leaf.buffer, leaf.byteOffset, leaf.length).getInt16(1 + length);
  if (exponent < MIN_EXPONENT || exponent > -MIN_EXPONENT) throw SidecarError.BadTangents("exponent");
  return {
    contributor: parseUtf8(leaf.subarray(1, 1 + length)),
    exponent,
    values: Int8Array.from(leaf.subarray(3 + length), (b) => (b << 24) >> 24),
  };
}
