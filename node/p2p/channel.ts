/** Direct streams: what a peer may send us, and one sender per peer for what we send it. */
import { EdgeFailure, errorText } from "../errors.js";
import { encodeFrame } from "./framing.js";
import { pause } from "./pause.js";
import { POINTS } from "./peer-book.js";
import { RateMeter } from "./rate.js";
import { PeerSender } from "./sender.js";
import type { PriorityGate } from "./sender.js";
import { readFrames } from "./stream-io.js";
import type { Channel, ChannelOptions, FlowStats, PeerId } from "./types.js";
import { createFlowStats } from "./wire.js";
import type { InboundProtocol, Wire } from "./wire.js";
import type { Stream } from "@libp2p/interface";

/** The longest a reader rests at once, however far over its rate a peer went. */
const MAX_REST_MS = 10_000;

/** Protocol `/openledger/<chain id>/<name>/1`. Each side writes on the stream it opened and reads the other's. */
export class DirectChannel implements Channel, InboundProtocol {
  readonly name: string;
  readonly protocol: string;
  /** One in use and one that replaces it after a reset. */
  readonly maxInboundStreams = 2;
  readonly stats: FlowStats = createFlowStats();
  readonly #options: ChannelOptions;
  readonly #wire: Wire;
  readonly #gateOf: (peer: PeerId) => PriorityGate;
  readonly #senders = new Map<PeerId, PeerSender>();
  readonly #inbound = new Map<PeerId, Stream>();

  // eslint-disable-next-line max-params -- built in one place, by the host
  constructor(
    name: string,
    protocol: string,
    options: ChannelOptions,
    wire: Wire,
    gateOf: (peer: PeerId) => PriorityGate,
  ) {
    this.name = name;
    this.protocol = protocol;
    this.#options = options;
    this.#wire = wire;
    this.#gateOf = gateOf;
  }

  send(peer: PeerId, bytes: Uint8Array): boolean {
    this.#checkLength(bytes);
    return this.#enqueue(peer, encodeFrame(bytes));
  }

  broadcast(bytes: Uint8Array, except?: PeerId): number {
    this.#checkLength(bytes);
    const frame = encodeFrame(bytes);
    let queued = 0;
    for (const peer of this.#wire.upPeers()) {
      if (peer !== except && this.#enqueue(peer, frame)) queued += 1;
    }
    return queued;
  }

  async serve(peer: PeerId, stream: Stream): Promise<void> {
    this.#inbound.get(peer)?.abort(new Error("replaced by a newer stream"));
    this.#inbound.set(peer, stream);
    const meter =
      this.#options.rate === undefined ? undefined : new RateMeter(this.#options.rate, this.#wire.clock);
    try {
      await readFrames(stream, {
        maxBytes: this.#options.maxBytes,
        stallMs: this.#wire.limits.slowPeerMs,
        onFrame: async (message): Promise<"more"> => {
          await this.#receive(peer, message);
          // Over its rate, the peer waits: its window runs out and its own queue fills.
          await pause(Math.min(meter?.charge(message.length) ?? 0, MAX_REST_MS), this.#wire.stopped);
          return "more";
        },
      });
    } finally {
      if (this.#inbound.get(peer) === stream) this.#inbound.delete(peer);
    }
  }

  forget(peer: PeerId): void {
    this.#senders.get(peer)?.close();
    this.#senders.delete(peer);
    this.#inbound.delete(peer);
  }

  async #receive(peer: PeerId, message: Uint8Array): Promise<void> {
    this.stats.received += 1;
    this.stats.receivedBytes += message.length;
    const verdict = await this.#options.onMessage(peer, message);
    if (verdict !== "reject") return;
    this.stats.rejected += 1;
    this.#wire.penalize(peer, POINTS.rejected, `${this.name}: message rejected`);
  }

  #enqueue(peer: PeerId, frame: Uint8Array): boolean {
    const queued = this.#wire.isUp(peer) && this.#senderTo(peer).push(frame);
    if (queued) {
      this.stats.sent += 1;
      this.stats.sentBytes += frame.length;
    } else {
      this.stats.dropped += 1;
    }
    return queued;
  }

  #senderTo(peer: PeerId): PeerSender {
    let sender = this.#senders.get(peer);
    if (sender !== undefined) return sender;
    sender = new PeerSender({
      queue: this.#options.queue,
      priority: this.#options.priority,
      gate: this.#gateOf(peer),
      slowMs: this.#wire.limits.slowPeerMs,
      stopped: this.#wire.stopped,
      open: (signal) => this.#wire.open(peer, this.protocol, signal),
      onSlow: () => {
        this.#wire.penalize(peer, POINTS.slow, `${this.name}: does not read`);
        this.#wire.drop(peer, "does not read");
      },
      onUnexpectedData: () =>
        this.#wire.penalize(peer, POINTS.violation, `${this.name}: wrote on our stream`),
      onFailure: (error) =>
        this.#wire.log.debug("channel stream failed", { peer, channel: this.name, cause: errorText(error) }),
    });
    this.#senders.set(peer, sender);
    return sender;
  }

  #checkLength(bytes: Uint8Array): void {
    if (bytes.length <= this.#options.maxBytes) return;
    const facts = { channel: this.name, bytes: bytes.length, maxBytes: this.#options.maxBytes };
    throw new EdgeFailure("too-large", "a message is longer than its channel allows", facts);
  }
}
