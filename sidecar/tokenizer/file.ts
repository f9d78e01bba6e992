import type { RejectFactory } from "../../chain/primitives/index.js";
import { parseJson, readInteger, readObject } from "../model/json.js";
import { entryBytes } from "./byte-level.js";
import { LLAMA3_PATTERN, PINNED_PATTERN } from "./split.js";
import type { Split } from "./split.js";
import type { TokenizerModel } from "./tokenizer.js";

/** tokenizer.json in the Hugging Face layout, for byte-level BPE and nothing else. */

const VOCABULARY_LIMIT = 1 << 18;
/** Several ways to the same entry count each (Llama 3 has twice as many as entries). */
const MERGES_LIMIT = 1 << 20;
const SPECIAL_LIMIT = 1024;
/** A merged entry of a hostile file would otherwise double with each merge. */
const ENTRY_LIMIT = 1024;
const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };

/** How the file says where text is cut. */
function preTokenizer(split: Split): object {
  const bytes = { ...BYTE_LEVEL, use_regex: split === "gpt2" || split === "digits" };
  if (split === "gpt2") return bytes;
  const pattern = { Regex: split === "llama3" ? LLAMA3_PATTERN : PINNED_PATTERN };
  const cut = { type: "Split", pattern, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split === "digits" ? { type: "Digits", individual_digits: true } : cut, bytes] };
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
      ...(model.wholePieces && { ignore_merges: true }),
      vocab: Object.fromEntries(model.vocabulary.map((entry, id) => [entry, id])),
      merges: model.merges,
    },
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

/**
 * Merges may be written as pairs or, as older files do, as "left right". What a file puts around a text (`post_processor`) is
 * not read: the config says what begins and ends a document (ends.ts). `unk_token` never comes up, as all bytes are entries.
 * @throws the caller's Reject for any feature that would change the ids and is not read here.
 */
export function parseTokenizer(bytes: Uint8Array, reject: RejectFactory): TokenizerModel {
  const file = readObject(parseJson(bytes, reject), reject);
  if ((file["normalizer"] ?? null) !== null) throw reject("normalizers are not supported");
  const model = readObject(file["model"], reject);
  if ((model["type"] ?? "BPE") !== "BPE") throw reject("not a BPE tokenizer");
  for (const name of ["dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"]) {
    if (![undefined, null, false, ""].includes(model[name] as null)) throw reject(`BPE ${name} is not supported`);
  }
  const wholePieces = model["ignore_merges"] ?? false;
  if (typeof wholePieces !== "boolean") throw reject("BPE ignore_merges");
  const special = readSpecial(file["added_tokens"], reject);
  const vocabulary = readVocabulary(model["vocab"], special, reject);
  const names = special.map((s) => s.content);
  const mergeable = new Set(vocabulary);
  for (const name of names) mergeable.delete(name);
  const merges = readMerges(model["merges"], mergeable, reject);
  return { split: readSplit(file["pre_tokenizer"], reject), vocabulary, merges, wholePieces, special: names };
}

interface SpecialToken {
  readonly id: number;
  readonly content: string;
}

function readSpecial(value: unknown, reject: RejectFactory): readonly SpecialToken[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > SPECIAL_LIMIT) throw reject("added_tokens");
  return value.map((item) => {
    const { id, content, special } = readObject(item, reject);
    if (typeof content !== "string" || content.length === 0 || content.length > ENTRY_LIMIT) throw reject("added token");
    if (special !== true) throw reject("added tokens that are not special are not supported");
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
    if (entry.length > ENTRY_LIMIT) throw reject("vocabulary entry too long");
    if (out[id] !== undefined) throw reject(`token id ${id} is used twice`);
    if (!names.has(entry) && entryBytes(entry) === undefined) throw reject("vocabulary entry outside the byte alphabet");
    out[id] = entry;
  }
  const single = out.filter((entry) => entry.length === 1 && !names.has(entry)).length;
  if (single !== 256) throw reject("the vocabulary must hold all 256 bytes");
  return out;
}

function readMerges(value: unknown, known: ReadonlySet<string>, reject: RejectFactory): (readonly [string, string])[] {
  if (!Array.isArray(value) || value.length > MERGES_LIMIT) throw reject("merges");
  return value.map((item: unknown) => {
    const pair: unknown = typeof item === "string" ? item.split(" ") : item;
    if (!Array.isArray(pair) || pair.length !== 2) throw reject("merge");
    const [left, right] = pair as readonly unknown[];
    if (typeof left !== "string" || typeof right !== "string") throw reject("merge");
    if (!known.has(left) || !known.has(right) || !known.has(left + right)) throw reject("merge outside the vocabulary");
    return [left, right] as const;
  });
}

function readSplit(value: unknown, reject: RejectFactory): Split {
  const refused = (): Error => reject("pre-tokenizer is not supported");
  const step = readObject(value, reject);
  if (step["type"] === "ByteLevel") {
    if (!isByteLevel(step, true)) throw refused();
    return "gpt2";
  }
  const steps: unknown = step["pretokenizers"];
  if (step["type"] !== "Sequence" || !Array.isArray(steps) || steps.length !== 2) throw refused();
  const cut = readObject(steps[0], reject);
  const bytes = readObject(steps[1], reject);
  if (cut["type"] === "Digits" && cut["individual_digits"] === true && isByteLevel(bytes, true)) return "digits";
  const isIsolated = cut["type"] === "Split" && cut["behavior"] === "Isolated" && cut["invert"] === false;
  const pattern = isIsolated && isByteLevel(bytes, false) ? readObject(cut["pattern"], reject)["Regex"] : undefined;
  if (pattern === PINNED_PATTERN) return "pinned";
  if (pattern === LLAMA3_PATTERN) return "llama3";
  throw refused();
}

/** `splits`: whether it cuts the text as GPT-2 does, its default. */
function isByteLevel(step: Readonly<Record<string, unknown>>, splits: boolean): boolean {
  return step["type"] === "ByteLevel" && step["add_prefix_space"] === false && (step["use_regex"] !== false) === splits;
}
