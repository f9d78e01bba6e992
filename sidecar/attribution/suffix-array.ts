/**
 * Suffix array by induced sorting (SA-IS; Nong, Zhang and Chan, 2009): linear in the text.
 *
 * @param text symbols 0..alphabet-1.
 * @returns starts of the suffixes in ascending order; a suffix that is a prefix of another comes first.
 */
export function suffixArray(text: Int32Array, alphabet: number): Int32Array {
  const n = text.length;
  const order = new Int32Array(n).fill(-1);
  if (n === 0) return order;
  if (n === 1) return order.fill(0);
  const smaller = classify(text);
  const isLms = (i: number): boolean => i > 0 && smaller[i] === 1 && smaller[i - 1] === 0;
  const starts: number[] = [];
  for (let i = 1; i < n; i++) if (isLms(i)) starts.push(i);
  const space: Space = { text, alphabet, smaller, order };
  induce(space, Int32Array.from(starts));
  const sorted = order.filter(isLms);
  const names = nameSubstrings(space, sorted, isLms);
  const reduced = Int32Array.from(starts, (s) => names.of[s] as number);
  const ranks = names.count === starts.length ? invert(reduced) : suffixArray(reduced, names.count);
  induce(space, ranks.map((r) => starts[r] as number));
  return order;
}

interface Space {
  readonly text: Int32Array;
  readonly alphabet: number;
  /** 1 where the suffix is smaller than the next one (type S). */
  readonly smaller: Uint8Array;
  readonly order: Int32Array;
}

function classify(text: Int32Array): Uint8Array {
  const smaller = new Uint8Array(text.length);
  for (let i = text.length - 2; i >= 0; i--) {
    const a = text[i] as number;
    const b = text[i + 1] as number;
    if (a < b || (a === b && smaller[i + 1] === 1)) smaller[i] = 1;
  }
  return smaller;
}

/** First position (or one past the last) of each symbol's bucket. */
function buckets({ text, alphabet }: Space, ends: boolean): Int32Array {
  const counts = new Int32Array(alphabet);
  for (const c of text) counts[c] = (counts[c] as number) + 1;
  let sum = 0;
  for (let c = 0; c < alphabet; c++) {
    const count = counts[c] as number;
    sum += count;
    counts[c] = ends ? sum : sum - count;
  }
  return counts;
}

/** Sorts all suffixes from the given order of the leftmost-S ones. */
function induce(space: Space, lms: Int32Array): void {
  const { text, smaller, order } = space;
  const n = text.length;
  order.fill(-1);
  const tails = buckets(space, true);
  for (let i = lms.length - 1; i >= 0; i--) place(order, tails, text[lms[i] as number] as number, lms[i] as number);
  const heads = buckets(space, false);
  const put = (j: number): void => {
    const c = text[j] as number;
    order[heads[c] as number] = j;
    heads[c] = (heads[c] as number) + 1;
  };
  put(n - 1);
  for (let i = 0; i < n; i++) {
    const j = (order[i] as number) - 1;
    if (j >= 0 && smaller[j] === 0) put(j);
  }
  const ends = buckets(space, true);
  for (let i = n - 1; i >= 0; i--) {
    const j = (order[i] as number) - 1;
    if (j >= 0 && smaller[j] === 1) place(order, ends, text[j] as number, j);
  }
}

function place(order: Int32Array, tails: Int32Array, symbol: number, suffix: number): void {
  const at = (tails[symbol] as number) - 1;
  tails[symbol] = at;
  order[at] = suffix;
}

function invert(a: Int32Array): Int32Array {
  const out = new Int32Array(a.length);
  a.forEach((v, i) => (out[v] = i));
  return out;
}

/** Equal leftmost-S substrings share a name; names ascend in sorted order. */
function nameSubstrings(
  { text }: Space,
  sorted: Int32Array,
  isLms: (i: number) => boolean,
): { readonly of: Int32Array; readonly count: number } {
  const of = new Int32Array(text.length).fill(-1);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    const here = sorted[i] as number;
    if (i > 0 && !sameSubstring(text, sorted[i - 1] as number, here, isLms)) count++;
    of[here] = count;
  }
  return { of, count: sorted.length === 0 ? 0 : count + 1 };
}

function sameSubstring(text: Int32Array, a: number, b: number, isLms: (i: number) => boolean): boolean {
  for (let k = 0; ; k++) {
    if (a + k >= text.length || b + k >= text.length || text[a + k] !== text[b + k]) return false;
    if (k > 0 && (isLms(a + k) || isLms(b + k))) return isLms(a + k) && isLms(b + k);
  }
}
