import { SignMode } from "../../proto/gen/cosmos/tx/signing/v1beta1.js";
import { SignDoc, TxBody } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { aminoSignBytes } from "../codec/index.js";
import type { TypeRegistry } from "../codec/index.js";
import { SdkError } from "./errors.js";
import type { Transaction } from "./transaction.js";

/** What a signature binds beside the transaction itself. */
export interface SignerData {
  readonly chainId: string;
  readonly accountNumber: bigint;
  readonly sequence: bigint;
}

/** One way to turn a transaction into the bytes that are signed. */
export interface SignModeHandler {
  readonly mode: number;
  /** @throws Reject when the transaction has no form in this mode. */
  signBytes(tx: Transaction, signer: SignerData): Uint8Array;
}

/** SIGN_MODE_DIRECT: the SignDoc over the bytes as they came. The sequence is inside auth_info. */
export const directMode: SignModeHandler = {
  mode: SignMode.SIGN_MODE_DIRECT,
  signBytes: (tx, { chainId, accountNumber }) =>
    SignDoc.encode({
      bodyBytes: tx.raw.bodyBytes,
      authInfoBytes: tx.raw.authInfoBytes,
      chainId,
      accountNumber,
    }),
};

/** Amino JSON says nothing of what it does not know, so a body that carries more than it shows is not signed by it. */
function checkComplete(tx: Transaction): void {
  TxBody.decode(tx.raw.bodyBytes);
  const { extensionOptions, nonCriticalExtensionOptions } = tx.body;
  if (extensionOptions.length + nonCriticalExtensionOptions.length > 0)
    throw SdkError.InvalidRequest("SIGN_MODE_LEGACY_AMINO_JSON does not support protobuf extension options");
}

/**
 * SIGN_MODE_LEGACY_AMINO_JSON (cosmos-formats.md §7.2), which Ledger and Keplr sign: the JSON that a person could read. Unknown
 * fields of the body, which other modes let pass when they are not critical, are refused (sdk/2), extension options too (sdk/18).
 *
 * `registry`: every message, and what may stand in an Any inside one.
 */
export function createAminoMode(registry: TypeRegistry): SignModeHandler {
  return {
    mode: SignMode.SIGN_MODE_LEGACY_AMINO_JSON,
    signBytes(tx, { chainId, accountNumber, sequence }) {
      checkComplete(tx);
      const { fee } = tx.authInfo;
      if (fee === undefined) throw SdkError.InvalidRequest("transaction without a fee");
      return aminoSignBytes({ chainId, accountNumber, sequence, fee, body: tx.body }, registry);
    },
  };
}
