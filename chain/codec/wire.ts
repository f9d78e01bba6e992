import { EMPTY_BYTES, Fault, MAX_UINT64, parseUtf8, utf8 } from "../primitives/index.js";
import { CodecError } from "./errors.js";

/** Protobuf wire primitives. The reader is strict: shortest varints only, exact lengths, no groups. */

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_FIXED32 = 5;

/** Above this many nested messages a decoder refuses, so that depth never depends on the machine's stack. */
export const MAX_DEPTH = 64;

/** A writer that is used again gives a larger buffer back. */
const MAX_KEPT_BUFFER = 1 << 16;

/** Grows by doubling. Nested messages are written in place: a byte is left for their length, and made more where it takes more. */
export class Writer {
  private buffer = new Uint8Array(128);
  private length = 0;

  private reserve(extra: number): void {
    if (this.length + extra <= this.buffer.length) return;
    const next = new Uint8Array(Math.max(this.buffer.length * 2, this.length + extra));
    next.set(this.buffer.subarray(0, this.length));
    this.buffer = next;
  }

  /** 0 <= value < 2^32. */
  varint32(value: number): void {
    this.reserve(5);
    let v = value >>> 0;
    while (v > 127) {
      this.buffer[this.length++] = (v & 127) | 128;
      v >>>= 7;
    }
    this.buffer[this.length++] = v;
  }

  /** 0 <= value < 2^64; negatives must be wrapped by the caller. */
  varint64(value: bigint): void {
    if (value < 0n || value > MAX_UINT64) throw new Fault("integer does not fit 64 bits", { value });
    if (value < 0x80000000n) return this.varint32(Number(value));
    this.reserve(10);
    let v = value;
    while (v > 127n) {
      this.buffer[this.length++] = Number(v & 127n) | 128;
      v >>= 7n;
    }
    this.buffer[this.length++] = Number(v);
  }

  fixed32(value: number): void {
    this.reserve(4);
    new DataView(this.buffer.buffer).setUint32(this.length, value >>> 0, true);
    this.length += 4;
  }

  fixed64(value: bigint): void {
    this.reserve(8);
    new DataView(this.buffer.buffer).setBigUint64(this.length, BigInt.asUintN(64, value), true);
    this.length += 8;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  bytes(bytes: Uint8Array): void {
    this.varint32(bytes.length);
    this.raw(bytes);
  }

  /** Names, denoms, digits and addresses are short and ASCII, and need no encoder. */
  string(text: string): void {
    const { length } = text;
    if (length > 127) return this.bytes(utf8(text));
    this.reserve(length + 1);
    const from = this.length + 1;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return this.bytes(utf8(text));
      this.buffer[from + i] = unit;
    }
    this.buffer[from - 1] = length;
    this.length = from + length;
  }

  /** Begins something behind its length; give what this returns to `close`. */
  open(): number {
    this.reserve(1);
    return ++this.length;
  }

  close(from: number): void {
    const size = this.length - from;
    if (size < 128) {
      this.buffer[from - 1] = size;
      return;
    }
    let extra = 0;
    for (let rest = size >>> 7; rest > 0; rest >>>= 7) extra++;
    this.reserve(extra);
    this.buffer.copyWithin(from + extra, from, this.length);
    const end = this.length + extra;
    this.length = from - 1;
    this.varint32(size);
    this.length = end;
  }

  /** Where the next byte goes. */
  get at(): number {
    return this.length;
  }

  /** What was written from here on, copied. */
  since(from: number): Uint8Array {
    return this.buffer.slice(from, this.length);
  }

  /** Forgets what was written from here on; a buffer that a huge message made is not kept. */
  rewind(at: number): void {
    this.length = at;
    if (at === 0 && this.buffer.length > MAX_KEPT_BUFFER) this.buffer = new Uint8Array(128);
  }

  finish(): Uint8Array {
    return this.since(0);
  }
}

/** Reads one message's worth of bytes. Every method throws Reject sdk/2 rather than reading past the end. */
export class Reader {
  private readonly data: Uint8Array;
  private at = 0;
  private end: number;

  constructor(data: Uint8Array) {
    this.data = data;
    this.end = data.length;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** Confines the reader to the bytes behind a length; give what this returns to `leave`, once they are read. */
  enter(): number {
    const length = this.varint32();
    if (this.at + length > this.end) throw CodecError.TxDecode("length runs past the end");
    const outer = this.end;
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    this.end = outer;
  }

  /** A varint of one byte, or -1 where there is a longer one, or none. */
  small(): number {
    if (this.at >= this.end) return -1;
    const byte = this.data[this.at] as number;
    if (byte > 127) return -1;
    this.at++;
    return byte;
  }

  /** A varint of at most 64 bits in its shortest form. */
  varint64(): bigint {
    let low = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.byte();
      low += (byte & 127) * scale;
      if (byte < 128) {
        if (byte === 0 && i > 0) throw CodecError.TxDecode("varint is not in its shortest form");
        return BigInt(low);
      }
      scale *= 128;
    }
    let value = BigInt(low);
    for (let i = 7; i < 10; i++) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) {
        if (byte === 0 || value > MAX_UINT64) throw CodecError.TxDecode("varint is too long or not in its shortest form");
        return value;
      }
    }
    throw CodecError.TxDecode("varint is longer than 10 bytes");
  }

  /** An unsigned varint below 2^32. */
  varint32(): number {
    const small = this.small();
    if (small >= 0) return small;
    const second = this.at + 1 < this.end ? (this.data[this.at + 1] as number) : 0;
    if (second > 0 && second < 128) {
      const value = ((this.data[this.at] as number) & 127) | (second << 7);
      this.at += 2;
      return value;
    }
    const value = this.varint64();
    if (value > 0xffffffffn) throw CodecError.TxDecode("integer does not fit 32 bits");
    return Number(value);
  }

  private byte(): number {
    if (this.at >= this.end) throw CodecError.TxDecode("unexpected end of bytes");
    return this.data[this.at++] as number;
  }

  fixed32(): number {
    return this.view(4).getUint32(0, true);
  }

  fixed64(): bigint {
    return this.view(8).getBigUint64(0, true);
  }

  private view(length: number): DataView {
    const from = this.skipTo(length);
    return new DataView(this.data.buffer, this.data.byteOffset + from, length);
  }

  /** A copy: decoded messages never alias the caller's buffer. */
  take(length: number): Uint8Array {
    const from = this.skipTo(length);
    return this.data.slice(from, this.at);
  }

  private skipTo(length: number): number {
    const from = this.at;
    if (from + length > this.end) throw CodecError.TxDecode("length runs past the end");
    this.at = from + length;
    return from;
  }

  bytes(): Uint8Array {
    const length = this.varint32();
    return length === 0 ? EMPTY_BYTES : this.take(length);
  }

  string(): string {
    const length = this.varint32();
    if (length === 0) return "";
    const from = this.skipTo(length);
    return parseUtf8(this.data.subarray(from, this.at));
  }

  /** Skips one field's value of an unknown number. */
  skip(wire: number): void {
    if (wire === WIRE_VARINT) this.varint64();
    else if (wire === WIRE_FIXED64) this.skipTo(8);
    else if (wire === WIRE_BYTES) this.skipTo(this.varint32());
    else if (wire === WIRE_FIXED32) this.skipTo(4);
    else throw CodecError.TxDecode(`wire type ${wire} is not supported`);
  }
}
