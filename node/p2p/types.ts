/**
 * What the rest of the node sees of the network. Engine, mempool, sync and blobs import this file only;
 * `createP2p` (host.ts) is called by node/main.ts alone.
 */

/** A libp2p peer id in its usual text form (`12D3KooW...`), derived from the peer's ed25519 key. */
export type PeerId = string;

/**
 * What a handler thinks of a message. `accept`: useful, and a topic forwards it. `ignore`: not useful now, nobody's
 * fault (duplicate, old height). `reject`: no honest peer sends this; it costs the sender score.
 */
export type Verdict = "accept" | "ignore" | "reject";

/** A handler that throws disconnects the peer it was serving, and nobody else. */
export type MessageHandler = (peer: PeerId, bytes: Uint8Array) => Verdict | Promise<Verdict>;

/** Token buckets on what one peer may send on one channel or topic. */
export interface RateLimit {
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface ChannelOptions {
  /** Longest message, in bytes, in either direction. A longer one from a peer is a protocol violation. */
  readonly maxBytes: number;
  readonly onMessage: MessageHandler;
  /** Outbound queue per peer; `send` returns false beyond either bound. */
  readonly queue: { readonly maxMessages: number; readonly maxBytes: number };
  /** Inbound rate per peer. Beyond it reading slows down (the sender feels backpressure); no score is lost. */
  readonly rate?: RateLimit;
  /**
   * Votes, proposals and block parts are `consensus`; everything else `bulk`. A bulk queue waits while any consensus
   * queue of the same peer has something to send.
   */
  readonly priority: "consensus" | "bulk";
}

/** Long-lived direct streams: one per peer and direction. Order is kept per peer; delivery is not guaranteed. */
export interface Channel {
  readonly name: string;
  /** False: not connected, or this peer's queue is full; the message was dropped. */
  send(peer: PeerId, bytes: Uint8Array): boolean;
  /** Sends to every connected peer except `except`; returns to how many it was queued. */
  broadcast(bytes: Uint8Array, except?: PeerId): number;
}

export interface TopicOptions {
  readonly maxBytes: number;
  readonly onMessage: MessageHandler;
  /** Inbound rate per forwarding peer; messages beyond it are ignored. */
  readonly rate?: RateLimit;
}

/** A gossipsub topic: unsigned messages, identified by their hash, forwarded only after `accept`. */
export interface Topic {
  readonly name: string;
  /**
   * Resolves to the number of peers it was sent to; 0 when alone or when the message was published before.
   * @throws EdgeFailure "too-large", "not-running".
   */
  publish(bytes: Uint8Array): Promise<number>;
}

/** Answers one request; an AsyncIterable is sent piece by piece. Throw EdgeFailure "not-found" to say so. */
export type RequestHandler = (
  peer: PeerId,
  bytes: Uint8Array,
  signal: AbortSignal,
) => Promise<Uint8Array | AsyncIterable<Uint8Array>>;

export interface RequestOptions {
  readonly maxRequestBytes: number;
  /** Whole response, all pieces together. */
  readonly maxResponseBytes: number;
  /** Deadline for one whole exchange, on both sides. */
  readonly timeoutMs: number;
  /** How many exchanges may run at once with one peer, each way. Further ones are told `busy`. */
  readonly concurrency: number;
  /** Inbound requests per peer. Further ones are told `busy`. */
  readonly rate?: RateLimit;
  readonly handler: RequestHandler;
}

/** Bounded request/response, one stream per exchange. */
export interface Requests {
  readonly name: string;
  /** @throws EdgeFailure "not-found", "busy", "timeout", "aborted", "unreachable", "too-large", "malformed", "remote". */
  request(peer: PeerId, bytes: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
}

export interface PeerInfo {
  readonly id: PeerId;
  /** Remote multiaddr of the oldest open connection. */
  readonly address: string;
  readonly direction: "inbound" | "outbound";
  /** Points lost to misbehaviour, fading with time; at the ban limit the peer is disconnected and banned. */
  readonly penalty: number;
  /** Of a peer that nobody else is told about: keep it out of what strangers can ask. */
  readonly isPrivate: boolean;
}

export interface PeerListener {
  connected?(peer: PeerId): void;
  disconnected?(peer: PeerId): void;
}

/** Plain counters since start; the telemetry service turns them into metrics. */
export interface P2pStats {
  readonly peers: number;
  readonly bans: number;
  readonly dials: number;
  readonly dialFailures: number;
  readonly refusedConnections: number;
  readonly penalties: number;
  /** Addresses in the address book. */
  readonly knownAddresses: number;
  readonly channels: Readonly<Record<string, FlowStats>>;
  readonly topics: Readonly<Record<string, FlowStats>>;
  readonly requests: Readonly<Record<string, FlowStats>>;
}

/** For requests, `sent` counts our own exchanges and `received` those we served. `dropped`: queue full or over a rate. */
export interface FlowStats {
  sent: number;
  sentBytes: number;
  received: number;
  receivedBytes: number;
  dropped: number;
  rejected: number;
}

/** The peer-to-peer service. Register channels, topics and requests before `start`. */
export interface P2p {
  readonly selfId: PeerId;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Multiaddrs to give to others, ending in `/p2p/<selfId>`; empty until started. */
  addresses(): readonly string[];
  peers(): readonly PeerInfo[];
  /** Listens to peers that come and go; returns the function that stops listening. */
  onPeer(listener: PeerListener): () => void;
  /** @throws Fault if the name is taken or the service has started. */
  channel(name: string, options: ChannelOptions): Channel;
  /** @throws Fault if the name is taken or the service has started. */
  topic(name: string, options: TopicOptions): Topic;
  /** @throws Fault if the name is taken or the service has started. */
  requests(name: string, options: RequestOptions): Requests;
  /** Lowers a peer's standing for what a service found out after its handler returned. 100 points ban it. */
  penalize(peer: PeerId, points: number, reason: string): void;
  stats(): P2pStats;
}
