/**
 * How text is cut before merging. A pattern from a file is matched against this list and never compiled: a regular
 * expression is a program, and a tokenizer file comes from strangers.
 */

/** GPT-2's own (pre-tokenizer `ByteLevel` with `use_regex`). Its letter classes follow the engine's Unicode tables. */
const GPT2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * Ours: everything outside ASCII counts as a letter, so that no Unicode table, which changes with each engine, decides
 * where a token ends. Runs of letters, digits, punctuation, each with the space before it; else whitespace.
 */
export const PINNED_PATTERN =
  " ?[^\\x00-\\x40\\x5b-\\x60\\x7b-\\x7f]+| ?[0-9]+| ?[\\x00-\\x08\\x0e-\\x1f!-/:-@\\[-`{-\\x7f]+|[\\t-\\r ]+(?![^\\t-\\r ])|[\\t-\\r ]+";

export type Split = "gpt2" | "pinned";

const PATTERNS: Readonly<Record<Split, RegExp>> = { gpt2: GPT2, pinned: new RegExp(PINNED_PATTERN, "gu") };

/** The pieces of `text`, in order; together they are `text`. */
export function splitText(text: string, split: Split): readonly string[] {
  return text.match(PATTERNS[split]) ?? [];
}
