/** Token symbols of a text: as narrow as the vocabulary allows, since sorting waits for memory more than for arithmetic. */
export type Symbols = Uint16Array | Uint32Array | Int32Array;

/**
 * Suffix array by induced sorting (SA-IS; Nong, Zhang and Chan, 2009): linear in the text. Needs at most 14 bytes per
 * symbol beside the text and the result.
 *
 * @param text symbols 0..alphabet-1.
 * @returns starts of the suffixes in ascending order; a suffix that is a prefix of another comes first.
 */
export function suffixArray(text: Symbols, alphabet: number): Int32Array {
  const n = text.length;
  const order = new Int32Array(n);
  if (n < 2) return order;
  const bucket = bucketStarts(text, alphabet);
  const starts = leftmostSmaller(text);
  placeAtEnds(text, order, bucket, starts);
  induce(text, order, bucket);
  const reduced = nameSubstrings(text, order, starts);
  const ranks = reduced.count === starts.length ? invert(reduced.names) : suffixArray(reduced.names, reduced.count);
  for (let i = 0; i < ranks.length; i++) ranks[i] = starts[ranks[i] as number] as number;
  placeAtEnds(text, order, bucket, ranks);
  induce(text, order, bucket);
  return order;
}

/** Number of symbols below each symbol; one entry more than the alphabet, for the end of the last bucket. */
function bucketStarts(text: Symbols, alphabet: number): Int32Array {
  const at = new Int32Array(alphabet + 1);
  for (let i = 0; i < text.length; i++) at[(text[i] as number) + 1] = (at[(text[i] as number) + 1] as number) + 1;
  for (let c = 0; c < alphabet; c++) at[c + 1] = (at[c + 1] as number) + (at[c] as number);
  return at;
}

/** Positions, ascending, of suffixes smaller than the next one whose predecessor is not (LMS). */
function leftmostSmaller(text: Symbols): Int32Array {
  const found = new Int32Array(text.length >> 1);
  let at = found.length;
  let smaller = false;
  for (let i = text.length - 2; i >= 0; i--) {
    const a = text[i] as number;
    const b = text[i + 1] as number;
    if (a > b && smaller) found[--at] = i + 1;
    if (a !== b) smaller = a < b;
  }
  return found.subarray(at);
}

const EMPTY = -1;

/** The given suffixes in their order at the ends of their buckets, all else empty. */
function placeAtEnds(text: Symbols, order: Int32Array, bucket: Int32Array, suffixes: Int32Array): void {
  const ends = bucket.slice(1);
  order.fill(EMPTY);
  for (let i = suffixes.length - 1; i >= 0; i--) {
    const suffix = suffixes[i] as number;
    const symbol = text[suffix] as number;
    const at = (ends[symbol] as number) - 1;
    ends[symbol] = at;
    order[at] = suffix;
  }
}

/** Sorts all suffixes, given the leftmost-smaller ones in place: larger ones forwards, smaller ones backwards. */
function induce(text: Symbols, order: Int32Array, bucket: Int32Array): void {
  const n = text.length;
  const heads = bucket.slice(0, -1);
  const last = text[n - 1] as number;
  // The last suffix is larger than the empty one after it.
  order[heads[last] as number] = n - 1;
  heads[last] = (heads[last] as number) + 1;
  for (let i = 0; i < n; i++) {
    const j = (order[i] as number) - 1;
    if (j < 0) continue;
    const symbol = text[j] as number;
    // The suffix at i is a larger one or a leftmost smaller one, whose predecessor always has a larger symbol.
    if (symbol < (text[j + 1] as number)) continue;
    const at = heads[symbol] as number;
    order[at] = j;
    heads[symbol] = at + 1;
  }
  const ends = bucket.slice(1);
  for (let i = n - 1; i >= 0; i--) {
    const j = (order[i] as number) - 1;
    if (j < 0) continue;
    const symbol = text[j] as number;
    const next = text[j + 1] as number;
    // Of equal symbols, j is smaller if j + 1 is: if it stands among what was placed from the end.
    if (symbol > next || (symbol === next && i < (ends[symbol] as number))) continue;
    const at = (ends[symbol] as number) - 1;
    order[at] = j;
    ends[symbol] = at;
  }
}

/** Marks in the length table: not a leftmost-smaller position, and the last one, whose substring no other equals. */
const NONE = 0;
const LAST = -1;

/** Names of the substrings between leftmost-smaller positions, in the text's order: equal ones share, sorted ones ascend. */
function nameSubstrings(text: Symbols, order: Int32Array, starts: Int32Array): { readonly names: Int32Array; readonly count: number } {
  // Two such positions are never adjacent, so half a table tells them apart.
  const lengths = new Int32Array((text.length >> 1) + 1).fill(NONE);
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number;
    lengths[start >> 1] = i + 1 < starts.length ? (starts[i + 1] as number) - start : LAST;
  }
  const isStart = startTest(starts, text.length);
  const named = new Int32Array(lengths.length);
  let count = 0;
  let before = 0;
  let beforeLength = NONE;
  for (let i = 0; i < order.length; i++) {
    const here = order[i] as number;
    if (isStart[here] === 0) continue;
    const length = lengths[here >> 1] as number;
    if (length !== beforeLength || length === LAST || !sameSymbols(text, before, here, length)) count++;
    named[here >> 1] = count - 1;
    before = here;
    beforeLength = length;
  }
  const names = new Int32Array(starts.length);
  for (let i = 0; i < names.length; i++) names[i] = named[(starts[i] as number) >> 1] as number;
  return { names, count };
}

function startTest(starts: Int32Array, length: number): Uint8Array {
  const is = new Uint8Array(length);
  for (let i = 0; i < starts.length; i++) is[starts[i] as number] = 1;
  return is;
}

/** Both substrings end with the leftmost-smaller symbol after them. */
function sameSymbols(text: Symbols, a: number, b: number, length: number): boolean {
  for (let k = 0; k <= length; k++) if (text[a + k] !== text[b + k]) return false;
  return true;
}

function invert(a: Int32Array): Int32Array {
  const out = new Int32Array(a.length);
  for (let i = 0; i < a.length; i++) out[a[i] as number] = i;
  return out;
}
