import { defineErrors } from "../../primitives/index.js";

/** Why a snapshot is refused. The codes are for logs and tests; none of them enters a block. */
export const SnapshotError = defineErrors("snapshot", {
  /** Bytes that are not the canonical form of a record, or end in the middle of one. */
  Malformed: { code: 2, text: "malformed snapshot" },
  /** A node that cannot stand where it is. */
  BadNode: { code: 3, text: "not a node of a tree" },
  /** A count or a length above its bound. */
  TooLarge: { code: 4, text: "snapshot exceeds a bound" },
  /** Other stores than its metadata names, or than the program has. */
  WrongStores: { code: 5, text: "snapshot of other stores" },
  /** Contents that do not hash to what was promised. */
  WrongHash: { code: 6, text: "hash mismatch" },
  /** Another way of cutting and writing than ours. */
  WrongFormat: { code: 7, text: "unknown snapshot format" },
});
