/** Block ids where our own messages carry them as bytes. */
import { blockIdToWire, isZeroBlockId, parseBlockId } from "../../chain/block/index.js";
import type { BlockId } from "../../chain/block/index.js";
import { EMPTY_BYTES } from "../../chain/primitives/index.js";
import { BlockID } from "../../proto/gen/tendermint/types.js";

/** tendermint.types.BlockID. */
export function encodeBlockId(id: BlockId): Uint8Array {
  return BlockID.encode(blockIdToWire(id));
}

/** @throws Reject of codespace comet unless zero or complete. */
export function decodeBlockId(bytes: Uint8Array): BlockId {
  return parseBlockId(BlockID.decode(bytes));
}

/** As encodeBlockId; null, which votes mean by nil, has no bytes. */
export function encodeVoteValue(id: BlockId | null): Uint8Array {
  return id === null ? EMPTY_BYTES : encodeBlockId(id);
}

/** null for no bytes and for the zero id. @throws Reject of codespace comet. */
export function decodeVoteValue(bytes: Uint8Array): BlockId | null {
  if (bytes.length === 0) return null;
  const id = decodeBlockId(bytes);
  return isZeroBlockId(id) ? null : id;
}
