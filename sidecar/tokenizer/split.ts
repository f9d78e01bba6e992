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

/** Llama 3's, as its tokenizer.json has it: contractions in either case, digits in threes, line ends with what precedes them. */
export const LLAMA3_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The same without `(?i:)`, which engines learnt late; a long s is an s in another case. */
const LLAMA3 =
  /'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;

/** `digits`: each digit alone, and GPT-2's pattern between them (SmolLM and others). */
export type Split = "gpt2" | "pinned" | "llama3" | "digits";

const DIGIT = /\p{N}|[^\p{N}]+/gu;

const PINNED = new RegExp(PINNED_PATTERN, "gu");

/** The pieces of `text`, in order; together they are `text`. */
export function splitText(text: string, split: Split): readonly string[] {
  switch (split) {
    case "gpt2":
      return text.match(GPT2) ?? [];
    case "pinned":
      return text.match(PINNED) ?? [];
    case "llama3":
      return text.match(LLAMA3) ?? [];
    case "digits":
      return (text.match(DIGIT) ?? []).flatMap((part) => part.match(GPT2) ?? []);
  }
}
