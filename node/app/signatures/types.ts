/** What the node and its signature thread say to each other. */
import type { PackedBytes } from "../packed.js";

/** The thread's workerData. */
export interface SignatureSetup {
  readonly chainId: string;
}

/** Whose account number a key has, as CheckTx found out. */
export interface KnownSigner {
  readonly publicKey: Uint8Array;
  readonly accountNumber: bigint;
}

export type ToSignatures =
  /** Transactions whose signatures are to be checked; answered in this order. */
  | { readonly kind: "check"; readonly txs: PackedBytes }
  | { readonly kind: "learn"; readonly signers: readonly KnownSigner[] };

/** For each transaction the account number for which its signature is good, or UNKNOWN. */
export type FromSignatures = BigInt64Array<ArrayBuffer>;

export const UNKNOWN = -1n;

/** Signatures checked before CheckTx, on a thread of their own. */
export interface SignaturesAhead {
  /**
   * The account number for which the transaction's one signature is good; undefined when that is not known, for whatever reason, and
   * CheckTx has to find out. Answers come in the order of asking. Never rejects.
   */
  signedFor(tx: Uint8Array): Promise<bigint | undefined>;
  /** What CheckTx found out itself: the next signatures of these are checked ahead. */
  learn(signers: readonly KnownSigner[]): void;
  close(): Promise<void>;
}
