/**
 * Frames of the ABCI socket (cosmos-formats.md §3.1): `uvarint(length) || message`, cut anywhere by the transport. What is
 * held grows with the bytes that came, never with the length that was claimed.
 */
import { encodeUvarint } from "../../chain/codec/index.js";
import { EdgeFailure } from "../errors.js";

/** Go reads a uvarint of up to ten bytes, also when it is not in its shortest form. */
const MAX_PREFIX_BYTES = 10;
const FIRST_CAPACITY = 4_096;

export class FrameReader {
  readonly #limit: number;
  #prefixBytes = 0;
  #length = 0;
  /** Set while a frame is being filled. */
  #frame: Uint8Array | undefined;
  #filled = 0;

  /** @param limit of a frame, in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether the bytes so far end between two frames. */
  get isBetween(): boolean {
    return this.#frame === undefined && this.#prefixBytes === 0;
  }

  /**
   * The frames that this chunk completes, in order, each as soon as it is whole. After a failure the stream has no meaning
   * any more.
   * @throws EdgeFailure "too-large" above the limit, "malformed" on a length that is none.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    let at = 0;
    while (at < chunk.length) {
      at = this.#frame === undefined ? this.#readLength(chunk, at) : this.#fill(this.#frame, chunk, at);
      if (this.#frame === undefined || this.#filled < this.#length) continue;
      const whole = this.#frame.slice(0, this.#length);
      this.#frame = undefined;
      this.#filled = 0;
      yield whole;
    }
  }

  #readLength(chunk: Uint8Array, from: number): number {
    let at = from;
    if (this.#prefixBytes === 0) this.#length = 0;
    while (at < chunk.length) {
      const byte = chunk[at++] ?? 0;
      this.#length += (byte & 127) * 2 ** (7 * this.#prefixBytes++);
      if (this.#length > this.#limit)
        throw new EdgeFailure("too-large", "a frame is longer than the limit", { length: this.#length, limit: this.#limit });
      if (byte < 128) {
        this.#prefixBytes = 0;
        this.#frame = new Uint8Array(Math.min(this.#length, FIRST_CAPACITY));
        return at;
      }
      if (this.#prefixBytes === MAX_PREFIX_BYTES) throw new EdgeFailure("malformed", "a frame's length has no end");
    }
    return at;
  }

  #fill(frame: Uint8Array, chunk: Uint8Array, from: number): number {
    const taken = Math.min(chunk.length - from, this.#length - this.#filled);
    const filled = this.#filled + taken;
    const target = filled > frame.length ? grown(frame, Math.min(this.#length, Math.max(filled, 2 * frame.length))) : frame;
    target.set(chunk.subarray(from, from + taken), this.#filled);
    this.#frame = target;
    this.#filled = filled;
    return from + taken;
  }
}

function grown(bytes: Uint8Array, capacity: number): Uint8Array {
  const out = new Uint8Array(capacity);
  out.set(bytes);
  return out;
}

/** What goes before a message. */
export function framePrefix(length: number): Uint8Array {
  return encodeUvarint(length);
}
