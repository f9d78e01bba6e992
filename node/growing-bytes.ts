/** A buffer larger than this is let go when all of it has been taken. */
const KEPT_BYTES = 64 * 1024;
const FIRST_BYTES = 256;

/**
 * Bytes that arrive in pieces and leave in others: a queue in one buffer, of at most some twice what it holds. However small the pieces
 * are, each byte is moved a few times at most, and a piece costs no memory of its own.
 */
export class GrowingBytes {
  #data = new Uint8Array(0);
  /** What is held lies from here ... */
  #start = 0;
  /** ... up to here. */
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  push(piece: Uint8Array): void {
    this.#makeRoom(piece.length);
    this.#data.set(piece, this.#end);
    this.#end += piece.length;
  }

  at(index: number): number | undefined {
    return index < this.length ? this.#data[this.#start + index] : undefined;
  }

  /** The first `count` bytes, copied, or all where there are fewer. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#data.slice(this.#start, Math.min(this.#end, this.#start + count));
    this.#start += taken.length;
    if (this.#start < this.#end) return taken;
    this.#start = 0;
    this.#end = 0;
    if (this.#data.length > KEPT_BYTES) this.#data = new Uint8Array(0);
    return taken;
  }

  /** Moves what is held to the front where that frees as much as it moves, and otherwise into a buffer of twice the size. */
  #makeRoom(count: number): void {
    if (this.#end + count <= this.#data.length) return;
    const held = this.length;
    const isEnough = held <= this.#start && held + count <= this.#data.length;
    const target = isEnough ? this.#data : new Uint8Array(Math.max(FIRST_BYTES, 2 * (held + count)));
    target.set(this.#data.subarray(this.#start, this.#end));
    this.#data = target;
    this.#start = 0;
    this.#end = held;
  }
}
