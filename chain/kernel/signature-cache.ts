import { createRecent, keyText } from "../primitives/index.js";

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

/** Injective: what has no fixed length says how long it is, or comes last. */
function keyOf({ txHash, chainId, accountNumber, publicKey, index }: SignatureFacts): string {
  return `${keyText(txHash)}${accountNumber}/${index}/${publicKey.length}/${keyText(publicKey)}${chainId}`;
}

/** At least the last `limit` entries, at most twice as many. */
export function createSignatureCache(limit = 25_000): SignatureCache {
  const seen = createRecent<true>(limit);
  return {
    has: (facts) => seen.get(keyOf(facts)) === true,
    add: (facts) => seen.set(keyOf(facts), true),
  };
}
