import { secp256k1 } from "@noble/curves/secp256k1.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { SignMode } from "../../proto/gen/cosmos/tx/signing/v1beta1.js";
import { AuthInfo, SignDoc, TxBody, TxRaw } from "../../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { aminoSignBytes, formatAddress } from "../codec/index.js";
import type { Codec, TypeRegistry } from "../codec/index.js";
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
  readonly payer?: string;
  readonly granter?: string;
  /** Signs amino JSON, where DIRECT is the default: every type that the messages name. */
  readonly amino?: TypeRegistry;
}

/** One of several signers. */
export interface Signing {
  readonly signer: Signer;
  readonly accountNumber: bigint;
  readonly sequence: bigint;
}

/** A transaction that all of these sign, in this order. */
export function signTogether(
  signings: readonly Signing[],
  messages: readonly Any[],
  options: Omit<SignOptions, "accountNumber" | "sequence">,
): Uint8Array {
  const { chainId, gas, fee: uopen, payer = "", granter = "", amino } = options;
  const amount = uopen === 0n ? [] : [{ denom: "uopen", amount: uopen.toString() }];
  const body = TxBody.create({ messages, ...options.body });
  const fee = { amount, gasLimit: gas, payer, granter };
  const mode = amino === undefined ? SignMode.SIGN_MODE_DIRECT : SignMode.SIGN_MODE_LEGACY_AMINO_JSON;
  const modeInfo = { single: { mode }, multi: undefined };
  const bodyBytes = TxBody.encode(body);
  const signerInfos = signings.map(({ signer: { publicKey }, sequence }) => ({ publicKey, modeInfo, sequence }));
  const authInfoBytes = AuthInfo.encode({ signerInfos, fee, tip: undefined });
  const signatures = signings.map(({ signer, accountNumber, sequence }) => {
    const bytes =
      amino === undefined
        ? SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber })
        : aminoSignBytes({ chainId, accountNumber, sequence, fee, body }, amino);
    return secp256k1.sign(sha256(bytes), signer.privateKey, { prehash: false, lowS: true });
  });
  return TxRaw.encode({ bodyBytes, authInfoBytes, signatures });
}

/** A transaction signed by one, in SIGN_MODE_DIRECT unless `amino` is given. */
export function signTransaction(signer: Signer, messages: readonly Any[], options: SignOptions): Uint8Array {
  const { accountNumber, sequence } = options;
  return signTogether([{ signer, accountNumber, sequence }], messages, options);
}
