import { bucketOf, tokenBytesOf } from "../../modules/attribution/rules/span-commit.js";
import { SpanRefutation } from "../../proto/gen/openledger/attribution/v1.js";
import { openEntry, openPosition } from "./commit.js";
import type { Arrays, SegmentTrees } from "./commit.js";
import type { SegmentText } from "./segment.js";

/** Arrays that somebody committed to, and the trees they make over the text. */
export interface Claimed extends Arrays {
  readonly trees: SegmentTrees;
}

/**
 * The first entry at which claimed arrays are not the suffix array of a text and its inverse, opened for `checkRefutation`.
 * One pass; undefined when they are right.
 */
export function refuteSuffixArray(laid: SegmentText, claimed: Claimed, vocabulary: number): SpanRefutation | undefined {
  const { order, inverse, trees } = claimed;
  const size = laid.text.length;
  const at = (i: number): number => order[i] as number;
  const bucketsOf = (tree: SegmentTrees["orderTree"], values: ArrayLike<number>, entries: readonly number[]) =>
    entries
      .filter((e, i) => i === 0 || bucketOf(e) !== bucketOf(entries[0] as number))
      .map((entry) => openEntry(tree, values, entry));
  const opened = (entry: number, parts: { readonly order: readonly number[]; readonly inverse: readonly number[]; readonly symbols?: readonly number[] }) =>
    SpanRefutation.create({
      entry,
      order: bucketsOf(trees.orderTree, order, parts.order),
      inverse: bucketsOf(trees.inverseTree, inverse, parts.inverse),
      symbols: (parts.symbols ?? []).map((position) => openPosition(laid, trees, position, tokenBytesOf(vocabulary))),
    });
  for (let i = 0; i < size; i++) {
    if (at(i) >= size) return opened(i, { order: [i], inverse: [] });
    if (inverse[at(i)] !== i) return opened(i, { order: [i], inverse: [at(i)] });
  }
  // From here on the order is a permutation and the inverse its own.
  for (let i = 0; i + 1 < size; i++) {
    if (isOrdered(laid, inverse, at(i), at(i + 1))) continue;
    const rest = [at(i) + 1, at(i + 1) + 1].filter((position) => position < size);
    return opened(i, { order: [i, i + 1], inverse: rest, symbols: [at(i), at(i + 1)] });
  }
  return undefined;
}

function isOrdered({ text }: SegmentText, inverse: ArrayLike<number>, a: number, b: number): boolean {
  const low = text[a] as number;
  const high = text[b] as number;
  if (low !== high) return low < high;
  if (a + 1 === text.length || b + 1 === text.length) return a + 1 === text.length;
  return (inverse[a + 1] as number) < (inverse[b + 1] as number);
}
