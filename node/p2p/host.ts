/** The peer-to-peer service: who is connected, and how channels, topics and requests reach them. */
import "../promise-with-resolvers.js";
import { setMaxListeners } from "node:events";
import type { Connection, Stream } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { Fault } from "../../chain/primitives/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { DirectChannel } from "./channel.js";
import { Discovery } from "./discovery.js";
import type { DiscoveryView } from "./discovery.js";
import { createGate, isShutOut } from "./gate.js";
import type { GateView } from "./gate.js";
import { DEFAULT_LIMITS } from "./options.js";
import type { DiscoveryOptions, P2pDeps, P2pLimits, P2pOptions } from "./options.js";
import { PeerBook, POINTS } from "./peer-book.js";
import { EXCHANGE_NAME } from "./peer-exchange.js";
import { keepConnected, parsePersistentPeer } from "./reconnect.js";
import type { PersistentPeer } from "./reconnect.js";
import { StreamRequests } from "./requests.js";
import { PriorityGate } from "./sender.js";
import { createSwarm } from "./swarm.js";
import type { Swarm } from "./swarm.js";
import { GossipTopic } from "./topic.js";
import type {
  Channel,
  ChannelOptions,
  FlowStats,
  P2p,
  P2pStats,
  PeerId,
  PeerInfo,
  PeerListener,
  RequestOptions,
  Requests,
  Topic,
  TopicOptions,
} from "./types.js";
import type { InboundProtocol, Wire } from "./wire.js";

/** How long a node of another chain is left alone before either side tries again. */
const WRONG_CHAIN_BAN_MS = 60_000;
const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** @throws EdgeFailure "config" for an address that cannot be used. */
export function createP2p(options: P2pOptions, deps: P2pDeps): P2p {
  return new Host(options, deps.log);
}

class Host implements P2p, Wire {
  readonly selfId: PeerId;
  readonly limits: P2pLimits;
  readonly log: Logger;
  readonly clock = (): number => performance.now();
  readonly #options: P2pOptions;
  readonly #prefix: string;
  readonly #persistent: readonly PersistentPeer[];
  readonly #reserved: ReadonlySet<PeerId>;
  readonly #private: ReadonlySet<PeerId>;
  readonly #allow: ReadonlySet<PeerId> | undefined;
  readonly #book: PeerBook;
  readonly #discovery: Discovery | undefined;
  readonly #stop = new AbortController();
  readonly #up = new Map<PeerId, PriorityGate>();
  readonly #greeting = new Map<PeerId, NodeJS.Timeout>();
  readonly #listeners = new Set<PeerListener>();
  readonly #channels = new Map<string, DirectChannel>();
  readonly #topics = new Map<string, GossipTopic>();
  readonly #requests = new Map<string, StreamRequests>();
  readonly #counts = { bans: 0, dials: 0, dialFailures: 0, refusedConnections: 0, penalties: 0 };
  #swarm: Swarm | undefined;
  #loops: Promise<void>[] = [];

