/** Ways to spoil bytes and texts that know something of their form. Each mutation is data, so that fast-check can shrink a list of them. */
import * as fc from "fast-check";
import { WIRE_BYTES } from "../../chain/codec/wire.js";
import { encodeUvarint } from "../../chain/codec/index.js";
import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import { writeTree } from "../../chain/testkit/wire-tree.js";
import type { WireField, WireMessage } from "../../chain/testkit/wire-tree.js";
import { guessTree, varint } from "./guess-tree.js";

const BINARY = ["flip", "cut", "insert", "lie", "repeat"] as const;
const FIELDS = ["drop", "double", "swap", "renumber", "rewire", "extreme", "grow", "nest", "blank", "splice"] as const;

export interface Mutation {
  readonly kind: (typeof BINARY)[number] | (typeof FIELDS)[number];
  /** Where: taken modulo whatever there is. */
  readonly at: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** One to four of them. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...BINARY, ...FIELDS, ...FIELDS),
    at: fc.nat(1_000_000),
    value: fc.nat(1_000_000),
    bytes: fc.uint8Array({ maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 4 },
);

const EXTREMES = [0n, 1n, 127n, 128n, (1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n];
/** Eleven bytes, and one with a surplus zero: neither is a varint. */
const BAD_VARINTS = [new Uint8Array(11).fill(0xff), new Uint8Array([0x80, 0x00]), new Uint8Array([0xff])];
const MAX_GROWN = 65_536;
const MAX_NESTED = 400;

function spoilBytes(bytes: Uint8Array, { kind, at, value, bytes: extra }: Mutation): Uint8Array {
  const place = at % (bytes.length + 1);
  switch (kind) {
    case "cut":
      return bytes.slice(0, place);
    case "insert":
      return concatBytes(bytes.subarray(0, place), extra, bytes.subarray(place));
    case "lie":
      return concatBytes(bytes.subarray(0, place), encodeUvarint((value % 31) * 8 + 2), encodeUvarint(2 ** (value % 31)), extra);
    case "repeat":
      return bytes.length * 64 > MAX_GROWN ? concatBytes(bytes, bytes) : concatBytes(...Array.from({ length: 64 }, () => bytes));
    default: {
      const flipped = Uint8Array.from(bytes);
      if (bytes.length > 0) flipped[at % bytes.length] = (flipped[at % bytes.length] ?? 0) ^ (1 + (value % 255));
      return flipped;
    }
  }
}

function raw({ content }: WireField): Uint8Array {
  return content instanceof Uint8Array ? content : writeTree(content);
}

/** Doors have limits of size of their own, with tests of their own: what is fuzzed stays below them, however it is grown again and again. */
function timesWithin(content: Uint8Array, times: number): number {
  return Math.max(1, Math.min(times, Math.floor(MAX_GROWN / Math.max(1, content.length))));
}

function grown(content: Uint8Array, times: number): Uint8Array {
  return concatBytes(...Array.from({ length: timesWithin(content, times) }, () => content));
}

function extreme(at: number, value: number): Uint8Array {
  const isBad = value % 4 === 0;
  return isBad ? (BAD_VARINTS[at % BAD_VARINTS.length] ?? new Uint8Array(0)) : varint(EXTREMES[value % EXTREMES.length] ?? 0n);
}

/** The field inside itself, again and again. */
function nested(field: WireField, depth: number): WireField {
  let inner: WireField = { no: field.no, wire: WIRE_BYTES, content: new Uint8Array(0) };
  for (let i = 0; i < depth; i++) inner = { no: field.no, wire: WIRE_BYTES, content: [inner] };
  return inner;
}

function spoilField(message: WireMessage, i: number, mutation: Mutation): WireMessage {
  const field = message[i];
  if (field === undefined) return [{ no: 1 + (mutation.value % 40), wire: WIRE_BYTES, content: mutation.bytes }];
  const { kind, at, value, bytes } = mutation;
  switch (kind) {
    case "drop":
      return message.toSpliced(i, 1);
    case "double":
      return message.toSpliced(at % (message.length + 1), 0, field);
    case "swap":
      return message.toSpliced(i, 1).toSpliced(value % message.length, 0, field);
    case "renumber":
      return message.with(i, { ...field, no: value % 5 === 0 ? 536_870_911 : value % 40 });
    case "rewire":
      return message.with(i, { ...field, wire: value % 8, content: raw(field) });
    case "extreme":
      return message.with(i, { ...field, wire: 0, content: extreme(at, value) });
    case "grow":
      return value % 2 === 0 ? [...message, ...Array.from({ length: timesWithin(raw(field), value % 2_000) }, () => field)].slice(0, 4_000) : message.with(i, { ...field, wire: WIRE_BYTES, content: grown(raw(field), value) });
    case "nest":
      return message.with(i, nested(field, value % MAX_NESTED));
    case "blank":
      return message.with(i, { ...field, wire: WIRE_BYTES, content: new Uint8Array(0) });
    default:
      return message.with(i, { ...field, content: bytes });
  }
}

/** How many messages the tree has, itself included. */
function countMessages(message: WireMessage): number {
  return message.reduce((sum, { content }) => sum + (content instanceof Uint8Array ? 0 : countMessages(content)), 1);
}

/** Changes the n-th message of the tree, in order of depth first. */
function changeMessage(message: WireMessage, n: number, change: (m: WireMessage) => WireMessage): WireMessage {
  if (n === 0) return change(message);
  let left = n - 1;
  for (const [i, field] of message.entries()) {
    const { content } = field;
    if (content instanceof Uint8Array) continue;
    const size = countMessages(content);
    if (left < size) return message.with(i, { ...field, content: changeMessage(content, left, change) });
    left -= size;
  }
  return message;
}

function isOfBytes({ kind }: Mutation): boolean {
  return (BINARY as readonly string[]).includes(kind);
}

/** Bytes that were a protobuf message, or something else, with each mutation done in turn. */
export function mutateBytes(bytes: Uint8Array, list: readonly Mutation[]): Uint8Array {
  return list.reduce((before, mutation) => {
    const tree = isOfBytes(mutation) ? undefined : guessTree(before);
    if (tree === undefined) return spoilBytes(before, mutation);
    const n = mutation.at % countMessages(tree);
    return writeTree(changeMessage(tree, n, (m) => spoilField(m, mutation.value % Math.max(1, m.length), mutation)));
  }, bytes);
}

/** What parsers of texts stumble over. */
const WORDS = [
  ...["", " ", "\u0000", "-", "+", "-0", "0x10", "1e400", "1e-400", "NaN", "Infinity", "9".repeat(400), "0".repeat(200), "18446744073709551616"],
  ...["null", "true", "[]", "{}", "[".repeat(5_000), "{\"a\":".repeat(5_000), "\"", "\\", "\\u0000", "\\ud800", "\ud800", "💥", "\u{10ffff}"],
  ...["__proto__", "constructor", "toString", "../..", "%00", "\r\n", "'", "''", "=", "AND", "EXISTS", "CONTAINS", "TIME", "DATE", "openvaloper1", "/"],
  ...["a".repeat(70_000), "1970-01-01T00:00:00Z", "9999-12-31T23:59:60.999999999Z", "315576000001s", ".", ",", "uopen", "#", "[[a]]", "\t"],
];

function mutateText(text: string, list: readonly Mutation[]): string {
  return list.reduce((before, { kind, at, value, bytes }) => {
    const place = at % (before.length + 1);
    const until = place + (value % 20);
    const word = WORDS[value % WORDS.length] ?? "";
    if (kind === "cut") return before.slice(0, place);
    if (kind === "drop") return before.slice(0, place) + before.slice(until);
    if (kind === "double" || kind === "repeat") return before.slice(0, until) + before.slice(place);
    if (kind === "flip") return before.slice(0, place) + String.fromCharCode(value % 0x300) + before.slice(place + 1);
    if (kind === "insert") return before.slice(0, place) + Buffer.from(bytes).toString() + before.slice(place);
    return before.slice(0, place) + word + before.slice(kind === "grow" ? place : until);
  }, text);
}

/** As bytes; lone halves of surrogates become what TextEncoder makes of them. */
export function mutateTextBytes(bytes: Uint8Array, list: readonly Mutation[]): Uint8Array {
  return utf8(mutateText(Buffer.from(bytes).toString(), list).toWellFormed());
}
