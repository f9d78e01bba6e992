import { createRecent, equalBytes, keyText } from "../primitives/index.js";

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

/** One entry for each place of a signature: what else it was verified for is compared. */
function placeOf({ txHash, index }: SignatureFacts): string {
  return index === 0 ? keyText(txHash) : `${keyText(txHash)}${index}`;
}

/** At least the last `limit` entries, at most twice as many. */
export function createSignatureCache(limit = 25_000): SignatureCache {
  const seen = createRecent<SignatureFacts>(limit);
  return {
    has(facts) {
      const known = seen.get(placeOf(facts));
      if (known === undefined || known.accountNumber !== facts.accountNumber || known.chainId !== facts.chainId) return false;
      return equalBytes(known.publicKey, facts.publicKey);
    },
    add: (facts) => seen.set(placeOf(facts), facts),
  };
}
