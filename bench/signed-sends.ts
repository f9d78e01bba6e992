/** Bank sends, signed beforehand with the native library: a transaction costs the bench less than it costs a node. */
import secp256k1 from "secp256k1";
import { sha256 } from "../chain/crypto/index.js";
import { cpuOf } from "./machine.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { SignMode } from "../proto/gen/cosmos/tx/signing/v1beta1.js";
import { AuthInfo, SignDoc, TxBody, TxRaw } from "../proto/gen/cosmos/tx/v1beta1.js";

export interface Sender {
  readonly signer: Signer;
  /** Who it pays, in bech32. */
  readonly to: string;
  readonly accountNumber: bigint;
}

export interface SendFacts {
  readonly chainId: string;
  readonly gas: bigint;
  /** uopen. */
  readonly fee: bigint;
}

/** Microseconds of CPU for one check of a signature: how fast this machine is just now, beside others that use it. */
export function verifyMicros(rounds = 2_000): number {
  const [privateKey, hash] = [sha256(new Uint8Array(1)), sha256(new Uint8Array(2))];
  const publicKey = secp256k1.publicKeyCreate(privateKey);
  const { signature } = secp256k1.ecdsaSign(hash, privateKey);
  const check = (): void => {
    for (let i = 0; i < rounds; i++) secp256k1.ecdsaVerify(signature, hash, publicKey);
  };
  return (cpuOf(check) / rounds) * 1_000;
}

/** So many accounts, each of which pays the next. */
export function createSenders(count: number, firstNumber: bigint): Sender[] {
  const signers = Array.from({ length: count }, (_, i) => createSigner(`sender ${i}`));
  return signers.map((signer, i) => {
    const to = signers[(i + 1) % count] ?? signer;
    return { signer, to: to.text, accountNumber: firstNumber + BigInt(i) };
  });
}

/** The sends of one account with sequences from `first` on. */
export function signSends({ signer, to, accountNumber }: Sender, { chainId, gas, fee }: SendFacts, first: number, count: number): Uint8Array[] {
  const amount = [{ denom: "uopen", amount: "1" }];
  const messages = [anyOf(MsgSend, { fromAddress: signer.text, toAddress: to, amount })];
  const bodyBytes = TxBody.encode(TxBody.create({ messages }));
  const modeInfo = { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined };
  const paid = { amount: [{ denom: "uopen", amount: fee.toString() }], gasLimit: gas, payer: "", granter: "" };
  return Array.from({ length: count }, (_, i) => {
    const signerInfos = [{ publicKey: signer.publicKey, modeInfo, sequence: BigInt(first + i) }];
    const authInfoBytes = AuthInfo.encode({ signerInfos, fee: paid, tip: undefined });
    const hash = sha256(SignDoc.encode({ bodyBytes, authInfoBytes, chainId, accountNumber }));
    const { signature } = secp256k1.ecdsaSign(hash, signer.privateKey);
    return TxRaw.encode({ bodyBytes, authInfoBytes, signatures: [signature] });
  });
}
