import {
  Fault,
  MAX_UINT64,
  parseU64be,
  parseUtf8,
  toAddress,
  toHeight,
  toUopen,
  u64be,
  utf8,
} from "../primitives/index.js";
import type { Address, Height, TimeNs, Uopen } from "../primitives/index.js";
import { decodeTime, encodeTime } from "./time-bytes.js";

/** How a value becomes bytes. `decode` throws on anything `encode` does not produce; the collection makes that a Fault. */
export interface ValueCodec<V> {
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

/** What a generated protobuf codec offers. */
export interface MessageCodec<M> {
  encode(message: M): Uint8Array;
  decode(bytes: Uint8Array): M;
}

function exact(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length)
    throw new Fault("stored value has a wrong length", { want: length, got: bytes.length });
  return bytes;
}

/** Eight bytes, big-endian. @throws Reject sdk/18 outside [0, 2^64). */
export const u64Value: ValueCodec<bigint> = { encode: u64be, decode: parseU64be };

/** A block height, eight bytes big-endian. */
export const heightValue: ValueCodec<Height> = {
  encode: u64be,
  decode: (bytes) => toHeight(parseU64be(bytes)),
};

/** A time, twelve bytes; Go's zero time fits. */
export const timeValue: ValueCodec<TimeNs> = {
  encode: encodeTime,
  decode: (bytes) => decodeTime(exact(bytes, 12)),
};

/** A safe non-negative integer below 2^32: counts, indices. */
export const u32Value: ValueCodec<number> = {
  encode(value) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new Fault("not a u32", { value });
    return u64be(BigInt(value)).slice(4);
  },
  decode: (bytes) => new DataView(exact(bytes, 4).buffer, bytes.byteOffset, 4).getUint32(0),
};

/** An amount: sixteen bytes, big-endian. */
export const uopenValue: ValueCodec<Uopen> = {
  encode(amount) {
    const out = new Uint8Array(16);
    const view = new DataView(out.buffer);
    if (amount > MAX_UINT64) view.setBigUint64(0, amount >> 64n);
    view.setBigUint64(8, BigInt.asUintN(64, amount));
    return out;
  },
  decode(bytes) {
    const view = new DataView(exact(bytes, 16).buffer, bytes.byteOffset, 16);
    const low = view.getBigUint64(8);
    const high = view.getBigUint64(0);
    return toUopen(high === 0n ? low : (high << 64n) | low);
  },
};

/** UTF-8 as it is. The empty text is an empty value, which ICS23 cannot prove. */
export const textValue: ValueCodec<string> = { encode: utf8, decode: parseUtf8 };

/** Bytes as they are. */
export const bytesValue: ValueCodec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes };

/** A 20-byte address. */
export const addressValue: ValueCodec<Address> = { encode: (address) => address, decode: toAddress };

/** One byte, 0 or 1. */
export const boolValue: ValueCodec<boolean> = {
  encode: (flag) => Uint8Array.of(flag ? 1 : 0),
  decode(bytes) {
    const byte = exact(bytes, 1)[0] as number;
    if (byte > 1) throw new Fault("stored boolean is neither 0 nor 1", { byte });
    return byte === 1;
  },
};

/** A message of a generated codec, as its own deterministic bytes, so that clients can read raw state. */
export function protoValue<M>(codec: MessageCodec<M>): ValueCodec<M> {
  return { encode: (message) => codec.encode(message), decode: (bytes) => codec.decode(bytes) };
}

/**
 * The same, with what bytes decoded to noted on the bytes: for values that nearly every transaction reads. A value it gives is shared,
 * so nobody may change one, and it is the outcome of a decode, so no two nodes can have it differ. `encoded`: what the bytes of a value
 * would decode to, where that is known without decoding them. (A WeakMap does the same; with one, checking and executing a send took some
 * 5 % more CPU, and the garbage collector has its table to keep.)
 */
export function rememberedValue<V extends object>(codec: ValueCodec<V>, encoded: (value: V) => V | undefined = () => undefined): ValueCodec<V> {
  const note = Symbol("decoded");
  type Noted = Uint8Array & { [note]?: V };
  return {
    encode(value) {
      const bytes: Noted = codec.encode(value);
      const same = encoded(value);
      if (same !== undefined) bytes[note] = same;
      return bytes;
    },
    decode(bytes: Noted) {
      const known = bytes[note];
      if (known !== undefined) return known;
      const value = codec.decode(bytes);
      bytes[note] = value;
      return value;
    },
  };
}
