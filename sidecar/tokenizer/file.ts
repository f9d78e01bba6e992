import type { RejectFactory } from "../../chain/primitives/index.js";
import { parseJson, readInteger, readObject } from "../model/json.js";
import { entryBytes } from "./byte-level.js";
import { LLAMA3_PATTERN, PINNED_PATTERN } from "./split.js";
import type { Split } from "./split.js";
import type { TokenizerModel } from "./tokenizer.js";

/** tokenizer.json in the Hugging Face layout, for byte-level BPE and nothing else. */

const VOCABULARY_LIMIT = 1 << 17;
const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };

function preTokenizer(split: Split): object {
  if (split === "gpt2") return { ...BYTE_LEVEL, use_regex: true };
  const pattern = split === "pinned" ? PINNED_PATTERN : LLAMA3_PATTERN;
  const cut =
    split === "digits"
      ? { type: "Digits", individual_digits: true }
      : { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [cut, { ...BYTE_LEVEL, use_regex: split === "digits" }] };
}

export function encodeTokenizer(model: TokenizerModel): string {
  const document = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: model.special.map((content) => ({
      id: model.vocabulary.indexOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: preTokenizer(model.split),
    post_processor: null,
    decoder: { ...BYTE_LEVEL, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: model.wholePieces,
      vocab: Object.fromEntries(model.vocabulary.map((entry, id) => [entry, id])),
      merges: model.merges,
    },
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

/**
 * Merges may be written as pairs or, as older files do, as "left right".
 * @throws the caller's Reject for any feature that would change the ids and is not read here.
 */
export function parseTokenizer(bytes: Uint8Array, reject: RejectFactory): TokenizerModel {
  const file = readObject(parseJson(bytes, reject), reject);
  if ((file["normalizer"] ?? null) !== null) throw reject("normalizers are not supported");
  const model = readObject(file["model"], reject);
  if (model["type"] !== "BPE") throw reject("not a BPE tokenizer");
  for (const name of ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"]) {
    if ((model[name] ?? null) !== null && model[name] !== "") throw reject(`BPE ${name} is not supported`);
  }
  if (model["byte_fallback"] === true) throw reject("BPE byte_fallback is not supported");
  const special = readSpecial(file["added_tokens"], reject);
  const vocabulary = readVocabulary(model["vocab"], special, reject);
  const merges = readMerges(model["merges"], new Set(vocabulary), reject);
  const wholePieces = model["ignore_merges"] === true;
  return { split: readSplit(file["pre_tokenizer"], reject), vocabulary, merges, wholePieces, special: special.map((s) => s.content) };
}

interface SpecialToken {
  readonly id: number;
  readonly content: string;
}

function readSpecial(value: unknown, reject: RejectFactory): readonly SpecialToken[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > 256) throw reject("added_tokens");
  return value.map((item) => {
    const { id, content, special } = readObject(item, reject);
    if (typeof content !== "string" || content.length === 0 || special !== true) throw reject("added token");
    return { id: readInteger(id, { name: "token id", low: 0, high: VOCABULARY_LIMIT }, reject), content };
  });
}

function readVocabulary(value: unknown, special: readonly SpecialToken[], reject: RejectFactory): readonly string[] {
  const entries = new Map<string, unknown>(Object.entries(readObject(value, reject)));
  for (const { id, content } of special) entries.set(content, id);
  if (entries.size > VOCABULARY_LIMIT) throw reject("vocabulary too large");
  const names = new Set(special.map((s) => s.content));
  const out: string[] = [];
  for (const [entry, value] of entries) {
    const id = readInteger(value, { name: "token id", low: 0, high: entries.size - 1 }, reject);
    if (out[id] !== undefined) throw reject(`token id ${id} is used twice`);
    if (!names.has(entry) && entryBytes(entry) === undefined) throw reject("vocabulary entry outside the byte alphabet");
    out[id] = entry;
  }
  const single = out.filter((entry) => entry.length === 1 && !names.has(entry)).length;
  if (single !== 256) throw reject("the vocabulary must hold all 256 bytes");
  return out;
}

function readMerges(value: unknown, known: ReadonlySet<string>, reject: RejectFactory): (readonly [string, string])[] {
  if (!Array.isArray(value) || value.length > VOCABULARY_LIMIT) throw reject("merges");
  return value.map((item: unknown) => {
    const pair: unknown = typeof item === "string" ? item.split(" ") : item;
    if (!Array.isArray(pair) || pair.length !== 2) throw reject("merge");
    const [left, right] = pair as readonly unknown[];
    if (typeof left !== "string" || typeof right !== "string") throw reject("merge");
    if (!known.has(left) || !known.has(right) || !known.has(left + right)) throw reject("merge outside the vocabulary");
    return [left, right] as const;
  });
}

/** Cuts that come before a `ByteLevel` step, which then cuts further or not, by what they amount to. */
function splitOf(cut: Readonly<Record<string, unknown>>, cutsFurther: boolean, reject: RejectFactory): Split | undefined {
  if (cut["type"] === "Digits") return cut["individual_digits"] === true && cutsFurther ? "digits" : undefined;
  if (cut["type"] !== "Split" || cut["behavior"] !== "Isolated" || cut["invert"] !== false || cutsFurther) return undefined;
  const pattern = readObject(cut["pattern"], reject)["Regex"];
  if (pattern === PINNED_PATTERN) return "pinned";
  return pattern === LLAMA3_PATTERN ? "llama3" : undefined;
}

function readSplit(value: unknown, reject: RejectFactory): Split {
  const step = readObject(value, reject);
  if (step["type"] === "ByteLevel" && step["add_prefix_space"] === false && step["use_regex"] !== false) return "gpt2";
  const steps: unknown = step["pretokenizers"];
  if (step["type"] !== "Sequence" || !Array.isArray(steps) || steps.length !== 2) throw reject("pre-tokenizer is not supported");
  const bytes = readObject(steps[1], reject);
  const isPlain = bytes["type"] === "ByteLevel" && bytes["add_prefix_space"] === false;
  const split = isPlain ? splitOf(readObject(steps[0], reject), bytes["use_regex"] !== false, reject) : undefined;
  if (split === undefined) throw reject("pre-tokenizer is not supported");
  return split;
}
