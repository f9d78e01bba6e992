import { secp256k1 } from "@noble/curves/secp256k1.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { SignMode } from "../../proto/gen/cosmos/tx/signing/v1beta1.js";
import { AuthInfo, SignDoc, TxBody, TxRaw } from "../../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatAddress } from "../codec/index.js";
import type { Codec } from "../codec/index.js";
import { secp256k1Address, sha256 } from "../crypto/index.js";
import { SECP256K1_URL } from "../kernel/index.js";
import { utf8 } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";

/** A key for tests, made from a name. */
export interface Signer {
  readonly address: Address;
  /** Bech32 of `address`. */
  readonly text: string;
  readonly privateKey: Uint8Array;
  readonly publicKey: Any;
}

export function createSigner(name: string): Signer {
  const privateKey = sha256(utf8(`test key of ${name}`));
  const key = secp256k1.getPublicKey(privateKey, true);
  const address = secp256k1Address(key);
  const publicKey = { typeUrl: SECP256K1_URL, value: PubKey.encode({ key }) };
  return { address, text: formatAddress(address), privateKey, publicKey };
}

/** A message as it stands in a transaction's body. */
export function anyOf<T>(codec: Codec<T>, message: T): Any {
  return { typeUrl: `/${codec.typeName}`, value: codec.encode(message) };
}

export interface SignOptions {
  readonly chainId: string;
  readonly accountNumber: bigint;
  readonly sequence: bigint;
  readonly gas: bigint;
  /** uopen. */
  readonly fee: bigint;
  readonly body?: Partial<TxBody>;
}

/** A transaction signed in SIGN_MODE_DIRECT. */
export function signTransaction(signer: Signer, messages: readonly Any[], options: SignOptions): Uint8Array {
  const { chainId, accountNumber, sequence, gas, fee } = options;
  const amount = fee === 0n ? [] : [{ denom: "uopen", amount: fee.toString() }];
  const bodyBytes = TxBody.encode(TxBody.create({ messages, ...options.body }));
  const modeInfo = { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined };
  const authInfoBytes = AuthInfo.encode({
    signerInfos: [{ publicKey: signer.publicKey, modeInfo, sequence }],
    fee: { amount, gasLimit: gas, payer: "", granter: "" },
    tip: undefined,
  });
  const hash = sha256(SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber }));
  const signature = secp256k1.sign(hash, signer.privateKey, { prehash: false, lowS: true });
  return TxRaw.encode({ bodyBytes, authInfoBytes, signatures: [signature] });
}
