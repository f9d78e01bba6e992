import { EMPTY_BYTES, Fault, MAX_UINT64, parseUtf8, utf8 } from "../../primitives/index.js";
import { CodecError } from "../../codec/errors.js";

/** Protobuf wire primitives. The reader is strict: shortest varints only, exact lengths, no groups. */

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_FIXED32 = 5;

/** Above this many nested messages a decoder refuses, so that depth never depends on the machine's stack. */
export const MAX_DEPTH = 64;

/** Grows by doubling; one per encode call. */
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

  string(text: string): void {
    this.bytes(utf8(text));
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

/** Reads one message's worth of bytes. Every method throws Reject sdk/2 rather than reading past the end. */
export class Reader {
  private readonly data: Uint8Array;
  private at = 0;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  get done(): boolean {
    return this.at >= this.data.length;
  }

  /** A varint of at most 64 bits in its shortest form. */
  varint64(): bigint {
    let low = 0;
    for (let i = 0; i < 7; i++) {
      const byte = this.byte();
      low += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) {
        if (byte === 0 && i > 0) throw CodecError.TxDecode("varint is not in its shortest form");
        return BigInt(low);
      }
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
    const value = this.varint64();
    if (value > 0xffffffffn) throw CodecError.TxDecode("integer does not fit 32 bits");
    return Number(value);
  }

  private byte(): number {
    const byte = this.data[this.at++];
    if (byte === undefined) throw CodecError.TxDecode("unexpected end of bytes");
    return byte;
  }

  fixed32(): number {
    return new DataView(this.take(4).buffer).getUint32(0, true);
  }

  fixed64(): bigint {
    return new DataView(this.take(8).buffer).getBigUint64(0, true);
  }

  /** A copy: decoded messages never alias the caller's buffer. */
  take(length: number): Uint8Array {
    if (this.at + length > this.data.length) throw CodecError.TxDecode("length runs past the end");
    const out = this.data.slice(this.at, this.at + length);
    this.at += length;
    return out;
  }

  bytes(): Uint8Array {
    const length = this.varint32();
    return length === 0 ? EMPTY_BYTES : this.take(length);
  }

  string(): string {
    return parseUtf8(this.bytes());
  }

  /** Skips one field's value of an unknown number. */
  skip(wire: number): void {
    if (wire === WIRE_VARINT) this.varint64();
    else if (wire === WIRE_FIXED64) this.take(8);
    else if (wire === WIRE_BYTES) this.bytes();
    else if (wire === WIRE_FIXED32) this.take(4);
    else throw CodecError.TxDecode(`wire type ${wire} is not supported`);
  }
}
