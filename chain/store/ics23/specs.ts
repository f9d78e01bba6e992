import { readUvarint } from "../../codec/index.js";
import type { InnerOp } from "../../../proto/gen/cosmos/ics23/v1.js";

/** Which child an inner step continues from. */
export type Side = "left" | "right";

/**
 * What steps of a tree may look like (cosmos-formats.md §5.2). Stricter than the ICS23 specs: bytes that the tree itself
 * would never hash are refused, so that no step can be taken for another (Dragonberry).
 */
export interface ProofSpec {
  isLeafPrefix(prefix: Uint8Array): boolean;
  /** The child's side, or undefined for a step that no such tree has. `layer` counts from 1 above the leaf. */
  sideOf(op: InnerOp, layer: number): Side | undefined;
}

const HASH = 32;

/** Three non-negative zig-zag varints; undefined when there are not three. */
function readHeader(prefix: Uint8Array): { values: number[]; end: number } | undefined {
  const values: number[] = [];
  let at = 0;
  try {
    for (let i = 0; i < 3; i++) {
      const [value, end] = readUvarint(prefix, at);
      if (value % 2 !== 0) return undefined;
      values.push(value);
      at = end;
    }
  } catch {
    return undefined;
  }
  return { values, end: at };
}

/** The longest header the public IAVL spec allows before the child's length byte, that byte included. */
const MAX_IAVL_HEADER = 12;

/** Steps of an IAVL+ tree: zig-zag height, size, version, then each child's hash behind its length. */
export const iavlSpec: ProofSpec = {
  isLeafPrefix(prefix) {
    const header = readHeader(prefix);
    return (
      header !== undefined && header.end === prefix.length && header.values[0] === 0 && header.values[1] === 2
    );
  },
  sideOf(op, layer) {
    const header = readHeader(op.prefix);
    if (header === undefined || header.end + 1 > MAX_IAVL_HEADER) return undefined;
    if ((header.values[0] as number) < 2 * layer) return undefined;
    const rest = op.prefix.subarray(header.end);
    if (rest[0] !== HASH) return undefined;
    if (rest.length === 1) return op.suffix.length === HASH + 1 && op.suffix[0] === HASH ? "left" : undefined;
    return rest.length === HASH + 2 && rest[HASH + 1] === HASH && op.suffix.length === 0
      ? "right"
      : undefined;
  },
};

/** Steps of CometBFT's simple Merkle tree (RFC 6962), which the multistore is. */
export const simpleSpec: ProofSpec = {
  isLeafPrefix: (prefix) => prefix.length === 1 && prefix[0] === 0,
  sideOf(op) {
    if (op.prefix[0] !== 1) return undefined;
    if (op.prefix.length === 1) return op.suffix.length === HASH ? "left" : undefined;
    return op.prefix.length === HASH + 1 && op.suffix.length === 0 ? "right" : undefined;
  },
};
