import { LETTERS, NUMBERS } from "./unicode-classes.js";

/**
 * How text is cut before merging. A pattern from a file is matched against this list and never compiled: a regular
 * expression is a program, and a tokenizer file comes from strangers.
 */
export type Split = "gpt2" | "digits" | "llama3" | "pinned";

/**
 * Ours: everything outside ASCII counts as a letter, so that no Unicode table decides where a token ends. Runs of letters,
 * digits, punctuation, each with the space before it; else whitespace.
 */
export const PINNED_PATTERN =
  " ?[^\\x00-\\x40\\x5b-\\x60\\x7b-\\x7f]+| ?[0-9]+| ?[\\x00-\\x08\\x0e-\\x1f!-/:-@\\[-`{-\\x7f]+|[\\t-\\r ]+(?![^\\t-\\r ])|[\\t-\\r ]+";

/** As it stands in the files of Llama 3. */
export const LLAMA3_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** What stands between the brackets of a character class. */
export function classOf(table: string): string {
  const steps = table.split(" ").map((step) => parseInt(step, 36));
  let at = 0;
  const edges = steps.map((step) => `\\u{${(at += step).toString(16)}}`);
  return edges.map((edge, i) => (i % 2 === 0 ? edge : `-${edge}`)).join("");
}

const L = classOf(LETTERS);
const N = classOf(NUMBERS);
/** Unicode's White_Space, complete since version 6.3; JavaScript's own \s is another set (U+0085, U+FEFF). */
const S = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

function pattern(...alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join("|"), "gu");
}

/** GPT-2's own (pre-tokenizer `ByteLevel` with `use_regex`). */
const GPT2 = pattern("'(?:[stmd]|re|ve|ll)", ` ?[${L}]+`, ` ?[${N}]+`, ` ?[^${S}${L}${N}]+`, `[${S}]+(?![^${S}])`, `[${S}]+`);

/** LLAMA3_PATTERN; U+017F is the long s, which is an s where case does not matter. */
const LLAMA3 = pattern(
  "'(?:[sS\\u017ftTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])",
  `[^\\r\\n${L}${N}]?[${L}]+`,
  `[${N}]{1,3}`,
  ` ?[^${S}${L}${N}]+[\\r\\n]*`,
  `[${S}]*[\\r\\n]+`,
  `[${S}]+(?![^${S}])`,
  `[${S}]+`,
);

/** Every digit alone, before GPT-2's cut (SmolLM). */
const DIGITS = pattern(`[${N}]`, `[^${N}]+`);

/** One after the other, each within the pieces of the one before. */
const STAGES: Readonly<Record<Split, readonly RegExp[]>> = {
  gpt2: [GPT2],
  digits: [DIGITS, GPT2],
  llama3: [LLAMA3],
  pinned: [pattern(PINNED_PATTERN)],
};

/** The pieces of `text`, in order; together they are `text`. */
export function splitText(text: string, split: Split): readonly string[] {
  return STAGES[split].reduce<readonly string[]>((pieces, stage) => pieces.flatMap((piece) => piece.match(stage) ?? []), [text]);
}
