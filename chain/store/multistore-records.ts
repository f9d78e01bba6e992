import { encodeUvarint, readUvarint } from "../codec/index.js";
import { concatBytes, u64be, utf8 } from "../primitives/index.js";
import type { KvReader } from "./kv.js";

/** How the multistore lies in the key-value port, beside its trees: `m/latest`, and `m/commit/` with a version. */

/** The versions on disk. */
export const LATEST = utf8("m/latest");

/** The stores and roots of a version. */
export function infoKey(version: number): Uint8Array {
  return concatBytes(utf8("m/commit/"), u64be(BigInt(version)));
}

/** What every record of a store's tree begins with. */
export function treePrefix(name: string): Uint8Array {
  const key = utf8(name);
  return concatBytes(utf8("s/"), encodeUvarint(key.length), key);
}

/** Which versions are on disk; both 0 for a new chain. */
export interface Kept {
  readonly latest: number;
  readonly earliest: number;
}

export function encodeKept(latest: number, earliest: number): Uint8Array {
  return concatBytes(encodeUvarint(latest), encodeUvarint(earliest));
}

export function readKept(kv: KvReader): Kept {
  const record = kv.get(LATEST);
  if (record === undefined) return { latest: 0, earliest: 0 };
  const [latest, at] = readUvarint(record, 0);
  return { latest, earliest: readUvarint(record, at)[0] };
}
