/** The outbound half of a channel with one peer: a bounded queue and the loop that empties it into a stream. */
import type { Stream } from "@libp2p/interface";
import { concatBytes } from "../../chain/primitives/index.js";
import { isFailure } from "../errors.js";
import { pause } from "./pause.js";
import { writeBytes } from "./stream-io.js";
import type { ChannelOptions } from "./types.js";

/** Small messages are joined up to this size, so that a burst of votes is one encrypted frame, not fifty. */
const MAX_WRITE_BYTES = 64 * 1024;
const MAX_WRITE_FRAMES = 1024;
/** A peer that lacks the protocol, or resets the stream, is tried again this much later, doubling. */
const REOPEN_MIN_MS = 100;
const REOPEN_MAX_MS = 10_000;

/** Lets bulk senders of one peer wait while consensus senders of the same peer are writing. */
export class PriorityGate {
  #writers = 0;
  #waiters: (() => void)[] = [];

  enter(): void {
    this.#writers += 1;
  }

  leave(): void {
    this.#writers -= 1;
    if (this.#writers > 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** Resolves when no consensus message is being written. Waiters are bounded by the number of bulk channels. */
  async clear(): Promise<void> {
    while (this.#writers > 0) await new Promise<void>((resolve) => void this.#waiters.push(resolve));
  }
}

export interface PeerSenderOptions {
  readonly queue: ChannelOptions["queue"];
  readonly priority: ChannelOptions["priority"];
  readonly gate: PriorityGate;
  readonly slowMs: number;
  readonly stopped: AbortSignal;
  readonly open: (signal: AbortSignal) => Promise<Stream>;
  readonly onSlow: () => void;
  readonly onUnexpectedData: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class PeerSender {
  readonly #options: PeerSenderOptions;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #stream: Stream | undefined;
  #running = false;

  constructor(options: PeerSenderOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([this.#closing.signal, options.stopped]);
  }

  /** False if the queue is full or the sender closed. */
  push(frame: Uint8Array): boolean {
    const { maxMessages, maxBytes } = this.#options.queue;
    if (this.#closing.signal.aborted) return false;
    if (this.#frames.length >= maxMessages || this.#bytes + frame.length > maxBytes) return false;
    this.#frames.push(frame);
    this.#bytes += frame.length;
    if (!this.#running) void this.#run();
    return true;
  }

  close(): void {
    this.#closing.abort();
    this.#frames = [];
    this.#bytes = 0;
    this.#stream?.abort(new Error("the peer left"));
  }

  /** Never rejects. Runs while there is something to send; messages in a stream that breaks are lost. */
  async #run(): Promise<void> {
    this.#running = true;
    const signal = this.#signal;
    for (let backoffMs = REOPEN_MIN_MS; this.#frames.length > 0 && !signal.aborted;) {
      try {
        await this.#write(await this.#openStream(signal));
        backoffMs = REOPEN_MIN_MS;
      } catch (error) {
        this.#stream?.abort(new Error("the stream failed"));
        this.#stream = undefined;
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may abort during the await above
        if (signal.aborted) break;
        if (isFailure(error, "timeout")) this.#options.onSlow();
        else this.#options.onFailure(error);
        await pause(backoffMs, signal);
        backoffMs = Math.min(backoffMs * 2, REOPEN_MAX_MS);
      }
    }
    this.#running = false;
  }

  async #openStream(signal: AbortSignal): Promise<Stream> {
    if (this.#stream !== undefined && this.#stream.writeStatus === "writable") return this.#stream;
    const stream = await this.#options.open(signal);
    stream.addEventListener("message", () => {
      stream.abort(new Error("data on a one-way stream"));
      this.#options.onUnexpectedData();
    });
    this.#stream = stream;
    return stream;
  }

  async #write(stream: Stream): Promise<void> {
    const { gate, priority, slowMs } = this.#options;
    if (priority === "bulk") await gate.clear();
    else gate.enter();
    try {
      await writeBytes(stream, this.#nextWrite(), slowMs);
    } finally {
      if (priority === "consensus") gate.leave();
    }
  }

  #nextWrite(): Uint8Array {
    let count = 0;
    let bytes = 0;
    for (const frame of this.#frames) {
      if (count > 0 && (bytes + frame.length > MAX_WRITE_BYTES || count === MAX_WRITE_FRAMES)) break;
      count += 1;
      bytes += frame.length;
    }
    this.#bytes -= bytes;
    return concatBytes(...this.#frames.splice(0, count));
  }
}
