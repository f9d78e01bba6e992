import { samplesOf } from "./samples.js";
import type { Samples } from "./samples.js";
import { readAddresses, sentencesOf, spread } from "./sotu.js";

/** Who is speaking: six presidents of three centuries, some of them close in time. */
const SPEAKERS = ["james_monroe", "andrew_jackson", "ulysses_s_grant", "theodore_roosevelt", "dwight_d_eisenhower", "ronald_reagan"] as const;
const ADDRESSES_EACH = 4;
const ROWS_EACH = 30;
const TESTS_EACH = 8;
const FEATURES = 1024;

export interface TextSplit {
  readonly train: Samples;
  readonly test: Samples;
  /** Contributors are addresses: each row's. */
  readonly contributor: readonly number[];
  readonly contributors: number;
}

/** Pairs of sentences as bags of words, hashed to 1,024 features of unit length; the label is the speaker. */
export function readSpeakers(): TextSplit {
  const train: { features: Float32Array; label: number }[] = [];
  const test: typeof train = [];
  const contributor: number[] = [];
  let contributors = 0;
  SPEAKERS.forEach((president, label) => {
    const addresses = spread(readAddresses().filter((a) => a.president === president), ADDRESSES_EACH);
    for (const { text } of addresses) {
      const rows = spread(pairsOf(sentencesOf(text)), ROWS_EACH + TESTS_EACH).map((pair) => ({ features: bagOf(pair), label }));
      train.push(...rows.slice(0, ROWS_EACH));
      test.push(...rows.slice(ROWS_EACH));
      contributor.push(...rows.slice(0, ROWS_EACH).map(() => contributors));
      contributors += 1;
    }
  });
  // Queries are taken from the front: one of each address in turn.
  const mixed = Array.from({ length: test.length }, (_, i) => test[(i % contributors) * TESTS_EACH + Math.floor(i / contributors)]);
  return {
    train: samplesOf(train, SPEAKERS.length),
    test: samplesOf(mixed.filter((t) => t !== undefined), SPEAKERS.length),
    contributor,
    contributors,
  };
}

function pairsOf(sentences: readonly string[]): string[] {
  return Array.from({ length: Math.floor(sentences.length / 2) }, (_, i) => `${sentences[2 * i] ?? ""} ${sentences[2 * i + 1] ?? ""}`);
}

function bagOf(text: string): Float32Array {
  const out = new Float32Array(FEATURES);
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    const at = hash(word) % FEATURES;
    out[at] = (out[at] as number) + 1;
  }
  const length = Math.sqrt(out.reduce((sum, x) => sum + x * x, 0));
  return length === 0 ? out : out.map((x) => x / length);
}

/** FNV-1a, 32 bits. */
function hash(word: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
