import { concatBytes } from "../../../chain/primitives/index.js";

/** The blob of span proofs that an outcome names: encoded SpanProofs in the order of its spans, each after its length (u32). */

const LENGTH_BYTES = 4;
/** Proofs in a blob at most: spans of an outcome. */
const MAX_PROOFS = 1_024;

export function encodeProofList(proofs: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...proofs.flatMap((proof) => {
      const length = new Uint8Array(LENGTH_BYTES);
      new DataView(length.buffer).setUint32(0, proof.length);
      return [length, proof];
    }),
  );
}

/** Strict: undefined on anything `encodeProofList` would not have written. */
export function parseProofList(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + LENGTH_BYTES > bytes.length || out.length >= MAX_PROOFS) return undefined;
    const end = at + LENGTH_BYTES + view.getUint32(at);
    if (end > bytes.length) return undefined;
    out.push(bytes.slice(at + LENGTH_BYTES, end));
    at = end;
  }
  return out;
}
