/**
 * Keys of the index. One letter for the kind, then
 * `T hash(32)` -> where a transaction stands; `P height index` -> nothing (all places in order);
 * `E tag value height index event` and `B tag value height 0 event` -> nothing (attributes of transactions, of blocks);
 * `H height` -> nothing (indexed blocks); `L` -> last indexed height; `S` -> height below which the index was swept;
 * `W` -> how far the sweep in progress has come. Numbers are big-endian, tag and value carry their length.
 */
import { Buffer } from "node:buffer";
import { concatBytes, prefixEnd, u64be, utf8 } from "../../chain/primitives/index.js";
import type { KvRange } from "../storage/index.js";

/** Longer attributes cannot be searched by; they are prose or payloads, and would bloat every key. */
const MAX_INDEXED_BYTES = 1024;

const PLACE_BYTES = 16;
const kind = (letter: string): Uint8Array => utf8(letter);
const TX = kind("T");
const PLACES = kind("P");
const HEIGHTS = kind("H");
/** Holds the last indexed height as 8 bytes. */
export const LAST_KEY: Uint8Array = kind("L");
/** Holds the height below which nothing is left, as 8 bytes. */
export const SWEPT_KEY: Uint8Array = kind("S");
/** While the index is swept: 8 bytes of the height below which the sweep leaves nothing, then the key from which it goes on. */
export const SWEEP_KEY: Uint8Array = kind("W");

/** Whose attributes. */
export type Subject = "tx" | "block";

const ATTRIBUTES: Readonly<Record<Subject, Uint8Array>> = { tx: kind("E"), block: kind("B") };
const ALL: Readonly<Record<Subject, Uint8Array>> = { tx: PLACES, block: HEIGHTS };

/** An attribute occurred in the `event`-th event of the transaction at `height`, `index`. */
export interface Occurrence {
  readonly height: bigint;
  readonly index: number;
  readonly event: number;
}

function u32be(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function sized(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes);
}

export function txKey(hash: Uint8Array): Uint8Array {
  return concatBytes(TX, hash);
}

/** The entry that lists a transaction, or a block (index 0), among all. */
export function placeKey(subject: Subject, height: bigint, index: number): Uint8Array {
  return concatBytes(ALL[subject], u64be(height), u32be(index));
}

/** undefined when tag or value is too long to be indexed. */
export function attributeKey(subject: Subject, tag: string, value: string, at: Occurrence): Uint8Array | undefined {
  // A block of sends has a hundred thousand of these: they are written in place, and text is counted before it is encoded.
  const [name, content] = [Buffer.byteLength(tag), Buffer.byteLength(value)];
  if (name > MAX_INDEXED_BYTES || content > MAX_INDEXED_BYTES) return undefined;
  const key = Buffer.allocUnsafe(1 + 2 + name + 2 + content + PLACE_BYTES);
  key.set(ATTRIBUTES[subject], 0);
  let end = writeSized(key, 1, tag, name);
  end = writeSized(key, end, value, content);
  end = key.writeBigUInt64BE(at.height, end);
  end = key.writeUInt32BE(at.index, end);
  key.writeUInt32BE(at.event, end);
  return key;
}

/** Where the next field begins. @throws Reject on a lone surrogate, as utf8 does. */
function writeSized(key: Buffer, at: number, text: string, bytes: number): number {
  if (!text.isWellFormed()) utf8(text);
  key.writeUInt16BE(bytes, at);
  key.write(text, at + 2, bytes, "utf8");
  return at + 2 + bytes;
}

/** Heights from `low` to `high`, both included. */
export interface HeightRange {
  readonly low: bigint;
  readonly high: bigint;
}

function between(prefix: Uint8Array, { low, high }: HeightRange): KvRange {
  return { gte: concatBytes(prefix, u64be(low)), lt: concatBytes(prefix, u64be(high + 1n)) };
}

/** All transactions (or blocks) in the range, in order. */
export function placeRange(subject: Subject, heights: HeightRange): KvRange {
  return between(ALL[subject], heights);
}

/** One value of a tag, within the heights. */
export function valueRange(subject: Subject, tag: string, value: string, heights: HeightRange): KvRange {
  return between(concatBytes(ATTRIBUTES[subject], sized(utf8(tag)), sized(utf8(value))), heights);
}

/** Whether the key is a hash, whose height stands in its value. */
export function isTxKey(key: Uint8Array): boolean {
  return key[0] === TX[0];
}

/** The height in a key of an attribute, a transaction or a block; undefined for any other. */
export function heightOfKey(key: Uint8Array): bigint | undefined {
  const first = key[0];
  if (first === ATTRIBUTES.tx[0] || first === ATTRIBUTES.block[0]) return readOccurrence(key).height;
  return first === PLACES[0] || first === HEIGHTS[0] ? readPlace(key).height : undefined;
}

/** Every value of a tag; heights are not in order, so the caller filters. */
export function tagRange(subject: Subject, tag: string): KvRange {
  const prefix = concatBytes(ATTRIBUTES[subject], sized(utf8(tag)));
  const end = prefixEnd(prefix);
  return end === undefined ? { gte: prefix } : { gte: prefix, lt: end };
}

/** What the tail of an attribute key says. */
export function readOccurrence(key: Uint8Array): Occurrence {
  const view = new DataView(key.buffer, key.byteOffset + key.length - PLACE_BYTES, PLACE_BYTES);
  return { height: view.getBigUint64(0), index: view.getUint32(8), event: view.getUint32(12) };
}

export function readPlace(key: Uint8Array): Pick<Occurrence, "height" | "index"> {
  const view = new DataView(key.buffer, key.byteOffset + key.length - 12, 12);
  return { height: view.getBigUint64(0), index: view.getUint32(8) };
}

/** The value inside an attribute key of `tag`. */
export function readValue(key: Uint8Array, tag: string): string {
  const from = 1 + 2 + utf8(tag).length + 2;
  return Buffer.from(key.buffer, key.byteOffset + from, key.length - PLACE_BYTES - from).toString("utf8");
}
