import { Fault } from "../../primitives/index.js";
import type { Height } from "../../primitives/index.js";
import { decodeCommitInfo } from "../commit-info.js";
import type { CommitInfo } from "../commit-info.js";
import { exportNodes } from "../iavl/export.js";
import type { KvReader } from "../kv.js";
import { infoKey, treePrefix } from "../multistore-records.js";
import { encodeNodeItem, encodeStoreItem } from "./stream.js";

/** The stores of a version on disk. @throws Fault when it is not there. */
export function exportedStores(kv: KvReader, version: Height): CommitInfo {
  const record = kv.get(infoKey(Number(version)));
  if (record === undefined) throw new Fault("commit info is not on disk", { version });
  return decodeCommitInfo(record);
}

/**
 * A committed version as a stream, record by record: every store in order of the names, and its nodes as `exportNodes` gives
 * them. The same state gives the same bytes on every node. Reads as it goes: hold the version (`MultiStore.hold`) until the end.
 *
 * @throws Fault when something of the version is not on disk.
 */
export function* exportVersion(kv: KvReader, version: Height): Generator<Uint8Array> {
  for (const { name } of exportedStores(kv, version)) {
    yield encodeStoreItem(name);
    for (const node of exportNodes(kv, treePrefix(name), Number(version))) yield encodeNodeItem(node);
  }
}
