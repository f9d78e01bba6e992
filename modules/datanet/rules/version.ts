import { merkleRoot } from "../../../chain/crypto/index.js";
import { VersionLeaf } from "../../../proto/gen/openledger/datanet/v1.js";

/** RFC 6962 root of a dataset version over its encoded leaves, which stand in order of contribution id. */
export function versionRoot(leaves: readonly VersionLeaf[]): Uint8Array {
  return merkleRoot(leaves.map((leaf) => VersionLeaf.encode(leaf)));
}
