import { merkleRoot } from "../../../chain/crypto/index.js";
import { Reject, compareAscii, concatBytes, parseUtf8, u64be, utf8 } from "../../../chain/primitives/index.js";
import type { ContributorVector } from "./score.js";

/**
 * Influence vectors as they are stored and committed to, whatever method made them: a list of leaves, each preceded by its
 * length (u32). Leaf 0 names the method, the adapter and the vectors' length; every other leaf is one contributor: name
 * length (u8), name, exponent (i16), int8 values. The root is the RFC 6962 Merkle root of the leaves, so one
 * contributor's vector can be proven alone.
 */
export interface InfluenceVectors {
  /** "tangent-v1", "ef-v1", ...: at most 32 bytes of ASCII. */
  readonly method: string;
  /** 32 bytes. */
  readonly adapterId: Uint8Array;
  readonly parameters: number;
  /** In ASCII order of contributors. */
  readonly contributors: readonly ContributorVector[];
}

/** Leaves and numbers that a blob may hold at most. */
const MAX_CONTRIBUTORS = 4096;
const MAX_PARAMETERS = 1 << 20;
const MAX_METHOD_BYTES = 32;
/** Exponents are within this of zero. */
const MAX_EXPONENT = 100;

function headLeaf({ method, adapterId, parameters }: InfluenceVectors): Uint8Array {
  const name = utf8(method);
  return concatBytes(Uint8Array.of(name.length), name, adapterId, u64be(BigInt(parameters)));
}

/** The leaf a Merkle proof for one contributor is about. */
export function contributorLeaf({ contributor, exponent, values }: ContributorVector): Uint8Array {
  const name = utf8(contributor);
  const signed = new Uint8Array(2);
  new DataView(signed.buffer).setInt16(0, exponent);
  return concatBytes(Uint8Array.of(name.length), name, signed, new Uint8Array(values.buffer, values.byteOffset, values.length));
}

function leavesOf(vectors: InfluenceVectors): Uint8Array[] {
  return [headLeaf(vectors), ...vectors.contributors.map(contributorLeaf)];
}

export function vectorsRoot(vectors: InfluenceVectors): Uint8Array {
  return merkleRoot(leavesOf(vectors));
}

export function encodeVectors(vectors: InfluenceVectors): Uint8Array {
  return concatBytes(
    ...leavesOf(vectors).flatMap((leaf) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, leaf.length);
      return [length, leaf];
    }),
  );
}

/** Strict: undefined on anything `encodeVectors` would not have written. */
export function parseVectors(bytes: Uint8Array): InfluenceVectors | undefined {
  const leaves = splitLeaves(bytes);
  const head = leaves?.[0] === undefined ? undefined : parseHead(leaves[0]);
  if (leaves === undefined || head === undefined) return undefined;
  const contributors: ContributorVector[] = [];
  for (const leaf of leaves.slice(1)) {
    const next = parseLeaf(leaf, head.parameters);
    const before = contributors.at(-1);
    if (next === undefined || (before !== undefined && compareAscii(before.contributor, next.contributor) >= 0)) return undefined;
    contributors.push(next);
  }
  return { ...head, contributors };
}

function splitLeaves(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length || out.length > MAX_CONTRIBUTORS) return undefined;
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.length) return undefined;
    out.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return out;
}

function parseText(bytes: Uint8Array): string | undefined {
  try {
    return parseUtf8(bytes);
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

function parseHead(leaf: Uint8Array): Omit<InfluenceVectors, "contributors"> | undefined {
  const length = leaf[0] ?? 0;
  if (length < 1 || length > MAX_METHOD_BYTES || leaf.length !== 1 + length + 40) return undefined;
  const method = parseText(leaf.subarray(1, 1 + length));
  const parameters = Number(new DataView(leaf.buffer, leaf.byteOffset, leaf.length).getBigUint64(1 + length + 32));
  if (method === undefined || parameters < 1 || parameters > MAX_PARAMETERS) return undefined;
  return { method, adapterId: leaf.slice(1 + length, 33 + length), parameters };
}

function parseLeaf(leaf: Uint8Array, parameters: number): ContributorVector | undefined {
  const length = leaf[0] ?? 0;
  if (leaf.length !== 1 + length + 2 + parameters) return undefined;
  const contributor = parseText(leaf.subarray(1, 1 + length));
  const exponent = new DataView(leaf.buffer, leaf.byteOffset, leaf.length).getInt16(1 + length);
  if (contributor === undefined || exponent < -MAX_EXPONENT || exponent > MAX_EXPONENT) return undefined;
  return { contributor, exponent, values: Int8Array.from(leaf.subarray(3 + length), (b) => (b << 24) >> 24) };
}
