/** The P2p interface without sockets: nodes in one process, links that can be cut, messages that can be lost. */
import { Fault } from "../../../chain/primitives/index.js";
import { EdgeFailure } from "../../errors.js";
import type {
  Channel,
  ChannelOptions,
  P2p,
  P2pStats,
  PeerId,
  PeerInfo,
  PeerListener,
  RequestOptions,
  Requests,
  Topic,
  TopicOptions,
} from "../../p2p/types.js";

/** Whether a message is lost on its way. */
export type Loss = (from: PeerId, to: PeerId) => boolean;

export class MemoryNet {
  readonly #nodes = new Map<PeerId, MemoryNode>();
  /** Decides for each channel and topic message. */
  loss: Loss = () => false;

  create(id: PeerId): MemoryNode {
    const node = new MemoryNode(id, this);
    this.#nodes.set(id, node);
    return node;
  }

  join(node: MemoryNode): void {
    this.#nodes.set(node.selfId, node);
    for (const other of this.others(node.selfId)) {
      other.notify((l) => l.connected?.(node.selfId));
      node.notify((l) => l.connected?.(other.selfId));
    }
  }

  leave(id: PeerId): void {
    this.#nodes.delete(id);
    for (const other of this.others(id)) other.notify((l) => l.disconnected?.(id));
  }

  others(id: PeerId): MemoryNode[] {
    return [...this.#nodes.values()].filter((n) => n.selfId !== id && n.isRunning);
  }

  find(id: PeerId): MemoryNode | undefined {
    const node = this.#nodes.get(id);
    return node?.isRunning === true ? node : undefined;
  }
}

export class MemoryNode implements P2p {
  readonly selfId: PeerId;
  readonly penalties: { readonly peer: PeerId; readonly points: number; readonly reason: string }[] = [];
  readonly verdicts = { accept: 0, ignore: 0, reject: 0 };
  isRunning = false;
  readonly #net: MemoryNet;
  readonly #channels = new Map<string, ChannelOptions>();
  readonly #topics = new Map<string, TopicOptions>();
  readonly #requests = new Map<string, RequestOptions>();
  readonly #listeners = new Set<PeerListener>();

  constructor(id: PeerId, net: MemoryNet) {
    this.selfId = id;
    this.#net = net;
  }

  start(): Promise<void> {
    this.isRunning = true;
    this.#net.join(this);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.isRunning = false;
    this.#net.leave(this.selfId);
    return Promise.resolve();
  }

  addresses(): readonly string[] {
    return [`/memory/${this.selfId}`];
  }

  peers(): readonly PeerInfo[] {
    return this.#net
      .others(this.selfId)
      .map(({ selfId }) => ({ id: selfId, address: `/memory/${selfId}`, direction: "outbound", penalty: 0, isPrivate: false }));
  }

  onPeer(listener: PeerListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(tell: (listener: PeerListener) => void): void {
    for (const listener of this.#listeners) tell(listener);
  }

  channel(name: string, options: ChannelOptions): Channel {
    if (this.#channels.has(name)) throw new Fault("channel name taken", { name });
    this.#channels.set(name, options);
    const send = (peer: PeerId, bytes: Uint8Array): boolean =>
      this.#deliver(peer, bytes, (n) => n.#channels.get(name));
    return {
      name,
      send,
      broadcast: (bytes, except) =>
        this.#net.others(this.selfId).filter((n) => n.selfId !== except && send(n.selfId, bytes)).length,
    };
  }

  topic(name: string, options: TopicOptions): Topic {
    this.#topics.set(name, options);
    return {
      name,
      publish: (bytes) =>
        Promise.resolve(
          this.#net
            .others(this.selfId)
            .filter((n) => this.#deliver(n.selfId, bytes, (to) => to.#topics.get(name))).length,
        ),
    };
  }

  requests(name: string, options: RequestOptions): Requests {
    this.#requests.set(name, options);
    return {
      name,
      request: async (peer, bytes) => {
        const remote = this.#net.find(peer);
        const handler = remote === undefined ? undefined : remote.#requests.get(name)?.handler;
        if (handler === undefined) throw new EdgeFailure("unreachable", "no such peer", { peer });
        await new Promise((resolve) => setImmediate(resolve));
        const answer = await handler(this.selfId, bytes, new AbortController().signal);
        if (answer instanceof Uint8Array) return answer;
        throw new EdgeFailure("remote", "the memory network does not stream");
      },
    };
  }

  penalize(peer: PeerId, points: number, reason: string): void {
    this.penalties.push({ peer, points, reason });
  }

  stats(): P2pStats {
    const none = { peers: 0, bans: 0, dials: 0, dialFailures: 0, refusedConnections: 0, penalties: 0, knownAddresses: 0 };
    return { ...none, channels: {}, topics: {}, requests: {} };
  }

  /** Hands bytes to this node as if `from` had sent them on a channel. */
  async inject(from: PeerId, channel: string, bytes: Uint8Array): Promise<void> {
    const verdict = await this.#channels.get(channel)?.onMessage(from, bytes);
    if (verdict !== undefined) this.verdicts[verdict]++;
  }

  #deliver(
    peer: PeerId,
    bytes: Uint8Array,
    find: (node: MemoryNode) => Pick<ChannelOptions, "onMessage"> | undefined,
  ): boolean {
    const node = this.#net.find(peer);
    const options = node === undefined ? undefined : find(node);
    if (node === undefined || options === undefined || !this.isRunning) return false;
    if (this.#net.loss(this.selfId, peer)) return true;
    setImmediate(() => {
      if (!node.isRunning) return;
      Promise.resolve(options.onMessage(this.selfId, bytes)).then(
        (verdict) => node.verdicts[verdict]++,
        (error: unknown) => {
          throw error;
        },
      );
    });
    return true;
  }
}
