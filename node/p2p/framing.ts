/** Messages on a stream: an unsigned varint length (libp2p's convention), then that many bytes. */
import { EdgeFailure } from "../errors.js";
import { GrowingBytes } from "../growing-bytes.js";

/** Varints of at most four bytes: lengths below 256 MiB, far above any bound we set. */
const MAX_PREFIX_BYTES = 4;

/** Prefix and message in one array, so that one write carries both. */
export function encodeFrame(message: Uint8Array): Uint8Array {
  const prefix: number[] = [];
  let rest = message.length;
  while (rest >= 0x80) {
    prefix.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  prefix.push(rest);
  const frame = new Uint8Array(prefix.length + message.length);
  frame.set(prefix);
  frame.set(message, prefix.length);
  return frame;
}

/**
 * Cuts a byte stream into messages. Holds what has arrived and nothing more: a length prefix allocates no memory, and a
 * prefix above `maxBytes` fails before its message is read.
 */
export class FrameDecoder {
  readonly #maxBytes: number;
  readonly #held = new GrowingBytes();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that have arrived and are not yet part of a returned message. */
  get buffered(): number {
    return this.#held.length;
  }

  push(chunk: Uint8Array): void {
    this.#held.push(chunk);
  }

  /**
   * The next whole message, copied, or undefined until more bytes arrive.
   * @throws EdgeFailure "malformed" on an over-long length or a varint that is not the shortest.
   */
  next(): Uint8Array | undefined {
    const prefix = this.#readPrefix();
    if (prefix === undefined || this.buffered < prefix.size + prefix.length) return undefined;
    this.#held.take(prefix.size);
    return this.#held.take(prefix.length);
  }

  #readPrefix(): { length: number; size: number } | undefined {
    let length = 0;
    for (let i = 0; i < MAX_PREFIX_BYTES; i += 1) {
      const byte = this.#held.at(i);
      if (byte === undefined) return undefined;
      length |= (byte & 0x7f) << (7 * i);
      if (byte >= 0x80) continue;
      if (byte === 0 && i > 0) throw new EdgeFailure("malformed", "a length prefix is not the shortest");
      if (length <= this.#maxBytes) return { length, size: i + 1 };
      throw new EdgeFailure("malformed", "a message is longer than allowed", {
        length,
        maxBytes: this.#maxBytes,
      });
    }
    throw new EdgeFailure("malformed", "a length prefix is too long");
  }
}
