/**
 * Request and response, one stream per exchange.
 *
 * Request: one frame, the caller's bytes. Response: a head frame of one status byte (and, unless 0, a short text), then
 * frames of at most 64 KiB, then an empty frame. The empty frame tells a whole answer from one cut short.
 */
import type { Stream } from "@libp2p/interface";
import { concatBytes, parseUtf8, utf8 } from "../../chain/primitives/index.js";
import type { FailureCode } from "../errors.js";
import { EdgeFailure, errorText } from "../errors.js";
import { createDeadline } from "./deadline.js";
import type { Deadline } from "./deadline.js";
import { encodeFrame } from "./framing.js";
import { POINTS } from "./peer-book.js";
import { RateMeters } from "./rate.js";
import { Slots } from "./slots.js";
import { readFrames, writeBytes } from "./stream-io.js";
import type { FlowStats, PeerId, RequestOptions, Requests } from "./types.js";
import { createFlowStats } from "./wire.js";
import type { InboundProtocol, Wire } from "./wire.js";

const PIECE_BYTES = 64 * 1024;
const MAX_REASON_BYTES = 200;
/** Our own exchanges waiting for a slot with one peer. */
const MAX_WAITING = 256;

const STATUS_OK = 0;
/** Status byte -> the code the asking side sees. Append only. */
const FAILURES: readonly FailureCode[] = ["remote", "not-found", "busy", "malformed", "too-large"];

export class StreamRequests implements Requests, InboundProtocol {
  readonly name: string;
  readonly protocol: string;
  readonly maxInboundStreams: number;
  readonly stats: FlowStats = createFlowStats();
  readonly #options: RequestOptions;
  readonly #wire: Wire;
  readonly #slots: Slots;
  readonly #serving = new Map<PeerId, number>();
  readonly #meters: RateMeters;

  constructor(name: string, protocol: string, options: RequestOptions, wire: Wire) {
    this.name = name;
    this.protocol = protocol;
    // Room to answer `busy` to a few more than may run; beyond that libp2p resets the stream.
    this.maxInboundStreams = options.concurrency * 2 + 8;
    this.#options = options;
    this.#wire = wire;
    this.#slots = new Slots(options.concurrency, MAX_WAITING);
    this.#meters = new RateMeters(options.rate, wire.clock);
  }

