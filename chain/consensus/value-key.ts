import type { BlockId } from "../block/types.js";
import { toHex } from "../primitives/index.js";

/** Text form of a vote's value: Map key and equality. Every part of the BlockId counts, as it does in sign bytes. */
export type ValueKey = string;

/** Key of a vote for nil. */
export const NIL: ValueKey = "nil";

export function valueKey(blockId: BlockId | null): ValueKey {
  if (blockId === null) return NIL;
  return `${toHex(blockId.hash)}/${blockId.parts.total}/${toHex(blockId.parts.hash)}`;
}

export function isSameValue(a: BlockId | null, b: BlockId | null): boolean {
  return a === b || valueKey(a) === valueKey(b);
}
