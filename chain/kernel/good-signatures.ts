import { equalBytes } from "../primitives/index.js";

/** What a signature of a transaction was verified for. */
export interface SignatureFacts {
  readonly chainId: string;
  readonly accountNumber: bigint;
  readonly publicKey: Uint8Array;
  /** Its place in the transaction. */
  readonly index: number;
}

/**
 * The signatures of one decoded transaction that were found good, from CheckTx to FinalizeBlock: they are forgotten with it, and need no
 * table of their own. Only speed depends on them: gas is charged either way.
 */
export class GoodSignatures {
  readonly #known: SignatureFacts[] = [];

  has({ index, chainId, accountNumber, publicKey }: SignatureFacts): boolean {
    const known = this.#known[index];
    if (known === undefined || known.accountNumber !== accountNumber || known.chainId !== chainId) return false;
    return equalBytes(known.publicKey, publicKey);
  }

  add(facts: SignatureFacts): void {
    this.#known[facts.index] = facts;
  }
}
