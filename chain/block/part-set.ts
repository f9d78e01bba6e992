import { merkleProofs, verifyMerkleProof } from "../crypto/index.js";
import { concatBytes } from "../primitives/index.js";
import { CometError } from "./errors.js";
import { HASH_BYTES, MAX_BLOCK_BYTES, MAX_PARTS, PART_BYTES } from "./limits.js";
import type { Part, PartSetHeader } from "./types.js";

/** Blocks travel as 64 KiB parts under a Merkle root (CometBFT types/part_set.go; cosmos-formats.md §4.5). */

export interface PartSet {
  readonly header: PartSetHeader;
  readonly parts: readonly Part[];
}

/** Cuts a serialized block. @throws Reject comet/3 when empty or above 100 MiB. */
export function makePartSet(bytes: Uint8Array): PartSet {
  if (bytes.length === 0 || bytes.length > MAX_BLOCK_BYTES)
    throw CometError.LimitExceeded(`a block of ${bytes.length} bytes`);
  const slices: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PART_BYTES) slices.push(bytes.slice(at, at + PART_BYTES));
  const { root, proofs } = merkleProofs(slices);
  const parts = proofs.map((proof, index) => ({ index, bytes: slices[index] ?? new Uint8Array(0), proof }));
  return { header: { total: parts.length, hash: root }, parts };
}

/** Parts of the largest block under these parameters; -1 means 100 MiB. */
export function maxParts(maxBlockBytes: bigint): number {
  if (maxBlockBytes === -1n) return MAX_PARTS;
  return Number((maxBlockBytes - 1n) / BigInt(PART_BYTES)) + 1;
}

/** Collects the parts of one block in any order. */
export interface PartAssembler {
  readonly header: PartSetHeader;
  /**
   * True when the part is new, false when it was there already.
   * @throws Reject comet/11 when the part is not this set's, comet/3 when the block would exceed its bound.
   */
  add(part: Part): boolean;
  has(index: number): boolean;
  get(index: number): Part | undefined;
  readonly count: number;
  readonly isComplete: boolean;
  /** The serialized block, or undefined while parts are missing. */
  bytes(): Uint8Array | undefined;
}

function checkPart(header: PartSetHeader, part: Part): void {
  const { index, proof } = part;
  if (!Number.isInteger(index) || index < 0 || index >= header.total) {
    throw CometError.InvalidPart(`index ${index} of ${header.total}`, { index, total: header.total });
  }
  // ASA-2025-001: a proof for another position or another total must not pass, even under the right root.
  if (proof.index !== index || proof.total !== header.total) {
    throw CometError.InvalidPart(
      `part ${index} of ${header.total} with a proof for ${proof.index} of ${proof.total}`,
    );
  }
  const last = index === header.total - 1;
  const sized = last
    ? part.bytes.length > 0 && part.bytes.length <= PART_BYTES
    : part.bytes.length === PART_BYTES;
  if (!sized) throw CometError.InvalidPart(`part ${index} has ${part.bytes.length} bytes`);
  if (!verifyMerkleProof(header.hash, part.bytes, proof))
    throw CometError.InvalidPart(`part ${index} fails its proof`);
}

class Assembler implements PartAssembler {
  readonly header: PartSetHeader;
  private readonly limit: number;
  private readonly parts: (Part | undefined)[];
  private held = 0;
  private size = 0;

  constructor(header: PartSetHeader, limit: number) {
    this.header = header;
    this.limit = limit;
    this.parts = new Array<Part | undefined>(header.total).fill(undefined);
  }

  add(part: Part): boolean {
    if (this.has(part.index)) return false;
    checkPart(this.header, part);
    if (this.size + part.bytes.length > this.limit)
      throw CometError.LimitExceeded(`a block above ${this.limit} bytes`);
    this.parts[part.index] = part;
    this.size += part.bytes.length;
    this.held += 1;
    return true;
  }

  has(index: number): boolean {
    return this.get(index) !== undefined;
  }

  get(index: number): Part | undefined {
    return this.parts[index];
  }

  get count(): number {
    return this.held;
  }

  get isComplete(): boolean {
    return this.held === this.header.total;
  }

  bytes(): Uint8Array | undefined {
    if (!this.isComplete) return undefined;
    return concatBytes(...this.parts.flatMap((p) => (p === undefined ? [] : [p.bytes])));
  }
}

/**
 * An empty part set for a proposal's header. Memory is bounded by `maxBlockBytes` (-1 is 100 MiB).
 * @throws Reject comet/3 when the header asks for more parts than such a block has, comet/5 on a bad root.
 */
export function createPartAssembler(header: PartSetHeader, maxBlockBytes: bigint): PartAssembler {
  if (header.hash.length !== HASH_BYTES) throw CometError.InvalidHash("part set root");
  const most = maxParts(maxBlockBytes);
  if (!Number.isInteger(header.total) || header.total < 1 || header.total > most) {
    throw CometError.LimitExceeded(`${header.total} parts, at most ${most}`);
  }
  return new Assembler(header, maxBlockBytes === -1n ? MAX_BLOCK_BYTES : Number(maxBlockBytes));
}
