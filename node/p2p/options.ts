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
  readonly limits?: Partial<P2pLimits>;
}

export interface P2pDeps {
  readonly log: Logger;
}

export interface P2pLimits {
  /** Connected peers, persistent ones included; slots for absent persistent peers stay reserved. */
  readonly maxPeers: number;
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
}

/** Room for 50 validators and some full nodes; one host may hold a whole local testnet. */
export const DEFAULT_LIMITS: P2pLimits = {
  maxPeers: 64,
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
};
