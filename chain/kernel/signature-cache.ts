import { concatBytes, toHex, u64be, utf8 } from "../primitives/index.js";
import { sha256 } from "../crypto/index.js";

/** What a verified signature was verified for. */
export interface SignatureFacts {
  readonly txHash: Uint8Array;
  readonly chainId: string;
  readonly accountNumber: bigint;
  readonly publicKey: Uint8Array;
  readonly index: number;
}

/** Remembers good signatures from CheckTx to FinalizeBlock. Only speed depends on it: gas is charged either way. */
export interface SignatureCache {
  has(facts: SignatureFacts): boolean;
  add(facts: SignatureFacts): void;
}

function keyOf(facts: SignatureFacts): string {
  const chain = utf8(facts.chainId);
  const numbers = [u64be(facts.accountNumber), u64be(BigInt(facts.index)), u64be(BigInt(chain.length))];
  return toHex(sha256(concatBytes(facts.txHash, ...numbers, chain, facts.publicKey)));
}

/** At most `limit` entries; the oldest is dropped first. */
export function createSignatureCache(limit = 50_000): SignatureCache {
  const seen = new Set<string>();
  return {
    has: (facts) => seen.has(keyOf(facts)),
    add(facts) {
      seen.add(keyOf(facts));
      if (seen.size <= limit) return;
      const [oldest] = seen;
      if (oldest !== undefined) seen.delete(oldest);
    },
  };
}
