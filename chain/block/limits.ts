/** Bounds of the block format, all CometBFT 0.38's unless said otherwise (cosmos-formats.md §4). */

/** The block protocol in every header. */
export const BLOCK_PROTOCOL = 11n;
/** Bytes of every part but the last, which has 1 to this many. */
export const PART_BYTES = 65_536;
/** What max_bytes = -1 means: 100 MiB. */
export const MAX_BLOCK_BYTES = 104_857_600;
/** Parts of the largest block. */
export const MAX_PARTS = 1_600;
/** Bytes of a chain id. */
export const MAX_CHAIN_ID_BYTES = 50;
/** Validators in a set, and so signatures in a commit. */
export const MAX_VALIDATORS = 10_000;
/** Bytes of one vote extension: 1 MiB. */
export const MAX_EXTENSION_BYTES = 1_048_576;
/** ed25519, the only key type of this chain. */
export const SIGNATURE_BYTES = 64;
export const ADDRESS_BYTES = 20;
export const HASH_BYTES = 32;
/** Bytes of an application hash, which CometBFT leaves unbounded. */
export const MAX_APP_HASH_BYTES = 64;
/** Rounds and validator indices are int32 on the wire. */
export const MAX_INT32 = 2_147_483_647;
/** Sum of all voting power: an eighth of int64, so that priorities never overflow. */
export const MAX_TOTAL_POWER = ((1n << 63n) - 1n) / 8n;
/** Largest wire form of one vote: its fields, both signatures and the extension. */
export const MAX_VOTE_BYTES = MAX_EXTENSION_BYTES + 512;
/** Largest wire form of one part: 64 KiB and a proof of at most 64 aunts. */
export const MAX_PART_MESSAGE_BYTES = PART_BYTES + 4_096;
/** Largest wire form of a proposal. */
export const MAX_PROPOSAL_BYTES = 512;

const BLOCK_OVERHEAD = 11;
const HEADER_BYTES = 626;
const COMMIT_OVERHEAD = 94;
const COMMIT_SIG_BYTES = 111;

/**
 * Bytes left for transactions in a block of `maxBytes` (-1 is 100 MiB) after the largest header, a commit of
 * `validators` signatures and `evidenceBytes`. Negative when the block cannot hold even those.
 */
export function maxDataBytes(maxBytes: bigint, validators: number, evidenceBytes: number): number {
  const limit = maxBytes === -1n ? MAX_BLOCK_BYTES : Number(maxBytes);
  return (
    limit - BLOCK_OVERHEAD - HEADER_BYTES - (COMMIT_OVERHEAD + COMMIT_SIG_BYTES * validators) - evidenceBytes
  );
}
