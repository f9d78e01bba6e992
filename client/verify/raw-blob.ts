import { CID } from "multiformats/cid";
import * as raw from "multiformats/codecs/raw";
import { sha256 } from "../../chain/crypto/index.js";
import { equalBytes } from "../../chain/primitives/index.js";
import { VerifyFailure } from "./errors.js";

/** Multihash code of SHA-256. */
const SHA2_256 = 0x12;

/**
 * That bytes are those of a content id of one block (up to 256 KiB), which names their SHA-256.
 * @throws VerifyFailure "untrusted" when they are others, "malformed" for an id of another form.
 */
export function checkRawBlob(id: string, bytes: Uint8Array): void {
  let cid: CID;
  try {
    cid = CID.parse(id);
  } catch (cause) {
    throw new VerifyFailure("malformed", `${id} is no content id`, { cause });
  }
  if (cid.code !== raw.code || cid.multihash.code !== SHA2_256) throw new VerifyFailure("malformed", `${id} does not name one block`);
  if (!equalBytes(sha256(bytes), cid.multihash.digest)) throw new VerifyFailure("untrusted", `the bytes are not those of ${id}`);
}
