import { sha256 } from "../../../chain/crypto/index.js";
import { concatBytes, u64be, utf8 } from "../../../chain/primitives/index.js";
import type { Hash32 } from "../../../chain/primitives/index.js";

const DOMAIN = utf8("openledger/datanet/contribution/v1");

/** Bytes a salt may have: enough to hide a guessable blob id, not a place to store things. */
export const SALT_BYTES = { min: 16, max: 64 } as const;

/** What a contribution's commitment binds. */
export interface ContributionOpening {
  /** Account, 20 bytes: nobody else can open the commitment. */
  readonly contributor: Uint8Array;
  readonly datanetId: bigint;
  /** CIDv1 as text. */
  readonly blobCid: string;
  readonly salt: Uint8Array;
}

function prefixed(part: Uint8Array): Uint8Array {
  return concatBytes(u64be(BigInt(part.length)).slice(4), part);
}

/**
 * SHA-256 over the domain and then contributor, Datanet id (u64 big-endian), blob id and salt, each behind its length
 * as u32 big-endian, so that no two openings share their bytes.
 */
export function contributionCommitment(opening: ContributionOpening): Hash32 {
  const { contributor, datanetId, blobCid, salt } = opening;
  const parts = [contributor, u64be(datanetId), utf8(blobCid), salt];
  return sha256(concatBytes(DOMAIN, ...parts.map(prefixed)));
}
