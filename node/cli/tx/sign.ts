/** Signatures of one key over a transaction, in both sign modes. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { aminoSignBytes } from "../../../chain/codec/index.js";
import { sha256, verifySecp256k1 } from "../../../chain/crypto/index.js";
import { SignMode } from "../../../proto/gen/cosmos/tx/signing/v1beta1.js";
import { AuthInfo, SignDoc, TxBody } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import type { SignerInfo } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../../errors.js";
import { TYPES } from "../codecs.js";
import type { AccountOnChain } from "./signer.js";
import type { LooseTx } from "./tx-json.js";
import type { SignModeName } from "./tx-options.js";

export const MODES: Readonly<Record<SignModeName, number>> = {
  direct: SignMode.SIGN_MODE_DIRECT,
  "amino-json": SignMode.SIGN_MODE_LEGACY_AMINO_JSON,
};

/** What a signature binds beside the transaction. */
export interface SignFor extends AccountOnChain {
  readonly chainId: string;
}

export function signerInfo(publicKey: Any | undefined, mode: number, sequence: bigint): SignerInfo {
  return { publicKey, modeInfo: { single: { mode }, multi: undefined }, sequence };
}

/** sha256 of what is signed. @throws EdgeFailure "config" on a mode that is none of the two; Reject on what has no amino JSON. */
export function signHash({ body, authInfo }: LooseTx, mode: number, { chainId, number, sequence }: SignFor): Uint8Array {
  const { fee } = authInfo;
  if (fee === undefined) throw new EdgeFailure("malformed", "the transaction has no fee");
  switch (mode) {
    case SignMode.SIGN_MODE_DIRECT:
      return sha256(SignDoc.encode({ bodyBytes: TxBody.encode(body), authInfoBytes: AuthInfo.encode(authInfo), chainId, accountNumber: number }));
    case SignMode.SIGN_MODE_LEGACY_AMINO_JSON:
      if (body.extensionOptions.length > 0 || body.nonCriticalExtensionOptions.length > 0) {
        throw new EdgeFailure("config", "amino JSON cannot carry extension options; sign with --sign-mode direct");
      }
      return sha256(aminoSignBytes({ chainId, accountNumber: number, sequence, fee, body }, TYPES));
    default:
      throw new EdgeFailure("config", `sign mode ${mode} is neither direct nor amino-json`);
  }
}

/** 64 bytes with a low s. */
export function signHashed(hash: Uint8Array, secret: Uint8Array): Uint8Array {
  return secp256k1.sign(hash, secret, { prehash: false, lowS: true });
}

export function isSignatureOf(publicKey: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verifySecp256k1(publicKey, hash, signature);
}
