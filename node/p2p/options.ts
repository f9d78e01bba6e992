/** What the operator sets, and the bounds on everything a peer can make us hold or do. */
import type { Logger } from "../telemetry/log.js";
import type { Identity } from "./identity.js";
import type { PeerId } from "./types.js";

export interface P2pOptions {
  readonly identity: Identity;
  /** Part of every protocol id: nodes of different chains do not talk. */
  readonly chainId: string;
  /** Multiaddrs to listen on, such as `/ip4/0.0.0.0/tcp/26656`; none for a node that only dials. */
  readonly listen: readonly string[];
  /** Multiaddrs, each ending in `/p2p/<peer id>`, to stay connected to. */
  readonly persistentPeers: readonly string[];
  /** When given, nobody else may connect, in either direction. Persistent peers are always allowed. */
  readonly allow?: readonly PeerId[];
  /** Always find a place, whatever the bounds on peers; CometBFT's unconditional_peer_ids. */
  readonly unconditionalPeerIds?: readonly PeerId[];
  /** Never told to other peers nor shown; CometBFT's private_peer_ids. */
  readonly privatePeerIds?: readonly PeerId[];
  /** Absent: this node neither asks for peers nor tells of any, as a validator behind sentries. */
  readonly discovery?: DiscoveryOptions;
  readonly limits?: Partial<P2pLimits>;
}

export interface DiscoveryOptions {
  /** Multiaddrs, each ending in `/p2p/<peer id>`, that are dialled only while nobody else can be. */
  readonly seeds: readonly string[];
  /** A seed keeps asking round, tells who asks, and lets everybody go again. */
  readonly isSeed: boolean;
  /** Where the addresses are kept; absent for memory only. */
  readonly bookPath?: string;
  /** Neither keep nor tell addresses that mean another host elsewhere: loopback, private networks. */
  readonly isStrict: boolean;
  /** How others reach this node, when it does not know itself: `/ip4/203.0.113.7/tcp/26656/p2p/<own id>`. */
  readonly externalAddress?: string;
}

export interface P2pDeps {
  readonly log: Logger;
}

export interface P2pLimits {
  /** Peers that dialled us, without persistent and unconditional ones, which always find a place. */
  readonly maxInboundPeers: number;
  /** Peers that we dial because of seeds and the address book. */
  readonly maxOutboundPeers: number;
  /** Two nodes that dial each other at the same moment hold two connections; more is waste. */
  readonly maxConnectionsPerPeer: number;
  readonly maxConnectionsPerHost: number;
  /** New inbound connections from one host per second, counted before any handshake. */
  readonly inboundPerHostPerSecond: number;
  /** Inbound connections that have not finished their handshake. */
  readonly maxPendingInbound: number;
  /** Streams a peer may hold open on one connection, over all protocols. */
  readonly maxStreamsPerConnection: number;
  /** For noise, yamux and identify together, each. */
  readonly handshakeTimeoutMs: number;
  /** A message or a send that makes no progress for this long costs the connection. */
  readonly slowPeerMs: number;
  /** Points at which a peer is banned. */
  readonly banPenalty: number;
  readonly banMs: number;
  readonly penaltyFadePerSecond: number;
  readonly maxRememberedPeers: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** How often to look round for peers when nothing changes. */
  readonly discoveryMs: number;
  /** Least time between two questions to one peer; it answers three times as often. */
  readonly askAgainMs: number;
  /** Least time between two dials to one peer of the address book. */
  readonly redialMs: number;
  /** How long a seed keeps a peer. */
  readonly seedGraceMs: number;
}

/** Numbers of peers as CometBFT's; one host may hold a whole local testnet. */
export const DEFAULT_LIMITS: P2pLimits = {
  maxInboundPeers: 40,
  maxOutboundPeers: 10,
  maxConnectionsPerPeer: 2,
  maxConnectionsPerHost: 32,
  inboundPerHostPerSecond: 32,
  maxPendingInbound: 32,
  maxStreamsPerConnection: 128,
  handshakeTimeoutMs: 5_000,
  slowPeerMs: 15_000,
  banPenalty: 100,
  banMs: 600_000,
  penaltyFadePerSecond: 0.1,
  maxRememberedPeers: 4_096,
  reconnectMinMs: 250,
  reconnectMaxMs: 15_000,
  discoveryMs: 10_000,
  askAgainMs: 30_000,
  redialMs: 15_000,
  seedGraceMs: 20_000,
};
