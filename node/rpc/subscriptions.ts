/** Who asked for which events. One hub serves all clients; each frame is matched once per distinct query. */
import { QueryError, formatQuery, matches, parseQuery } from "../indexer/index.js";
import type { Query } from "../indexer/index.js";
import type { RequestId } from "./dispatch.js";
import { failed } from "./errors.js";
import { framesOf } from "./frames.js";
import type { Frame } from "./frames.js";
import type { ChainEvent, EventFeed } from "./types.js";

export interface SubscriptionLimits {
  readonly maxClients: number;
  readonly maxSubscriptionsPerClient: number;
}

/** Receives whole frames. Must not throw. */
export type Send = (text: string) => void;

/** The subscriptions of one client. */
export interface ClientSubscriptions {
  /** Frames carry `id`. @throws RpcError -32603 on a bad, repeated or surplus query. */
  subscribe(query: string, id: RequestId): void;
  /** @throws RpcError -32603 when there is no such subscription, however the query is spelled. */
  unsubscribe(query: string): void;
  /** @throws RpcError -32603 when there is none. */
  unsubscribeAll(): void;
  /** The client has gone. */
  end(): void;
}

export interface SubscriptionHub {
  client(send: Send): ClientSubscriptions;
  /** Ends every subscription. */
  stop(): void;
}

interface Subscription {
  /** As the client spelled it: frames carry it back. */
  readonly text: string;
  readonly query: Query;
  readonly id: RequestId;
  readonly send: Send;
}

function parse(text: string): Query {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof QueryError) throw failed(`failed to parse query: ${error.message}`);
    throw error;
  }
}

class Hub implements SubscriptionHub {
  readonly #limits: SubscriptionLimits;
  readonly #clients = new Map<object, Map<string, Subscription>>();
  readonly #unsubscribe: () => void;

  constructor(feed: EventFeed, limits: SubscriptionLimits) {
    this.#limits = limits;
    this.#unsubscribe = feed.subscribe((event) => this.#receive(event));
  }

  client(send: Send): ClientSubscriptions {
    const key = {};
    return {
      subscribe: (text, id) => this.#add(key, text, { id, send }),
      unsubscribe: (text) => this.#remove(key, formatQuery(parse(text))),
      unsubscribeAll: () => {
        if (!this.#clients.delete(key)) throw failed("subscription not found");
      },
      end: () => this.#clients.delete(key),
    };
  }

  stop(): void {
    this.#unsubscribe();
    this.#clients.clear();
  }

  /** Limits first, then the query, then whether it is there already: CometBFT's order. */
  #add(key: object, text: string, to: Pick<Subscription, "id" | "send">): void {
    const { maxClients, maxSubscriptionsPerClient } = this.#limits;
    const mine = this.#clients.get(key) ?? new Map<string, Subscription>();
    if (mine.size === 0 && this.#clients.size >= maxClients) throw failed(`max_subscription_clients ${maxClients} reached`);
    if (mine.size >= maxSubscriptionsPerClient) {
      throw failed(`max_subscriptions_per_client ${maxSubscriptionsPerClient} reached`);
    }
    const query = parse(text);
    const name = formatQuery(query);
    if (mine.has(name)) throw failed("already subscribed");
    mine.set(name, { text, query, ...to });
    this.#clients.set(key, mine);
  }

  #remove(key: object, name: string): void {
    const mine = this.#clients.get(key);
    if (mine?.delete(name) !== true) throw failed("subscription not found");
    if (mine.size === 0) this.#clients.delete(key);
  }

  #receive(event: ChainEvent): void {
    if (this.#clients.size === 0) return;
    const subscriptions = [...this.#clients.values()].flatMap((mine) => [...mine.values()]);
    for (const frame of framesOf(event)) this.#publish(frame, subscriptions);
  }

  #publish(frame: Frame, subscriptions: readonly Subscription[]): void {
    const answers = new Map<string, boolean>();
    for (const { text, query, id, send } of subscriptions) {
      const isMatch = answers.get(text) ?? matches(query, frame.matchable);
      answers.set(text, isMatch);
      if (!isMatch) continue;
      const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"query":${JSON.stringify(text)},`;
      send(`${head}${frame.json()}}}`);
    }
  }
}

/** A hub that listens to `feed` until it is stopped. */
export function createSubscriptionHub(feed: EventFeed, limits: SubscriptionLimits): SubscriptionHub {
  return new Hub(feed, limits);
}
