import { sha256 } from "../crypto/index.js";
import { keyText } from "../primitives/index.js";
import type { Router } from "./router.js";
import { checkSize, parseTransaction } from "./transaction.js";
import type { Transaction } from "./transaction.js";

/**
 * Decodes a transaction once on its way from CheckTx over proposals to FinalizeBlock. What bytes decode to depends on nothing but
 * the bytes, so only speed depends on what is remembered.
 */
export interface TransactionCache {
  /** As `parseTransaction`, with what it throws. */
  parse(bytes: Uint8Array): Transaction;
  /** Remembers one that will be met again. */
  keep(tx: Transaction): void;
}

/** A decoded transaction takes about so many times its bytes. */
const DECODED_PER_BYTE = 8;

/** `budget`: bytes of memory for what is remembered, about. Two generations: when one has half of it, the one before is dropped. */
export function createTransactionCache(router: Router, budget = 64 << 20): TransactionCache {
  let young = new Map<string, Transaction>();
  let old = new Map<string, Transaction>();
  let room = budget >>> 1;
  const keep = (name: string, tx: Transaction): void => {
    if (young.has(name)) return;
    const cost = DECODED_PER_BYTE * tx.size;
    if (cost > room) {
      old = young;
      young = new Map();
      room = budget >>> 1;
    }
    room -= cost;
    young.set(name, tx);
  };
  return {
    parse(bytes) {
      checkSize(bytes);
      const hash = sha256(bytes);
      const name = keyText(hash);
      const known = young.get(name) ?? old.get(name);
      return known ?? parseTransaction(bytes, router, hash);
    },
    keep: (tx) => keep(keyText(tx.hash), tx),
  };
}
