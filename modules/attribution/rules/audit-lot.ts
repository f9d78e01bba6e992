import { sha256 } from "../../../chain/crypto/index.js";
import { concatBytes, parseU64be, u64be, utf8 } from "../../../chain/primitives/index.js";

const DOMAIN = utf8("openledger/attribution/audit-lot/v1");
const WHOLE = 1_000_000n;

/** Who might be audited, and the block whose hash decides: one after the reveals, so that no attester knew it. */
export interface AuditLot {
  readonly blockHash: Uint8Array;
  readonly taskId: bigint;
  /** Consensus address. */
  readonly validator: Uint8Array;
}

/** Whether the lot falls on this attester, with a chance of `ppm` parts per million. 64 bits make the modulus' bias negligible. */
export function isAudited({ blockHash, taskId, validator }: AuditLot, ppm: number): boolean {
  const digest = sha256(concatBytes(DOMAIN, blockHash, u64be(taskId), validator));
  return parseU64be(digest.subarray(0, 8)) % WHOLE < BigInt(ppm);
}
