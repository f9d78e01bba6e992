/** Gossipsub topics. Validation happens before forwarding, so a bad message stops at the first honest node. */
import type { GossipSub, Message, TopicValidatorResult } from "@libp2p/gossipsub";
import { EdgeFailure, errorText } from "../errors.js";
import { POINTS } from "./peer-book.js";
import { RateMeters } from "./rate.js";
import type { FlowStats, PeerId, Topic, TopicOptions, Verdict } from "./types.js";
import { createFlowStats } from "./wire.js";
import type { Wire } from "./wire.js";

export class GossipTopic implements Topic {
  readonly name: string;
  /** `/openledger/<chain id>/<name>/1`. */
  readonly id: string;
  readonly maxBytes: number;
  readonly stats: FlowStats = createFlowStats();
  readonly #options: TopicOptions;
  readonly #wire: Wire;
  readonly #meters: RateMeters;
  #gossip: GossipSub | undefined;

  constructor(name: string, id: string, options: TopicOptions, wire: Wire) {
    this.name = name;
    this.id = id;
    this.maxBytes = options.maxBytes;
    this.#options = options;
    this.#wire = wire;
    this.#meters = new RateMeters(options.rate, wire.clock);
  }

  /** Called once by the host, after libp2p has started. */
  attach(gossip: GossipSub): void {
    this.#gossip = gossip;
    gossip.topicValidators.set(this.id, (peer, message) => this.#validate(peer.toString(), message));
    gossip.subscribe(this.id);
  }

  async publish(bytes: Uint8Array): Promise<number> {
    if (bytes.length > this.maxBytes) {
      const facts = { topic: this.name, bytes: bytes.length, maxBytes: this.maxBytes };
      throw new EdgeFailure("too-large", "a message is longer than its topic allows", facts);
    }
    if (this.#gossip === undefined || this.#wire.stopped.aborted) {
      throw new EdgeFailure("not-running", "the peer-to-peer service is not running");
    }
    const { recipients } = await this.#gossip.publish(this.id, bytes);
    this.stats.sent += 1;
    this.stats.sentBytes += bytes.length;
    return recipients.length;
  }

  forget(peer: PeerId): void {
    this.#meters.forget(peer);
  }

  /** Gossipsub's result is a string enum whose members are our verdicts. */
  async #validate(peer: PeerId, message: Message): Promise<TopicValidatorResult> {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- same strings, named twice
    return (await this.#judge(peer, message.data)) as TopicValidatorResult;
  }

  async #judge(peer: PeerId, bytes: Uint8Array): Promise<Verdict> {
    if (!this.#wire.isUp(peer)) return "ignore";
    if (bytes.length > this.maxBytes) return this.#reject(peer, "longer than allowed");
    if (!this.#meters.admit(peer, bytes.length)) {
      this.stats.dropped += 1;
      this.#wire.penalize(peer, POINTS.flood, `${this.name}: over its rate`);
      return "ignore";
    }
    this.stats.received += 1;
    this.stats.receivedBytes += bytes.length;
    try {
      const verdict = await this.#options.onMessage(peer, bytes);
      return verdict === "reject" ? this.#reject(peer, "message rejected") : verdict;
    } catch (error) {
      this.#wire.log.warn("topic handler failed", { topic: this.name, peer, cause: errorText(error) });
      this.#wire.drop(peer, "handler failed");
      return "ignore";
    }
  }

  #reject(peer: PeerId, reason: string): Verdict {
    this.stats.rejected += 1;
    this.#wire.penalize(peer, POINTS.rejected, `${this.name}: ${reason}`);
    return "reject";
  }
}
