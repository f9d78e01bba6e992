import { TextDecoder } from "node:util";
import type { RejectFactory } from "../../chain/primitives/index.js";

/** How the bytes of a prompt become numbers. */
export type FeatureRule = TextRule | NumericRule;

/**
 * Counts of grams in buckets. Units are words (runs of ASCII letters, digits and bytes from 0x80 on; A-Z as a-z) or single bytes
 * as they are. A gram is 1 to `longest` neighbouring units, words joined by a space; its bucket is FNV-1a (32 bits) of its
 * bytes modulo `buckets`. Counts are whole numbers, divided at the end by the root of the sum of their squares.
 */
export interface TextRule {
  readonly kind: "text";
  readonly unit: "word" | "byte";
  readonly longest: number;
  readonly buckets: number;
}

/** `size` decimal numbers between commas, in brackets (a JSON array) or without; none beyond `limit` either way. */
export interface NumericRule {
  readonly kind: "numeric";
  readonly size: number;
  readonly limit: number;
}

export function featureCount(rule: FeatureRule): number {
  return rule.kind === "text" ? rule.buckets : rule.size;
}

/**
 * The features of a prompt's UTF-8 bytes: sums of whole numbers, one root and one division each, so the same bits everywhere.
 * @throws the caller's Reject for numbers that are not as the rule says; any text has features.
 */
export function featuresOf(rule: FeatureRule, prompt: Uint8Array, reject: RejectFactory): Float32Array {
  return rule.kind === "text" ? textFeatures(rule, prompt) : numericFeatures(rule, prompt, reject);
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SPACE = 0x20;

function textFeatures({ unit, longest, buckets }: TextRule, prompt: Uint8Array): Float32Array {
  const units = unit === "word" ? wordsOf(prompt) : Array.from(prompt, (byte) => [byte]);
  const counts = new Float64Array(buckets);
  units.forEach((_, first) => {
    let hash = FNV_BASIS;
    for (let n = 0; n < longest && first + n < units.length; n++) {
      if (n > 0 && unit === "word") hash = fnv(hash, SPACE);
      for (const byte of units[first + n] ?? []) hash = fnv(hash, byte);
      const bucket = (hash >>> 0) % buckets;
      counts[bucket] = (counts[bucket] as number) + 1;
    }
  });
  const squares = counts.reduce((sum, n) => sum + n * n, 0);
  const length = squares === 0 ? 1 : Math.sqrt(squares);
  return Float32Array.from(counts, (n) => n / length);
}

function fnv(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME);
}

function wordsOf(text: Uint8Array): number[][] {
  const words: number[][] = [];
  let word: number[] = [];
  for (const byte of text) {
    const isCapital = byte >= 0x41 && byte <= 0x5a;
    const isWordByte = isCapital || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte >= 0x80;
    if (isWordByte) word.push(isCapital ? byte + 0x20 : byte);
    else if (word.length > 0) {
      words.push(word);
      word = [];
    }
  }
  return word.length > 0 ? [...words, word] : words;
}

const NUMBER = /^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?$/;

function numericFeatures({ size, limit }: NumericRule, prompt: Uint8Array, reject: RejectFactory): Float32Array {
  const text = new TextDecoder().decode(prompt).trim();
  const isArray = text.startsWith("[") && text.endsWith("]");
  const parts = (isArray ? text.slice(1, -1) : text).split(",", size + 1).map((part) => part.trim());
  if (parts.length !== size) throw reject(`${size} numbers are wanted`);
  return Float32Array.from(parts, (part, i) => {
    const value = NUMBER.test(part) ? Number(part) : Number.NaN;
    if (!(Math.abs(value) <= limit)) throw reject(`number ${i + 1} must be a decimal from -${limit} to ${limit}`);
    return value;
  });
}
