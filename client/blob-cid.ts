import { MemoryBlockstore } from "blockstore-core";
import { importFile } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import { balanced } from "ipfs-unixfs-importer/layout";

/**
 * The CID that the nodes will give these bytes (`ipfs add --cid-version 1`), computed without showing them to anyone:
 * a contributor commits to it before revealing the rows.
 */
export async function blobCid(bytes: Uint8Array): Promise<string> {
  const { cid } = await importFile({ content: bytes }, new MemoryBlockstore(), {
    cidVersion: 1,
    rawLeaves: true,
    reduceSingleLeafToSelf: true,
    chunker: fixedSize({ chunkSize: 262_144 }),
    layout: balanced({ maxChildrenPerNode: 174 }),
  });
  return cid.toString();
}
