import { EMPTY_BYTES, concatBytes, equalBytes } from "../primitives/index.js";
import type {
  BlockID as WireBlockId} from "../../proto/gen/tendermint/types.js";
import {
  PartSetHeader as WirePartSetHeader,
} from "../../proto/gen/tendermint/types.js";
import { CometError } from "./errors.js";
import { HASH_BYTES, MAX_PARTS } from "./limits.js";
import type { BlockId, PartSetHeader } from "./types.js";
import { checkHash } from "./wire.js";

/** Block 1's last block, and on the wire the value of a vote for nil. */
export const ZERO_BLOCK_ID: BlockId = { hash: EMPTY_BYTES, parts: { total: 0, hash: EMPTY_BYTES } };

/** The id of a block: its header hash and the header of its part set. */
export function blockId(headerHash: Uint8Array, parts: PartSetHeader): BlockId {
  return { hash: headerHash, parts };
}

export function isZeroBlockId(id: BlockId): boolean {
  return id.hash.length === 0 && id.parts.total === 0 && id.parts.hash.length === 0;
}

/** Whether it names a block: both hashes whole and at least one part. */
export function isCompleteBlockId(id: BlockId): boolean {
  return id.hash.length === HASH_BYTES && id.parts.total > 0 && id.parts.hash.length === HASH_BYTES;
}

export function equalBlockIds(a: BlockId, b: BlockId): boolean {
  return (
    equalBytes(a.hash, b.hash) && a.parts.total === b.parts.total && equalBytes(a.parts.hash, b.parts.hash)
  );
}

/** Whether two votes are for the same value; null is nil. */
export function equalVoteValues(a: BlockId | null, b: BlockId | null): boolean {
  return a === null || b === null ? a === b : equalBlockIds(a, b);
}

/** What evidence orders its two votes by: the hash, then the encoded part set header. Nil gives no bytes, so is first. */
export function blockIdKey(id: BlockId | null): Uint8Array {
  return id === null ? EMPTY_BYTES : concatBytes(id.hash, WirePartSetHeader.encode(id.parts));
}

export function blockIdToWire(id: BlockId | null): WireBlockId {
  const { hash, parts } = id ?? ZERO_BLOCK_ID;
  return { hash, partSetHeader: { total: parts.total, hash: parts.hash } };
}

/** Zero or complete. @throws Reject comet/5 on a hash of another length, comet/3 on too many parts, comet/6 in between. */
export function parseBlockId(message: WireBlockId): BlockId {
  const { total, hash } = message.partSetHeader;
  if (total > MAX_PARTS) throw CometError.LimitExceeded(`${total} parts`);
  const id: BlockId = {
    hash: checkHash(message.hash, "block hash"),
    parts: { total, hash: checkHash(hash, "parts hash") },
  };
  if (!isZeroBlockId(id) && !isCompleteBlockId(id))
    throw CometError.InvalidBlockId("neither zero nor complete");
  return id;
}

/** @throws Reject as parseBlockId, and comet/6 on the zero id. */
export function parseCompleteBlockId(message: WireBlockId): BlockId {
  const id = parseBlockId(message);
  if (isZeroBlockId(id)) throw CometError.InvalidBlockId("names no block");
  return id;
}

/** A vote's value: null for the zero id. */
export function parseVoteValue(message: WireBlockId): BlockId | null {
  const id = parseBlockId(message);
  return isZeroBlockId(id) ? null : id;
}
