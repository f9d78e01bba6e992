/**
 * The blocks of the height in progress: those that are whole, and those whose parts are being collected. What a peer can
 * make us hold is bounded: an assembler exists only for a block that a signed proposal or a quorum named.
 */
import { createPartAssembler, makePartSet } from "../../chain/block/index.js";
import type { BlockId, Part, PartAssembler } from "../../chain/block/index.js";
import { toHex } from "../../chain/primitives/index.js";

/** Blocks collected at once: a proposal for our round and for each of the next eight, and quorums. */
const MAX_COLLECTING = 16;

/** What a part did. */
export type PartResult = "unknown" | "duplicate" | "added" | "complete";

interface Collected {
  readonly id: BlockId;
  readonly assembler: PartAssembler;
}

export class BlockParts {
  #maxBytes: bigint;
  readonly #collecting = new Map<string, Collected>();
  /** root -> encoded block. The root alone: two ids may share one, and judging compares the header hash. */
  readonly #whole = new Map<string, Uint8Array>();

  /** @param maxBytes of a block, from the parameters of the height; -1 is 100 MiB */
  constructor(maxBytes: bigint) {
    this.#maxBytes = maxBytes;
  }

  /** Another height begins: everything of the last one is forgotten. */
  reset(maxBytes: bigint): void {
    this.#maxBytes = maxBytes;
    this.#collecting.clear();
    this.#whole.clear();
  }

  /** A block that is whole: built here, synced or recovered. */
  addWhole(id: BlockId, bytes: Uint8Array): void {
    const root = toHex(id.parts.hash);
    this.#collecting.delete(root);
    this.#whole.set(root, bytes);
  }

  /**
   * Begins to collect a block. False when it is whole already, or too many are being collected.
   * @throws Reject comet/3 when the block would be larger than the parameters allow.
   */
  expect(id: BlockId): boolean {
    const root = toHex(id.parts.hash);
    if (this.#whole.has(root) || this.#collecting.has(root)) return false;
    if (this.#collecting.size >= MAX_COLLECTING) return false;
    this.#collecting.set(root, { id, assembler: createPartAssembler(id.parts, this.#maxBytes) });
    return true;
  }

  bytes(id: BlockId): Uint8Array | undefined {
    return this.#whole.get(toHex(id.parts.hash));
  }

  /** @throws Reject of codespace comet when the part does not belong to its set. */
  add(root: Uint8Array, part: Part): { readonly result: PartResult; readonly id: BlockId | null } {
    const key = toHex(root);
    const found = this.#collecting.get(key);
    if (found === undefined) return { result: this.#whole.has(key) ? "duplicate" : "unknown", id: null };
    if (!found.assembler.add(part)) return { result: "duplicate", id: null };
    const bytes = found.assembler.bytes();
    if (bytes === undefined) return { result: "added", id: null };
    this.addWhole(found.id, bytes);
    return { result: "complete", id: found.id };
  }

  /** Blocks that lack parts, with what is held of each. */
  missing(): readonly { readonly id: BlockId; readonly held: bigint }[] {
    return [...this.#collecting.values()].map(({ id, assembler }) => ({ id, held: heldBits(assembler) }));
  }

  /** The parts we can give of the set with this root, whole or not. */
  parts(root: Uint8Array): readonly Part[] {
    const key = toHex(root);
    const bytes = this.#whole.get(key);
    if (bytes !== undefined) return makePartSet(bytes).parts;
    const assembler = this.#collecting.get(key)?.assembler;
    if (assembler === undefined) return [];
    return Array.from({ length: assembler.header.total }, (_, i) => assembler.get(i)).filter(
      (p) => p !== undefined,
    );
  }
}

function heldBits(assembler: PartAssembler): bigint {
  let bits = 0n;
  for (let i = 0; i < assembler.header.total; i++) if (assembler.has(i)) bits |= 1n << BigInt(i);
  return bits;
}
