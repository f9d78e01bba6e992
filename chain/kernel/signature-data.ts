import { CompactBitArray, MultiSignature } from "../../proto/gen/cosmos/crypto/multisig/v1beta1.js";
import type { ModeInfo } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { SdkError } from "./errors.js";

/** One signature and how it was made, or those of the members of a multisig (the SDK's SignatureData). */
export type SignatureData = SingleSignature | MultiSignatureData;

export interface SingleSignature {
  readonly kind: "single";
  readonly mode: number;
  readonly signature: Uint8Array;
}

export interface MultiSignatureData {
  readonly kind: "multi";
  /** By index of the key: whether it signed. */
  readonly signed: readonly boolean[];
  /** One per key that signed, in the order of the keys. */
  readonly parts: readonly SignatureData[];
  /** The bytes that hold them all. */
  readonly signature: Uint8Array;
}

/** As many keys as a multisig may have. */
const MAX_BITS = 100;

/**
 * Bits of a CompactBitArray, most significant first; `extra_bits_stored` of them stand in the last byte, or eight.
 *
 * @throws Reject sdk/4 when the sizes do not fit, or bits are set beyond the last: one set of signers has one encoding.
 */
export function bitsOf(array: CompactBitArray): boolean[] {
  const { extraBitsStored: extra, elems } = array;
  const count = extra === 0 ? elems.length * 8 : (elems.length - 1) * 8 + extra;
  if (extra > 7 || count < 0 || count > MAX_BITS) throw SdkError.Unauthorized("bit array size is incorrect");
  const bits = Array.from({ length: elems.length * 8 }, (_, i) => (((elems[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1);
  if (bits.slice(count).some((bit) => bit)) throw SdkError.Unauthorized("bit array has bits beyond its size");
  return bits.slice(0, count);
}

/** A bit array of these bits. */
export function toBitArray(bits: readonly boolean[]): CompactBitArray {
  const elems = new Uint8Array((bits.length + 7) >> 3);
  bits.forEach((bit, i) => (elems[i >> 3] = (elems[i >> 3] ?? 0) | (bit ? 128 >> (i & 7) : 0)));
  return { extraBitsStored: bits.length % 8, elems };
}

/**
 * What a signer info says of its signature. Nothing said is what simulation sends, and no way to sign.
 *
 * @throws Reject sdk/4 when the parts of a multisignature do not match its modes, sdk/2 on bad bytes.
 */
export function parseSignatureData(info: ModeInfo | undefined, signature: Uint8Array): SignatureData {
  if (info?.multi === undefined) return { kind: "single", mode: info?.single?.mode ?? 0, signature };
  const { bitarray, modeInfos } = info.multi;
  const { signatures } = MultiSignature.decode(signature);
  if (signatures.length !== modeInfos.length)
    throw SdkError.Unauthorized(`${modeInfos.length} sign modes for ${signatures.length} signatures`);
  return {
    kind: "multi",
    signed: bitsOf(CompactBitArray.create(bitarray)),
    parts: modeInfos.map((inner, i) => parseSignatureData(inner, signatures[i] ?? new Uint8Array(0))),
    signature,
  };
}

/** Signatures in the order in which events list them: the parts before what holds them. */
export function signaturesOf(data: SignatureData): readonly Uint8Array[] {
  return data.kind === "single" ? [data.signature] : [...data.parts.flatMap(signaturesOf), data.signature];
}

/** Whether a signature is still to come, as in a simulation. */
export function isIncomplete(data: SignatureData): boolean {
  if (data.kind === "single") return data.signature.length === 0;
  return data.parts.length === 0 || data.parts.some(isIncomplete);
}
