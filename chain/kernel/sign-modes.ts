import { SignMode } from "../../proto/gen/cosmos/tx/signing/v1beta1.js";
import { SignDoc } from "../../proto/gen/cosmos/tx/v1beta1.js";
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
