import { sha256 } from "../crypto/index.js";
import { concatBytes, u64be, utf8 } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";

const DOMAIN = utf8("openledger/attest/commitment/v1");

export const SALT_BYTES = 32;

export interface Opening {
  readonly chainId: string;
  readonly taskId: bigint;
  readonly attempt: number;
  /** Consensus address, 20 bytes. */
  readonly validator: Uint8Array;
  readonly value: Uint8Array;
  /** 32 bytes. */
  readonly salt: Uint8Array;
}

/**
 * SHA-256 over the domain, the chain id with its length, task, attempt, validator, the value's own hash and the salt.
 * Binding the validator stops one from revealing another's commitment; binding the chain stops replay elsewhere.
 */
export function commitmentOf(opening: Opening): Hash32 {
  const chain = utf8(opening.chainId);
  return sha256(
    concatBytes(
      DOMAIN,
      u64be(BigInt(chain.length)),
      chain,
      u64be(opening.taskId),
      u64be(BigInt(opening.attempt)),
      opening.validator,
      sha256(opening.value),
      opening.salt,
    ),
  );
}
