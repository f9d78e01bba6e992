import { sha256, verifySecp256k1 } from "../crypto/index.js";
import type { GasMeter } from "../store/index.js";
import type { TxParams } from "./accounts-port.js";
import { SdkError } from "./errors.js";
import type { AccountKey, MultisigKey } from "./public-keys.js";
import { countKeys } from "./public-keys.js";
import type { MultiSignatureData, SignatureData } from "./signature-data.js";

/** What is signed in a mode. @throws Reject when there is no such mode, or the transaction has no form in it. */
export type BytesOfMode = (mode: number) => Uint8Array;

/** As many bits as keys, as many parts as bits set, and enough of them. */
function checkShape(key: MultisigKey, data: MultiSignatureData): void {
  const set = data.signed.filter((bit) => bit).length;
  if (data.signed.length !== key.keys.length)
    throw SdkError.Unauthorized(`bit array size is incorrect, expecting: ${key.keys.length}`);
  if (data.parts.length !== set) throw SdkError.Unauthorized(`signature size is incorrect ${data.parts.length}`);
  if (set < key.threshold)
    throw SdkError.Unauthorized(`not enough signatures set, have ${set}, expected ${key.threshold}`);
}

/** The members that signed, with what each signed. */
function members(key: MultisigKey, data: MultiSignatureData): (readonly [AccountKey, SignatureData])[] {
  checkShape(key, data);
  const signers = key.keys.filter((_, i) => data.signed[i]);
  return data.parts.flatMap((part, i) => {
    const member = signers[i];
    return member === undefined ? [] : [[member, part] as const];
  });
}

/** @throws Reject sdk/4 unless every signature that stands there is good, and there are enough. */
export function checkSignature(key: AccountKey, data: SignatureData, bytesOf: BytesOfMode): void {
  if (key.kind === "multisig") {
    if (data.kind === "single") throw SdkError.Unauthorized("a multisig key needs the signatures of its members");
    for (const [member, part] of members(key, data)) checkSignature(member, part, bytesOf);
    return;
  }
  if (data.kind === "multi" || key.kind === "ed25519") throw SdkError.Unauthorized("one key cannot sign so");
  if (!verifySecp256k1(key.bytes, sha256(bytesOf(data.mode)), data.signature))
    throw SdkError.Unauthorized("unable to verify single signer signature");
}

function chargeSimple(gas: GasMeter, params: TxParams, kind: "ed25519" | "secp256k1"): void {
  if (kind === "secp256k1") {
    gas.consume(params.sigVerifyCostSecp256k1, "ante verify: secp256k1");
    return;
  }
  gas.consume(params.sigVerifyCostEd25519, "ante verify: ed25519");
  throw SdkError.InvalidPubKey("ED25519 public keys are unsupported");
}

/** A member's signature of 64 bytes and its sign mode, each with tags and lengths. */
const MEMBER_BYTES = 66n + 7n;

/**
 * Gas for each signature that will be checked, by the kind of its key. A simulation does not know yet which members will sign, and
 * is charged for all.
 *
 * @throws Reject sdk/8 on ed25519, sdk/4 on a multisignature of the wrong shape, sdk/11.
 */
export function chargeSignature(gas: GasMeter, params: TxParams, key: AccountKey, data: SignatureData | "simulated"): void {
  if (key.kind !== "multisig") {
    chargeSimple(gas, params, key.kind);
    return;
  }
  if (data === "simulated") {
    const keys = BigInt(countKeys(key));
    gas.consume(params.sigVerifyCostSecp256k1 * keys, "ante verify: secp256k1");
    gas.consume(params.txSizeCostPerByte * keys * MEMBER_BYTES, "txSize");
    return;
  }
  if (data.kind === "single") throw SdkError.Unauthorized("a multisig key needs the signatures of its members");
  for (const [member, part] of members(key, data)) chargeSignature(gas, params, member, part);
}
