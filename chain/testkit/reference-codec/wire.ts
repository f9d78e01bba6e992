import { EMPTY_BYTES, Fault, MAX_UINT64, parseUtf8, utf8 } from "../../primitives/index.js";
import { CodecError } from "../../codec/errors.js";
import { WIRE_BYTES, WIRE_FIXED32, WIRE_FIXED64, WIRE_VARINT } from "../../codec/wire.js";

/** Protobuf wire primitives one byte at a time: shortest varints only, exact lengths, no groups. */

export class Writer {
  readonly #out: number[] = [];

  /** 0 <= value < 2^64; negatives must be wrapped by the caller. */
  varint(value: bigint): void {
    if (value < 0n || value > MAX_UINT64) throw new Fault("integer does not fit 64 bits", { value });
    let v = value;
    for (; v > 127n; v >>= 7n) this.#out.push(Number(v & 127n) | 128);
    this.#out.push(Number(v));
  }

  /** Little-endian, in two's complement. */
  fixed(value: bigint, width: number): void {
    for (let i = 0; i < width; i++) this.#out.push(Number(BigInt.asUintN(8, value >> BigInt(8 * i))));
  }

  bytes(bytes: Uint8Array): void {
    this.varint(BigInt(bytes.length));
    for (const byte of bytes) this.#out.push(byte);
  }

  string(text: string): void {
    this.bytes(utf8(text));
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#out);
  }
}

/** Reads one message's worth of bytes. Every method throws Reject sdk/2 rather than reading past the end. */
export class Reader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get done(): boolean {
    return this.#at >= this.#data.length;
  }

  /** A varint of at most 64 bits in its shortest form. */
  varint(): bigint {
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      const byte = this.#data[this.#at++];
      if (byte === undefined) throw CodecError.TxDecode("unexpected end of bytes");
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte > 127) continue;
      const isShortest = byte > 0 || i === 0;
      if (i < 7 && !isShortest) throw CodecError.TxDecode("varint is not in its shortest form");
      if (!isShortest || value > MAX_UINT64) throw CodecError.TxDecode("varint is too long or not in its shortest form");
      return value;
    }
    throw CodecError.TxDecode("varint is longer than 10 bytes");
  }

  /** An unsigned varint below 2^32. */
  varint32(): number {
    const value = this.varint();
    if (value > 0xffffffffn) throw CodecError.TxDecode("integer does not fit 32 bits");
    return Number(value);
  }

  /** Little-endian, without a sign. */
  fixed(width: number): bigint {
    return [...this.take(width)].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#data.length) throw CodecError.TxDecode("length runs past the end");
    this.#at += length;
    return this.#data.slice(this.#at - length, this.#at);
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
    if (wire === WIRE_VARINT) this.varint();
    else if (wire === WIRE_FIXED64) this.take(8);
    else if (wire === WIRE_BYTES) this.bytes();
    else if (wire === WIRE_FIXED32) this.take(4);
    else throw CodecError.TxDecode(`wire type ${wire} is not supported`);
  }
}
