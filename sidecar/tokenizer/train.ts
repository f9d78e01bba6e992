import { compareAscii } from "../../chain/primitives/index.js";
import { byteCharacter } from "./byte-level.js";
import { splitText } from "./split.js";
import type { TokenizerModel } from "./tokenizer.js";

interface Word {
  readonly count: number;
  symbols: string[];
}

/**
 * Byte-pair encoding: from single bytes, joins the most frequent neighbouring pair until the vocabulary is full. Ties go to
 * the pair that sorts first, so the result depends on the texts alone. Slow and plain: the base is trained once.
 */
export function trainTokenizer(texts: readonly string[], vocabularySize: number, special: string): TokenizerModel {
  const vocabulary = [special, ...Array.from({ length: 256 }, (_, b) => byteCharacter(b))];
  const merges: (readonly [string, string])[] = [];
  const words = countWords(texts);
  while (vocabulary.length < vocabularySize) {
    const best = mostFrequentPair(words);
    if (best === undefined) break;
    merges.push(best);
    vocabulary.push(best[0] + best[1]);
    for (const word of words) word.symbols = join(word.symbols, best);
  }
  return { split: "pinned", vocabulary, merges, wholePieces: false, special: [special] };
}

function countWords(texts: readonly string[]): Word[] {
  const encoder = new TextEncoder();
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const piece of splitText(text, "pinned")) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return [...counts].map(([piece, count]) => ({
    count,
    symbols: Array.from(encoder.encode(piece), byteCharacter),
  }));
}

function mostFrequentPair(words: readonly Word[]): readonly [string, string] | undefined {
  const counts = new Map<string, number>();
  for (const { count, symbols } of words) {
    for (let i = 1; i < symbols.length; i++) {
      const pair = `${symbols[i - 1]} ${symbols[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let bestCount = 1;
  for (const [pair, count] of counts) {
    if (count < bestCount || (count === bestCount && (best === undefined || compareAscii(pair, best) > 0))) continue;
    best = pair;
    bestCount = count;
  }
  if (best === undefined) return undefined;
  const [left, right] = best.split(" ") as [string, string];
  return [left, right];
}

/** Replaces each occurrence of the pair by their concatenation, left to right. */
export function join(symbols: readonly string[], [left, right]: readonly [string, string]): string[] {
  const out: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      out.push(left + right);
      i++;
    } else out.push(symbols[i] as string);
  }
  return out;
}