  async request(
    peer: PeerId,
    bytes: Uint8Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Uint8Array> {
    if (bytes.length > this.#options.maxRequestBytes) {
      throw new EdgeFailure("too-large", "the request is longer than its protocol allows", {
        bytes: bytes.length,
      });
    }
    const deadline = createDeadline(this.#options.timeoutMs, options.signal, this.#wire.stopped);
    try {
      await this.#slots.take(peer, deadline);
      try {
        return await this.#exchange(peer, bytes, deadline);
      } finally {
        this.#slots.release(peer);
      }
    } catch (error) {
      throw deadline.signal.aborted ? deadline.failure() : error;
    } finally {
      deadline.dispose();
    }
  }

  async serve(peer: PeerId, stream: Stream): Promise<void> {
    const running = this.#serving.get(peer) ?? 0;
    const admitted = running < this.#options.concurrency && this.#meters.admit(peer, 0);
    if (!admitted) {
      this.stats.dropped += 1;
      await this.#refuse(stream, new EdgeFailure("busy", "too many requests"));
      return;
    }
    this.#serving.set(peer, running + 1);
    const gone = new AbortController();
    stream.addEventListener("close", () => gone.abort(), { once: true });
    const deadline = createDeadline(this.#options.timeoutMs, this.#wire.stopped, gone.signal);
    const abort = (): void => stream.abort(deadline.failure());
    deadline.signal.addEventListener("abort", abort);
    try {
      await this.#answer(peer, stream, deadline.signal);
    } finally {
      deadline.signal.removeEventListener("abort", abort);
      deadline.dispose();
      this.#leave(peer);
    }
  }

  forget(peer: PeerId): void {
    this.#meters.forget(peer);
  }

  #leave(peer: PeerId): void {
    const running = (this.#serving.get(peer) ?? 1) - 1;
    if (running > 0) this.#serving.set(peer, running);
    else this.#serving.delete(peer);
  }

  async #exchange(peer: PeerId, bytes: Uint8Array, deadline: Deadline): Promise<Uint8Array> {
    const stream = await this.#wire.open(peer, this.protocol, deadline.signal);
    const abort = (): void => stream.abort(deadline.failure());
    deadline.signal.addEventListener("abort", abort);
    try {
      if (deadline.signal.aborted) throw deadline.failure();
      await writeBytes(stream, encodeFrame(bytes), this.#options.timeoutMs);
      this.stats.sent += 1;
      this.stats.sentBytes += bytes.length;
      return await this.#collect(stream);
    } catch (error) {
      if (error instanceof EdgeFailure && error.code === "malformed" && error.facts["remote"] !== true) {
        this.#wire.penalize(peer, POINTS.violation, `${this.name}: malformed response`);
      }
      throw error;
    } finally {
      deadline.signal.removeEventListener("abort", abort);
      finish(stream);
    }
  }

  async #collect(stream: Stream): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let total = 0;
    const seen = { head: false, end: false };
    await readFrames(stream, {
      maxBytes: PIECE_BYTES,
      stallMs: this.#options.timeoutMs,
      onFrame: (frame) => {
        if (!seen.head) {
          checkHead(frame);
          seen.head = true;
          return "more";
        }
        if (frame.length === 0) {
          seen.end = true;
          return "stop";
        }
        pieces.push(frame);
        total += frame.length;
        if (total <= this.#options.maxResponseBytes) return "more";
        throw new EdgeFailure("malformed", "the response is longer than its protocol allows", { total });
      },
    });
    if (seen.end) return concatBytes(...pieces);
    throw new EdgeFailure("unreachable", "the response was cut short", { received: total });
  }

  async #answer(peer: PeerId, stream: Stream, signal: AbortSignal): Promise<void> {
    const request = await this.#readRequest(stream);
    this.stats.received += 1;
    this.stats.receivedBytes += request.length;
    let body: Uint8Array | AsyncIterable<Uint8Array>;
    try {
      body = await this.#options.handler(peer, request, signal);
      if (body instanceof Uint8Array) this.#checkResponse(body.length);
    } catch (error) {
      if (!(error instanceof EdgeFailure)) {
        this.#wire.log.warn("request handler failed", { requests: this.name, peer, cause: errorText(error) });
      }
      if (error instanceof EdgeFailure && error.code === "malformed") {
        this.#wire.penalize(peer, POINTS.rejected, `${this.name}: malformed request`);
      }
      await this.#refuse(stream, error);
      return;
    }
    await this.#write(stream, encodeFrame(Uint8Array.of(STATUS_OK)));
    await this.#writeBody(stream, body);
    await this.#write(stream, encodeFrame(new Uint8Array()));
    await stream.close();
  }

  async #readRequest(stream: Stream): Promise<Uint8Array> {
    let request: Uint8Array | undefined;
    await readFrames(stream, {
      maxBytes: this.#options.maxRequestBytes,
      stallMs: this.#wire.limits.slowPeerMs,
      onFrame: (frame) => {
        request = frame;
        return "stop";
      },
    });
    if (request === undefined) throw new EdgeFailure("unreachable", "the stream ended before a request");
    return request;
  }

  async #writeBody(stream: Stream, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    let total = 0;
    for await (const piece of body instanceof Uint8Array ? [body] : body) {
      total += piece.length;
      this.#checkResponse(total);
      for (let at = 0; at < piece.length; at += PIECE_BYTES) {
        await this.#write(stream, encodeFrame(piece.subarray(at, at + PIECE_BYTES)));
      }
    }
  }

  #checkResponse(bytes: number): void {
    if (bytes <= this.#options.maxResponseBytes) return;
    throw new EdgeFailure("too-large", "the answer is longer than the protocol allows", { bytes });
  }

  async #refuse(stream: Stream, error: unknown): Promise<void> {
    const code = error instanceof EdgeFailure ? error.code : "remote";
    const status = Math.max(0, FAILURES.indexOf(code)) + 1;
    // Only our own wording leaves the node; what a handler threw by accident may hold paths or data.
    const reason = error instanceof EdgeFailure ? error.message : "the request failed";
    await this.#write(
      stream,
      encodeFrame(concatBytes(Uint8Array.of(status), utf8(reason).subarray(0, MAX_REASON_BYTES))),
    );
    await stream.close();
  }

  async #write(stream: Stream, bytes: Uint8Array): Promise<void> {
    await writeBytes(stream, bytes, this.#wire.limits.slowPeerMs);
  }
}

/** @throws EdgeFailure with the code behind a status other than 0. */
function checkHead(frame: Uint8Array): void {
  const status = frame[0];
  if (status === STATUS_OK && frame.length === 1) return;
  if (status === undefined || status === STATUS_OK || frame.length > MAX_REASON_BYTES + 1) {
    throw new EdgeFailure("malformed", "the response begins wrongly");
  }
  throw new EdgeFailure(FAILURES[status - 1] ?? "remote", `the peer answered: ${reasonText(frame)}`, {
    remote: true,
  });
}

function reasonText(frame: Uint8Array): string {
  try {
    return parseUtf8(frame.subarray(1));
  } catch {
    return "(no readable reason)";
  }
}

/** Ends our side at once; what the peer still sends is discarded. */
function finish(stream: Stream): void {
  if (stream.remoteWriteStatus === "closed") void stream.close().catch(() => undefined);
  else stream.abort(new Error("the exchange is over"));
}
