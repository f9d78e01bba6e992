import {
  EMPTY_BYTES,
  Reject,
  concatBytes,
  parseU64be,
  parseUtf8,
  toAddress,
  toHash32,
  toHeight,
  u64be,
  utf8,
} from "../primitives/index.js";
import type { Address, Hash32, Height, TimeNs } from "../primitives/index.js";
import { decodeTime, encodeTime } from "./time-bytes.js";

/**
 * How a key becomes bytes. Every encoding keeps the order of the keys and is prefix-free (fixed width, terminated, or
 * length first), so keys can be strung together in tuples.
 *
 * `P` is the type of a proper prefix: the leading parts of a tuple, `readonly []` for a single key.
 */
export interface KeyCodec<K, P = readonly []> {
  /** @throws Reject sdk/18 for a key outside the codec's range: keys often come from a message or a query. */
  encode(key: K): Uint8Array;
  /** Reads one key at `from` and says where it ends. @throws Reject sdk/18 on anything `encode` does not produce. */
  read(bytes: Uint8Array, from: number): readonly [key: K, end: number];
  encodePrefix(prefix: P): Uint8Array;
}

function badKey(what: string): Reject {
  return new Reject("sdk", 18, `${what}: invalid request`);
}

function slice(bytes: Uint8Array, from: number, length: number): Uint8Array {
  if (from + length > bytes.length) throw badKey("key is too short");
  return bytes.slice(from, from + length);
}

function fixed<K>(
  width: number,
  encode: (key: K) => Uint8Array,
  parse: (bytes: Uint8Array) => K,
): KeyCodec<K> {
  return {
    encode(key) {
      const bytes = encode(key);
      if (bytes.length !== width) throw badKey(`key takes ${width} bytes, got ${bytes.length}`);
      return bytes;
    },
    read: (bytes, from) => [parse(slice(bytes, from, width)), from + width],
    encodePrefix: () => EMPTY_BYTES,
  };
}

function number(width: number): KeyCodec<number> {
  return fixed<number>(
    width,
    (key) => {
      if (!Number.isInteger(key) || key < 0 || key >= 2 ** (8 * width))
        throw badKey(`not a ${8 * width}-bit number`);
      return u64be(BigInt(key)).slice(8 - width);
    },
    (bytes) => Number(parseU64be(concatBytes(new Uint8Array(8 - width), bytes))),
  );
}

/** One byte: enumerations, kinds, phases. */
export const u8Key: KeyCodec<number> = number(1);

/** Four bytes, big-endian: indices, rows. */
export const u32Key: KeyCodec<number> = number(4);

/** Eight bytes, big-endian: ids and counters. */
export const u64Key: KeyCodec<bigint> = fixed(8, u64be, parseU64be);

/** A block height, eight bytes big-endian. */
export const heightKey: KeyCodec<Height> = fixed<Height>(8, u64be, (bytes) => toHeight(parseU64be(bytes)));

/** Twelve bytes: seconds with the sign bit turned over, then nanoseconds. Times before 1970, Go's zero too, sort first. */
export const timeKey: KeyCodec<TimeNs> = fixed<TimeNs>(12, encodeTime, decodeTime);

/** A 20-byte address. */
export const addressKey: KeyCodec<Address> = fixed<Address>(20, (address) => address, toAddress);

/** A SHA-256 digest: content ids, transaction hashes. */
export const hashKey: KeyCodec<Hash32> = fixed<Hash32>(32, (hash) => hash, toHash32);

/** True sorts after false. */
export const boolKey: KeyCodec<boolean> = fixed<boolean>(
  1,
  (flag) => Uint8Array.of(flag ? 1 : 0),
  (bytes) => {
    if ((bytes[0] as number) > 1) throw badKey("not a boolean");
    return bytes[0] === 1;
  },
);

/** UTF-8 ended by a zero byte: texts sort as their bytes do. A text with U+0000 is rejected. */
export const textKey: KeyCodec<string> = {
  encode(text) {
    const bytes = utf8(text);
    if (bytes.includes(0)) throw badKey("text key contains a zero byte");
    return concatBytes(bytes, Uint8Array.of(0));
  },
  read(bytes, from) {
    const end = bytes.indexOf(0, from);
    if (end < 0) throw badKey("text key is not terminated");
    return [parseUtf8(bytes.subarray(from, end)), end + 1];
  },
  encodePrefix: () => EMPTY_BYTES,
};

/** Up to 255 bytes behind a length byte: shorter keys sort first. */
export const bytesKey: KeyCodec<Uint8Array> = {
  encode(key) {
    if (key.length > 255) throw badKey("bytes key longer than 255");
    return concatBytes(Uint8Array.of(key.length), key);
  },
  read(bytes, from) {
    const length = slice(bytes, from, 1)[0] as number;
    return [slice(bytes, from + 1, length), from + 1 + length];
  },
  encodePrefix: () => EMPTY_BYTES,
};

/** Two keys, ordered by the first, then the second. Its prefix is `[first]`. */
export function pair<A, B>(
  first: KeyCodec<A, never>,
  second: KeyCodec<B, never>,
): KeyCodec<readonly [A, B], readonly [A]> {
  return {
    encode: ([a, b]) => concatBytes(first.encode(a), second.encode(b)),
    read(bytes, from) {
      const [a, middle] = first.read(bytes, from);
      const [b, end] = second.read(bytes, middle);
      return [[a, b], end];
    },
    encodePrefix: ([a]) => first.encode(a),
  };
}

/** Three keys in order. Its prefix is `[first]` or `[first, second]`. */
export function triple<A, B, C>(
  first: KeyCodec<A, never>,
  second: KeyCodec<B, never>,
  third: KeyCodec<C, never>,
): KeyCodec<readonly [A, B, C], readonly [A] | readonly [A, B]> {
  const head = pair(first, second);
  return {
    encode: ([a, b, c]) => concatBytes(first.encode(a), second.encode(b), third.encode(c)),
    read(bytes, from) {
      const [[a, b], middle] = head.read(bytes, from);
      const [c, end] = third.read(bytes, middle);
      return [[a, b, c], end];
    },
    encodePrefix: (prefix) => (prefix.length === 1 ? first.encode(prefix[0]) : head.encode(prefix)),
  };
}

/** Reads a whole byte string as one key. @throws Reject sdk/18 when bytes are left over. */
export function parseKey<K>(codec: KeyCodec<K, never>, bytes: Uint8Array): K {
  const [key, end] = codec.read(bytes, 0);
  if (end !== bytes.length) throw badKey("key has trailing bytes");
  return key;
}
