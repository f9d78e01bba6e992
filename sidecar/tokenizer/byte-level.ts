/** The byte alphabet of byte-level BPE (GPT-2): printable Latin-1 stands for itself, the rest is shifted to 256 and up. */

function isPrintable(b: number): boolean {
  return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
}

const CHARACTERS: string[] = [];
const BYTES = new Map<string, number>();

for (let b = 0, shifted = 256; b < 256; b++) {
  const character = String.fromCharCode(isPrintable(b) ? b : shifted++);
  CHARACTERS.push(character);
  BYTES.set(character, b);
}

/** The character that stands for a byte in vocabularies and merges. */
export function byteCharacter(b: number): string {
  return CHARACTERS[b] as string;
}

/** The bytes a vocabulary entry stands for, or undefined if a character is outside the alphabet. */
export function entryBytes(entry: string): Uint8Array | undefined {
  const out = new Uint8Array(entry.length);
  for (let i = 0; i < entry.length; i++) {
    const b = BYTES.get(entry.charAt(i));
    if (b === undefined) return undefined;
    out[i] = b;
  }
  return out;
}
