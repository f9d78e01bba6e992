import { SignMode } from "../../proto/gen/cosmos/tx/signing/v1beta1.js";
import { AuthInfo, SignDoc, TxRaw } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { sha256, verifySecp256k1 } from "../crypto/index.js";
import { Reject } from "../primitives/index.js";
import { SECP256K1_URL, parseAccountKey } from "./public-keys.js";

/** The signature of a transaction that has one signer info, with a secp256k1 key beside it, in SIGN_MODE_DIRECT: as wallets send nearly all. */
export interface DirectSignature {
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
  /** Whether it is good on this chain for an account of this number. */
  isGood(chainId: string, accountNumber: bigint): boolean;
}

/** Without any state, so that a signature can be checked before and elsewhere; undefined for everything of another form, and for no transaction. */
export function readDirectSignature(tx: Uint8Array): DirectSignature | undefined {
  try {
    const { bodyBytes, authInfoBytes, signatures } = TxRaw.decode(tx);
    const [signature] = signatures;
    const [signer, ...others] = AuthInfo.decode(authInfoBytes).signerInfos;
    if (signature === undefined || signatures.length !== 1 || others.length > 0) return undefined;
    if (signer?.modeInfo?.single?.mode !== SignMode.SIGN_MODE_DIRECT || signer.publicKey?.typeUrl !== SECP256K1_URL) return undefined;
    const { bytes: publicKey } = parseAccountKey(signer.publicKey);
    return {
      publicKey,
      isGood: (chainId, accountNumber) =>
        verifySecp256k1(publicKey, sha256(SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber })), signature),
    };
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}
