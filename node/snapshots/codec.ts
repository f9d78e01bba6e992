/** A snapshot as nodes tell each other of it, and as they keep it. */
import { Reject, toHeight } from "../../chain/primitives/index.js";
import { SnapshotError } from "../../chain/store/index.js";
import { SnapshotInfo } from "../../proto/gen/openledger/engine/v1.js";
import type { Snapshot } from "./types.js";

export function toInfo({ height, format, chunks, hash, metadata }: Snapshot): SnapshotInfo {
  return { height, format, chunks, hash, metadata };
}

/** @throws Reject of codespace snapshot on a height that no chain has. */
export function fromInfo({ height, format, chunks, hash, metadata }: SnapshotInfo): Snapshot {
  if (height < 1n || height > BigInt(Number.MAX_SAFE_INTEGER)) throw SnapshotError.Malformed("no height", { height });
  return { height: toHeight(height), format, chunks, hash, metadata };
}

export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  return SnapshotInfo.encode(toInfo(snapshot));
}

/** @throws Reject of codespace snapshot. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  try {
    return fromInfo(SnapshotInfo.decode(bytes));
  } catch (error) {
    if (error instanceof Reject && error.codespace !== "snapshot") throw SnapshotError.Malformed(error.message);
    throw error;
  }
}
