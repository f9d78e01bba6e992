/** Reading and writing a libp2p stream with bounds: what is buffered, and how long the other side may take. */
import type { Stream } from "@libp2p/interface";
import { EdgeFailure } from "../errors.js";
import { FrameDecoder } from "./framing.js";

/** Beyond this much unread data the stream is paused, and the sender's window runs out. */
const HIGH_WATER_BYTES = 256 * 1024;

export interface ReadOptions {
  readonly maxBytes: number;
  /** A message that has begun must be whole within this time. Idle streams are never timed. */
  readonly stallMs: number;
  /** Called for each message in turn; the next is not read before it settles. Return "stop" to end early. */
  readonly onFrame: (message: Uint8Array) => Promise<"more" | "stop"> | "more" | "stop";
}

/**
 * Hands over messages until the other side closes.
 * @throws EdgeFailure "malformed" (framing), "timeout" (stalled inside a message), "unreachable" (reset, or cut short).
 */
export async function readFrames(stream: Stream, options: ReadOptions): Promise<void> {
  const decoder = new FrameDecoder(options.maxBytes);
  const source = new Inflow(stream, decoder, options.maxBytes + HIGH_WATER_BYTES);
  try {
    for (;;) {
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
        // eslint-disable-next-line max-depth -- frames of a chunk, chunks of a stream
        if ((await options.onFrame(frame)) === "stop") return;
        source.relieve();
      }
      if (source.ended()) break;
      await source.more(decoder.buffered > 0 ? options.stallMs : undefined);
    }
  } finally {
    source.detach();
  }
  if (source.error !== undefined)
    throw new EdgeFailure("unreachable", "the stream was reset", {}, source.error);
  if (decoder.buffered > 0) throw new EdgeFailure("unreachable", "the stream ended inside a message");
}

/** Feeds a decoder from a stream's events, pausing the stream while too much waits. */
class Inflow {
  error: Error | undefined;
  readonly #stream: Stream;
  readonly #decoder: FrameDecoder;
  readonly #highWater: number;
  #wake: () => void = () => undefined;
  #closed = false;
  readonly #onMessage = (event: Event & { data: { subarray(): Uint8Array } }): void => {
    this.#decoder.push(event.data.subarray());
    if (this.#decoder.buffered > this.#highWater && this.#stream.readStatus === "readable")
      this.#stream.pause();
    this.#wake();
  };
  readonly #onEnd = (): void => this.#wake();
  readonly #onClose = (event: Event & { error?: Error }): void => {
    this.#closed = true;
    this.error ??= event.error;
    this.#wake();
  };

  constructor(stream: Stream, decoder: FrameDecoder, highWater: number) {
    this.#stream = stream;
    this.#decoder = decoder;
    this.#highWater = highWater;
    stream.addEventListener("end", this.#onEnd);
    stream.addEventListener("close", this.#onClose);
    stream.addEventListener("message", this.#onMessage);
  }

  /** True when no byte will follow: everything was read and the other side has finished. */
  ended(): boolean {
    const { readStatus, readBufferLength, readableEnded, status } = this.#stream;
    if (readStatus === "paused" || readBufferLength > 0) return false;
    return readableEnded || this.#closed || (status !== "open" && status !== "closing");
  }

  relieve(): void {
    if (this.#stream.readStatus === "paused" && this.#decoder.buffered <= this.#highWater)
      this.#stream.resume();
  }

  /** Waits for the next event of the stream. @throws EdgeFailure "timeout" after `ms`. */
  async more(ms: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#wake = resolve;
      this.relieve(); // may deliver at once, so only after there is something to wake
      if (ms !== undefined)
        timer = setTimeout(
          () => reject(new EdgeFailure("timeout", "a message stalled half-way", { ms })),
          ms,
        );
    }).finally(() => {
      clearTimeout(timer);
      this.#wake = () => undefined;
    });
  }

  detach(): void {
    this.#stream.removeEventListener("end", this.#onEnd);
    this.#stream.removeEventListener("close", this.#onClose);
    this.#stream.removeEventListener("message", this.#onMessage);
  }
}

/**
 * Writes and, if the stream is full, waits until it can take more.
 *
 * `stream.onDrain` is not used: its promise is made once and stays resolved, so a second wait would spin (libp2p 3.3).
 * @throws EdgeFailure "timeout" if the other side reads nothing for `slowMs`, "unreachable" if it hung up.
 */
export async function writeBytes(stream: Stream, bytes: Uint8Array, slowMs: number): Promise<void> {
  try {
    stream.send(bytes);
  } catch (cause) {
    throw new EdgeFailure("unreachable", "the stream cannot be written", {}, cause);
  }
  while (stream.writableNeedsDrain && stream.writeStatus === "writable") await drained(stream, slowMs);
  if (stream.writeStatus === "closed")
    throw new EdgeFailure("unreachable", "the stream was closed while writing");
}

async function drained(stream: Stream, slowMs: number): Promise<void> {
  let settle: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      // libp2p sends its buffered bytes in a microtask after "drain"; look again after that.
      settle = () => void setImmediate(resolve);
      timer = setTimeout(
        () => reject(new EdgeFailure("timeout", "the peer does not read", { slowMs })),
        slowMs,
      );
      stream.addEventListener("drain", settle, { once: true });
      stream.addEventListener("close", settle, { once: true });
    });
  } finally {
    clearTimeout(timer);
    stream.removeEventListener("drain", settle);
    stream.removeEventListener("close", settle);
  }
}
