import { EMPTY_BYTES } from "../primitives/index.js";
import { isIncomplete, parseSignatureData } from "./signature-data.js";
import type { Transaction } from "./transaction.js";

/**
 * What delivery will cost beyond what was simulated. Wallets simulate before they know key, signature and fee
 * (cosmos-formats.md §7.4), and take the answer for a limit: it must not be too low.
 */

/** A signer info's public_key: field, Any, type URL and 33 bytes, and a byte more for each length around it. */
const PUBLIC_KEY_BYTES = 79n;
/** A secp256k1 key with tag and length; what is shorter is none. */
const KEY_BYTES = 35;
/** A signature of 64 bytes with its tag and length. */
const SIGNATURE_BYTES = 66n;
/** Amount, denom and gas limit, once they are known, with a byte more for the length around them. */
const FEE_BYTES = 64n;

/** Moving a fee from a payer to the collector when both have accounts and balances, with room to spare. */
export const SIMULATED_FEE_GAS = 20_000n;

/** Bytes that the signed transaction will have more than this one. */
export function missingBytes(tx: Transaction): bigint {
  const infos = tx.authInfo.signerInfos;
  const perSigner = tx.signers.map((_, i) => {
    const info = infos[i];
    const data = parseSignatureData(info?.modeInfo, tx.raw.signatures[i] ?? EMPTY_BYTES);
    const hasKey = (info?.publicKey?.value.length ?? 0) >= KEY_BYTES;
    return (isIncomplete(data) ? SIGNATURE_BYTES : 0n) + (hasKey ? 0n : PUBLIC_KEY_BYTES);
  });
  return perSigner.reduce((sum, bytes) => sum + bytes, tx.fee === 0n ? FEE_BYTES : 0n);
}
