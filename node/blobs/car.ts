/** CAR v1 archives in and out, block by block. */
import { CarBlockIterator, CarWriter } from "@ipld/car";
import type { CID } from "multiformats/cid";
import { EdgeFailure } from "../errors.js";
import { MAX_BLOCK_BYTES, blockKey, isBlock, linksOf, parseCid } from "./block.js";
import type { BlockStore, StoredBlock } from "./store.js";
import { countBytes } from "./unixfs.js";
import type { BlobLimits } from "./types.js";

/** Roots of one archive; IPFS tools write one. */
const MAX_ROOTS = 64;

/** Writes the blocks as they come; the reader sets the pace. */
export async function* writeCar(root: CID, blocks: AsyncIterable<StoredBlock>): AsyncGenerator<Uint8Array> {
  const { writer, out } = CarWriter.create([root]);
  const fill = (async () => {
    try {
      for await (const block of blocks) await writer.put({ cid: block.cid, bytes: block.bytes });
    } finally {
      await writer.close();
    }
  })();
  // A failure is reported below, after what was written before it.
  fill.catch(() => undefined);
  yield* out;
  await fill;
}

/** Checks and stores every block. Nothing links to a block of a refused archive, so `gc` removes what it left. */
export async function readCar(
  store: BlockStore,
  car: AsyncIterable<Uint8Array>,
  limits: BlobLimits,
): Promise<readonly CID[]> {
  try {
    const blocks = await CarBlockIterator.fromIterable(countBytes(car, limits).pieces);
    const roots = (await blocks.getRoots()).map((root) => parseCid(root.toString()));
    if (roots.length > MAX_ROOTS) throw new EdgeFailure("too-large", "an archive of too many roots");
    for await (const { cid, bytes } of blocks) {
      checkBlock(cid, bytes);
      await store.save(cid, bytes);
    }
    return roots;
  } catch (cause) {
    if (cause instanceof EdgeFailure) throw cause;
    throw new EdgeFailure("malformed", "not a CAR archive", {}, cause);
  }
}

function checkBlock(cid: CID, bytes: Uint8Array): void {
  const known = parseCid(cid.toString());
  if (bytes.length > MAX_BLOCK_BYTES || !isBlock(known, bytes)) {
    throw new EdgeFailure("malformed", "a block of the archive is not what its CID says", {
      block: blockKey(known),
    });
  }
  linksOf(known, bytes);
}
