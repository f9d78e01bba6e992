/** Keys of the engine's store: one byte for the kind, then the height big-endian or a hash. Bytes are never reused. */
import { concatBytes, u64be } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";

export const KIND = {
  /** height -> encoded block */
  block: 1,
  /** height -> block id */
  blockId: 2,
  /** height -> extended commit that this node saw */
  commit: 3,
  /** block hash -> height */
  byHash: 4,
  /** () -> lowest and highest height held */
  range: 5,
  /** () -> chain state */
  state: 6,
  /** height -> validator set */
  validators: 7,
  /** height -> consensus parameters */
  params: 8,
  /** height -> FinalizeBlock response */
  results: 9,
  /** evidence hash -> evidence that waits for a block */
  evidencePending: 10,
  /** evidence hash -> height of the block that holds it */
  evidenceCommitted: 11,
  /** height -> time of the block, kept longer than the block: for evidence */
  time: 12,
  /** () -> lowest height whose validators and time are kept */
  punishableFrom: 13,
} as const;

export function heightKey(kind: number, height: bigint): Uint8Array {
  return concatBytes(Uint8Array.of(kind), u64be(height));
}

export function hashKey(kind: number, hash: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(kind), hash);
}

export function singleKey(kind: number): Uint8Array {
  return Uint8Array.of(kind);
}

/** Deletions of records of some kinds, from `from` up to but excluding `to`. */
export function removalsBetween(kinds: readonly number[], from: bigint, to: bigint): KvOp[] {
  const ops: KvOp[] = [];
  for (let h = from; h < to; h++) for (const kind of kinds) ops.push({ key: heightKey(kind, h), value: undefined });
  return ops;
}
