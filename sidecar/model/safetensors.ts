import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import type { RejectFactory } from "../../chain/primitives/index.js";
import { powerOfTwo } from "../ops/arithmetic.js";
import { parseJson, readObject } from "./json.js";

/**
 * The safetensors format, floats only (half ones are widened, which is exact): u64 little-endian header length, JSON header,
 * then the data without gaps.
 */

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Tensors = ReadonlyMap<string, Tensor>;

const HEADER_LIMIT = 1 << 20;
const TENSOR_LIMIT = 4096;
/** GPT-2's own file is 0.55 GB. */
const FILE_LIMIT = 1 << 30;

/** Bytes of a number. */
const KINDS: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/** A tensor as it stands in a file. */
export interface StoredTensor {
  readonly kind: string;
  readonly name: string;
  readonly shape: readonly number[];
  /** Within the file's data. */
  readonly begin: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

type Entry = Omit<StoredTensor, "bytes">;

/**
 * Strict: every byte of the data belongs to exactly one tensor, in order, and every number is finite.
 * @throws the caller's Reject.
 */
export function parseSafetensors(bytes: Uint8Array, reject: RejectFactory): Tensors {
  const stored = readStored(bytes, reject);
  return new Map(stored.map((t) => [t.name, { shape: t.shape, data: checkFinite(readFloats(t.bytes, t.kind), t.name, reject) }]));
}

/** The tensors of a file in the order of its data, not looked into. @throws the caller's Reject. */
export function readStored(bytes: Uint8Array, reject: RejectFactory): readonly StoredTensor[] {
  if (bytes.length < 8 || bytes.length > FILE_LIMIT) throw reject("safetensors size");
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(HEADER_LIMIT, bytes.length - 8))) throw reject("safetensors header length");
  const data = bytes.subarray(8 + Number(length));
  const header = readObject(parseJson(bytes.subarray(8, 8 + Number(length)), reject), reject);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, readObject(value, reject), reject))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  if (entries.length > TENSOR_LIMIT) throw reject("too many tensors");
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at || end > data.length) throw reject(`tensor ${name} leaves a gap or overlaps`);
    at = end;
  }
  if (at !== data.length) throw reject("bytes after the last tensor");
  return entries.map((entry) => ({ ...entry, bytes: data.subarray(entry.begin, entry.end) }));
}

function readEntry(name: string, fields: Readonly<Record<string, unknown>>, reject: RejectFactory): Entry {
  const { dtype, shape, data_offsets: offsets } = fields;
  const bytes = typeof dtype === "string" ? KINDS[dtype] : undefined;
  if (typeof dtype !== "string" || bytes === undefined) throw reject(`tensor ${name} is not F32, F16 or BF16`);
  if (!isSizes(shape) || shape.length > 4 || !isSizes(offsets) || offsets.length !== 2) throw reject(`tensor ${name} header`);
  const [begin, end] = offsets as readonly [number, number];
  const count = shape.reduce((product, n) => product * n, 1);
  if (end - begin !== bytes * count) throw reject(`tensor ${name} has the wrong size`);
  return { name, kind: dtype, shape, begin, end };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0 && n <= FILE_LIMIT);
}

function readFloats(bytes: Uint8Array, kind: string): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Float32Array(bytes.length / (KINDS[kind] as number));
  if (kind === "F32") for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(4 * i, true);
  if (kind === "F16") for (let i = 0; i < out.length; i++) out[i] = widenHalf(view.getUint16(2 * i, true));
  if (kind === "BF16") {
    const bits = new Uint32Array(out.buffer);
    for (let i = 0; i < out.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  }
  return out;
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return NaN;
  if (exponent === 0) return sign * fraction * powerOfTwo(-24);
  return sign * (1024 + fraction) * powerOfTwo(exponent - 25);
}

function checkFinite(values: Float32Array, name: string, reject: RejectFactory): Float32Array {
  if (!values.every(Number.isFinite)) throw reject(`tensor ${name} is not finite`);
  return values;
}

/** Tensors in the order given, as F32. */
export function encodeSafetensors(tensors: readonly (readonly [string, Tensor])[]): Uint8Array {
  return encodeStored(tensors.map(([name, { shape, data }]) => ({ name, kind: "F32", shape, bytes: floatBytes(data) })));
}

/** Tensors in the order given; the header is padded with spaces to a multiple of 8, as the reference writer does. */
export function encodeStored(tensors: readonly Omit<StoredTensor, "begin" | "end">[]): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let at = 0;
  for (const { name, kind, shape, bytes } of tensors) {
    header[name] = { dtype: kind, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const text = JSON.stringify(header);
  const bytes = utf8(text + " ".repeat((8 - (text.length % 8)) % 8));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(bytes.length), true);
  return concatBytes(prefix, bytes, ...tensors.map((t) => t.bytes));
}

/** Little-endian float32: the canonical bytes of weights wherever they are hashed. */
export function floatBytes(data: Float32Array): Uint8Array {
  const out = new Uint8Array(4 * data.length);
  const view = new DataView(out.buffer);
  for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i] as number, true);
  return out;
}
