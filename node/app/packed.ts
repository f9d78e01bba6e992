/** Many byte strings as one buffer, which crosses threads without being copied. */

export interface PackedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
}

export function pack(list: readonly Uint8Array[]): PackedBytes {
  const lengths = Uint32Array.from(list, (item) => item.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const item of list) {
    bytes.set(item, at);
    at += item.length;
  }
  return { bytes, lengths };
}

/** Views of the one buffer. */
export function unpack({ bytes, lengths }: PackedBytes): Uint8Array[] {
  let at = 0;
  return Array.from(lengths, (length) => bytes.subarray(at, (at += length)));
}

/** What of it is handed over rather than copied. */
export function buffersOf({ bytes, lengths }: PackedBytes): ArrayBuffer[] {
  return [bytes.buffer, lengths.buffer];
}