  constructor(options: P2pOptions, log: Logger) {
    this.selfId = options.identity.peerId;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.log = log.child("p2p");
    this.#options = options;
    this.#prefix = `/openledger/${options.chainId}`;
    this.#persistent = options.persistentPeers
      .map(parsePersistentPeer)
      .filter(({ id }) => id !== this.selfId);
    const {
      banPenalty,
      banMs,
      penaltyFadePerSecond: fadePerSecond,
      maxRememberedPeers: maxEntries,
    } = this.limits;
    // Every dial listens, and takes its listener away again.
    setMaxListeners(0, this.#stop.signal);
    this.#book = new PeerBook({ banPenalty, banMs, fadePerSecond, maxEntries }, this.clock);
    this.#reserved = new Set([...this.#persistent.map(({ id }) => id), ...(options.unconditionalPeerIds ?? [])]);
    this.#private = new Set(options.privatePeerIds);
    this.#allow = options.allow === undefined ? undefined : new Set(options.allow);
    this.#discovery = options.discovery === undefined ? undefined : this.#discover(options.discovery);
  }

  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  channel(name: string, options: ChannelOptions): Channel {
    this.#checkName(name);
    const channel = new DirectChannel(name, `${this.#prefix}/${name}/1`, options, this, (peer) =>
      this.#gateOf(peer),
    );
    this.#channels.set(name, channel);
    return channel;
  }

  topic(name: string, options: TopicOptions): Topic {
    this.#checkName(name);
    const topic = new GossipTopic(name, `${this.#prefix}/${name}/1`, options, this);
    this.#topics.set(name, topic);
    return topic;
  }

  requests(name: string, options: RequestOptions): Requests {
    this.#checkName(name);
    const requests = new StreamRequests(name, `${this.#prefix}/${name}/1`, options, this);
    this.#requests.set(name, requests);
    return requests;
  }

  async start(): Promise<void> {
    if (this.#swarm !== undefined || this.stopped.aborted) throw new Fault("the p2p service starts once");
    const swarm = await createSwarm(this.#options, this.limits, this.#createGate(), [
      ...this.#topics.values(),
    ]);
    this.#swarm = swarm;
    swarm.addEventListener("connection:open", ({ detail }) => this.#onConnection(detail));
    swarm.addEventListener("peer:disconnect", ({ detail }) => this.#onDisconnect(detail.toString()));
    swarm.addEventListener("peer:identify", ({ detail }) =>
      this.#onIdentify(detail.peerId.toString(), detail.protocols),
    );
    await this.#handle(swarm, this.#helloProtocol());
    for (const protocol of [...this.#channels.values(), ...this.#requests.values()])
      await this.#handle(swarm, protocol);
    await this.#listen(swarm);
    for (const topic of this.#topics.values()) topic.attach(swarm.services.pubsub);
    this.#loops = this.#persistent.map((peer) => this.#keepConnected(peer));
    if (this.#discovery !== undefined) this.#loops.push(this.#discovery.run());
    this.log.info("listening", { peerId: this.selfId, addresses: this.addresses() });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#discovery?.stop();
    await Promise.all(this.#loops);
    for (const peer of [...this.#up.keys()]) this.#onDisconnect(peer);
    for (const timer of this.#greeting.values()) clearTimeout(timer);
    await this.#swarm?.stop();
  }

  addresses(): readonly string[] {
    return this.#swarm?.getMultiaddrs().map((address) => address.toString()) ?? [];
  }

  peers(): readonly PeerInfo[] {
    return [...this.#up.keys()].flatMap((id) => {
      const connection = this.#connectionsOf(id)[0];
      if (connection === undefined) return [];
      return [this.#infoOf(id, connection)];
    });
  }

  #infoOf(id: PeerId, { remoteAddr, direction }: Connection): PeerInfo {
    const penalty = this.#book.penaltyOf(id);
    return { id, address: remoteAddr.toString(), direction, penalty, isPrivate: this.#private.has(id) };
  }

  onPeer(listener: PeerListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  stats(): P2pStats {
    const flows = (parts: ReadonlyMap<string, { readonly stats: FlowStats }>): Record<string, FlowStats> =>
      Object.fromEntries([...parts].map(([name, { stats }]) => [name, { ...stats }]));
    return {
      ...this.#counts,
      peers: this.#up.size,
      knownAddresses: this.#discovery?.book.size ?? 0,
      channels: flows(this.#channels),
      topics: flows(this.#topics),
      requests: flows(this.#requests),
    };
  }

  isUp(peer: PeerId): boolean {
    return this.#up.has(peer);
  }

  upPeers(): Iterable<PeerId> {
    return this.#up.keys();
  }

  penalize(peer: PeerId, points: number, reason: string): void {
    this.#counts.penalties += 1;
    this.log.debug("peer penalized", { peer, points, reason });
    if (!this.#book.penalize(peer, points)) return;
    this.#counts.bans += 1;
    this.log.warn("peer banned", { peer, reason, banMs: this.limits.banMs });
    this.drop(peer, "banned");
  }

  drop(peer: PeerId, reason: string): void {
    for (const connection of this.#connectionsOf(peer))
      connection.abort(new Error(`disconnected: ${reason}`));
  }

  async open(peer: PeerId, protocol: string, signal: AbortSignal): Promise<Stream> {
    const connection = this.#connectionsOf(peer).find(({ status }) => status === "open");
    if (connection === undefined) throw new EdgeFailure("unreachable", "the peer is not connected", { peer });
    const limit = AbortSignal.timeout(this.limits.handshakeTimeoutMs);
    try {
      const stream = await connection.newStream(protocol, {
        signal: limit,
        maxOutboundStreams: this.limits.maxStreamsPerConnection,
      });
      if (!signal.aborted) return stream;
      stream.abort(new Error("no longer wanted"));
    } catch (cause) {
      const code = limit.aborted ? "timeout" : "unreachable";
      throw new EdgeFailure(code, "the peer does not open the protocol", { peer, protocol }, cause);
    }
    throw new EdgeFailure("aborted", "the stream is no longer wanted", { peer, protocol });
  }

  async #listen(swarm: Swarm): Promise<void> {
    try {
      await swarm.start();
    } catch (cause) {
      const facts = { listen: this.#options.listen.join(" ") };
      throw new EdgeFailure("config", "cannot listen; is the port taken?", facts, cause);
    }
  }

  #createGate(): ReturnType<typeof createGate> {
    return createGate({
      ...this.#guest(),
      limits: this.limits,
      connections: () => this.#swarm?.getConnections() ?? [],
      refused: () => void (this.#counts.refusedConnections += 1),
    });
  }

  #guest(): Pick<GateView, "book" | "allow" | "reserved"> {
    return { book: this.#book, allow: this.#allow, reserved: this.#reserved };
  }

  #discover(options: DiscoveryOptions): Discovery {
    const view: DiscoveryView = {
      ...{ selfId: this.selfId, limits: this.limits, log: this.log, clock: this.clock, stopped: this.stopped },
      peers: () => this.peers(),
      addresses: () => this.addresses(),
      isReserved: (id) => this.#reserved.has(id),
      mayDial: (id) => !isShutOut(this.#guest(), id),
      isConnected: (id) => this.#up.has(id) || this.#greeting.has(id),
      dial: (address) => this.#dial(address, this.stopped),
      penalize: (id, points, reason) => this.penalize(id, points, reason),
      drop: (id, reason) => this.drop(id, reason),
    };
    const discovery = new Discovery(options, this.#private, view);
    discovery.attach(this.requests(EXCHANGE_NAME, discovery.protocol()));
    return discovery;
  }

  /** Every node of this chain registers it, so identify tells at once who is one. */
  #helloProtocol(): InboundProtocol {
    return {
      protocol: `${this.#prefix}/hello/1`,
      maxInboundStreams: 1,
      serve: async (_peer, stream) => stream.close(),
      forget: () => undefined,
    };
  }

  async #handle(swarm: Swarm, inbound: InboundProtocol): Promise<void> {
    const { protocol, maxInboundStreams } = inbound;
    const maxOutboundStreams = this.limits.maxStreamsPerConnection;
    await swarm.handle(protocol, (stream, connection) => void this.#contain(inbound, stream, connection), {
      maxInboundStreams,
      maxOutboundStreams,
    });
  }

  /** Whatever goes wrong while serving a stream ends that stream, and at worst that peer. Never rejects. */
  async #contain(inbound: InboundProtocol, stream: Stream, connection: Connection): Promise<void> {
    const peer = connection.remotePeer.toString();
    try {
      this.#welcome(peer);
      await inbound.serve(peer, stream);
    } catch (error) {
      stream.abort(new Error("the stream failed"));
      this.#blame(peer, inbound.protocol, error);
    }
  }

  #blame(peer: PeerId, protocol: string, error: unknown): void {
    if (this.stopped.aborted) return;
    const facts = { peer, protocol, cause: errorText(error) };
    if (!(error instanceof EdgeFailure)) {
      this.log.warn("handler failed; the peer is disconnected", facts);
      this.drop(peer, "handler failed");
    } else if (error.code === "malformed") {
      this.penalize(peer, POINTS.violation, error.message);
    } else if (error.code === "timeout") {
      this.penalize(peer, POINTS.slow, error.message);
      this.drop(peer, "too slow");
    } else {
      this.log.debug("inbound stream ended early", facts);
    }
  }

  #onConnection(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    if (this.#connectionsOf(peer).length > this.limits.maxConnectionsPerPeer) {
      connection.abort(new Error("too many connections"));
      return;
    }
    if (this.#up.has(peer) || this.#greeting.has(peer)) return;
    const timer = setTimeout(
      () => this.drop(peer, "did not identify itself"),
      this.limits.handshakeTimeoutMs,
    );
    this.#greeting.set(peer, timer);
  }

  #onIdentify(peer: PeerId, protocols: readonly string[]): void {
    if (protocols.some((protocol) => protocol.startsWith(`${this.#prefix}/`))) {
      this.#welcome(peer);
      return;
    }
    this.log.debug("peer is not of this chain", { peer });
    this.#discovery?.foreign(peer);
    this.#book.ban(peer, WRONG_CHAIN_BAN_MS);
    this.#counts.bans += 1;
    this.drop(peer, "not of this chain");
  }

  /** The peer speaks our protocols: from here on it is up. */
  #welcome(peer: PeerId): void {
    if (this.#up.has(peer) || this.stopped.aborted || this.#connectionsOf(peer).length === 0) return;
    clearTimeout(this.#greeting.get(peer));
    this.#greeting.delete(peer);
    this.#up.set(peer, new PriorityGate());
    this.log.info("peer connected", { peer, peers: this.#up.size });
    this.#tell((listener) => listener.connected?.(peer));
    const [connection] = this.#connectionsOf(peer);
    if (connection !== undefined) this.#discovery?.connected(this.#infoOf(peer, connection));
  }

  #onDisconnect(peer: PeerId): void {
    clearTimeout(this.#greeting.get(peer));
    this.#greeting.delete(peer);
    if (!this.#up.delete(peer)) return;
    for (const part of this.#channels.values()) part.forget(peer);
    for (const part of this.#topics.values()) part.forget(peer);
    for (const part of this.#requests.values()) part.forget(peer);
    this.log.info("peer disconnected", { peer, peers: this.#up.size });
    this.#tell((listener) => listener.disconnected?.(peer));
    this.#discovery?.disconnected(peer);
  }

  #tell(call: (listener: PeerListener) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        call(listener);
      } catch (error) {
        this.log.error("a peer listener failed", { error });
      }
    }
  }

  async #keepConnected(peer: PersistentPeer): Promise<void> {
    const options = {
      minMs: this.limits.reconnectMinMs,
      maxMs: this.limits.reconnectMaxMs,
      isConnected: (id: PeerId) => this.#connectionsOf(id).length > 0,
      isBanned: (id: PeerId) => this.#book.isBanned(id),
      log: this.log,
      dial: (address: string, signal: AbortSignal) => this.#dial(address, signal),
    };
    await keepConnected(peer, options, this.stopped);
  }

  async #dial(address: string, signal: AbortSignal): Promise<void> {
    this.#counts.dials += 1;
    await this.#swarm?.dial(multiaddr(address), { signal }).catch((error: unknown) => {
      this.#counts.dialFailures += 1;
      throw error;
    });
  }

  #connectionsOf(peer: PeerId): Connection[] {
    return this.#swarm?.getConnections(peerIdFromString(peer)) ?? [];
  }

  #gateOf(peer: PeerId): PriorityGate {
    return this.#up.get(peer) ?? new PriorityGate();
  }

  #checkName(name: string): void {
    const taken = this.#channels.has(name) || this.#topics.has(name) || this.#requests.has(name);
    if (taken || !NAME.test(name) || name === "hello" || this.#swarm !== undefined) {
      throw new Fault("a protocol name is taken, malformed, or registered after start", { name });
    }
  }
}
