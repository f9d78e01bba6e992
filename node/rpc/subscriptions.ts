/** Who asked for which events. One hub serves all clients; each frame is matched once per distinct query. */
import { QueryError, matches, parseQuery } from "../indexer/index.js";
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
  /** @throws RpcError -32603 when there is no such subscription. */
  unsubscribe(query: string): void;
  unsubscribeAll(): void;
}

export interface SubscriptionHub {
  client(send: Send): ClientSubscriptions;
  /** Ends every subscription. */
  stop(): void;
}

interface Subscription {
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
      subscribe: (text, id) => this.#add(key, { text, query: parse(text), id, send }),
      unsubscribe: (text) => this.#remove(key, text),
      unsubscribeAll: () => this.#clients.delete(key),
    };
  }

  stop(): void {
    this.#unsubscribe();
    this.#clients.clear();
  }

  #add(key: object, subscription: Subscription): void {
    const { maxClients, maxSubscriptionsPerClient } = this.#limits;
    const mine = this.#clients.get(key);
    if (mine === undefined && this.#clients.size >= maxClients) {
      throw failed(`max_subscription_clients ${maxClients} reached`);
    }
    if (mine?.has(subscription.text) === true) throw failed("already subscribed");
    if (mine !== undefined && mine.size >= maxSubscriptionsPerClient) {
      throw failed(`max_subscriptions_per_client ${maxSubscriptionsPerClient} reached`);
    }
    if (mine === undefined) this.#clients.set(key, new Map([[subscription.text, subscription]]));
    else mine.set(subscription.text, subscription);
  }

  #remove(key: object, text: string): void {
    const mine = this.#clients.get(key);
    if (mine?.delete(text) !== true) throw failed("subscription not found");
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
