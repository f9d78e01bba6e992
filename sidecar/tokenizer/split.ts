/**
 * How text is cut before merging. A pattern from a file is matched against this list and never compiled: a regular
 * expression is a program, and a tokenizer file comes from strangers.
 */
export type Split = "gpt2" | "digits" | "llama3" | "pinned";

/**
 * Ours: everything outside ASCII counts as a letter, so that no Unicode table, which changes with each engine, decides
 * where a token ends. Runs of letters, digits, punctuation, each with the space before it; else whitespace.
 */
export const PINNED_PATTERN =
  " ?[^\\x00-\\x40\\x5b-\\x60\\x7b-\\x7f]+| ?[0-9]+| ?[\\x00-\\x08\\x0e-\\x1f!-/:-@\\[-`{-\\x7f]+|[\\t-\\r ]+(?![^\\t-\\r ])|[\\t-\\r ]+";

/** As it stands in the files of Llama 3. */
export const LLAMA3_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * GPT-2's own (pre-tokenizer `ByteLevel` with `use_regex`). Letter classes follow the engine's Unicode tables here and below;
 * JavaScript's \s is not Unicode's White_Space (U+0085 and U+FEFF differ), so the property is named.
 */
const GPT2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** LLAMA3_PATTERN in the regular expressions of every engine of ours; U+017F is the long s, which folds to s. */
const LLAMA3 =
  /'(?:[sS\u017f]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Every digit alone, before GPT-2's cut (SmolLM). */
const DIGITS = /\p{N}|\P{N}+/gu;

/** One after the other, each within the pieces of the one before. */
const STAGES: Readonly<Record<Split, readonly RegExp[]>> = {
  gpt2: [GPT2],
  smol: [DIGITS, GPT2],
  llama3: [LLAMA3],
  pinned: [new RegExp(PINNED_PATTERN, "gu")],
};

/** The pieces of `text`, in order; together they are `text`. */
export function splitText(text: string, split: Split): readonly string[] {
  return STAGES[split].reduce<readonly string[]>((pieces, pattern) => pieces.flatMap((piece) => piece.match(pattern) ?? []), [text]);
}
