import { sha256 } from "../../../chain/crypto/index.js";
import { concatBytes, parseU64be, u64be, utf8 } from "../../../chain/primitives/index.js";

const DOMAIN = utf8("openledger/modelfactory/replay-lot/v1");
const WHOLE = 1_000_000n;

/** Which segment, and the block whose hash decides: one after the checkpoint, so that its trainer did not know it. */
export interface ReplayLot {
  readonly blockHash: Uint8Array;
  readonly jobId: bigint;
  /** Last step of the segment. */
  readonly step: number;
}

/** Whether validators replay this segment unasked, with a chance of `ppm` parts per million. The modulus' bias is below 2^-44. */
export function isSampled({ blockHash, jobId, step }: ReplayLot, ppm: number): boolean {
  const digest = sha256(concatBytes(DOMAIN, blockHash, u64be(jobId), u64be(BigInt(step))));
  return parseU64be(digest.subarray(0, 8)) % WHOLE < BigInt(ppm);
}
