/** The libp2p host as we configure it: TCP, noise, yamux, identify, ping and gossipsub, every bound set. */
import { createHash } from "node:crypto";
import "../promise-with-resolvers.js";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { gossipsub, StrictNoSign } from "@libp2p/gossipsub";
import type { GossipSub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import type { Identify } from "@libp2p/identify";
import type { ConnectionGater, Libp2p, ServiceMap } from "@libp2p/interface";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import type { ConnectionManagerInit } from "libp2p";
import type { P2pOptions, P2pLimits } from "./options.js";
import type { GossipTopic } from "./topic.js";

interface Services extends ServiceMap {
  readonly identify: Identify;
  readonly pubsub: GossipSub;
}

export type Swarm = Libp2p<Services>;

/** A yamux stream may hold this much unread before its sender stops; libp2p's own default is 16 MiB. */
const MAX_WINDOW_BYTES = 1024 * 1024;
const MESSAGE_ID_BYTES = 20;

/** Builds the host without starting it. */
export async function createSwarm(
  options: P2pOptions,
  limits: P2pLimits,
  gater: ConnectionGater,
  topics: readonly GossipTopic[],
): Promise<Swarm> {
  const reserved = new Set([...options.persistentPeers.map((peer) => peer.split("/p2p/").at(-1)), ...(options.unconditionalPeerIds ?? [])]);
  const maxPeers = limits.maxInboundPeers + limits.maxOutboundPeers + reserved.size;
  return createLibp2p<Services>({
    start: false,
    privateKey: options.identity.privateKey,
    nodeInfo: { name: "openledger", userAgent: "openledger" },
    addresses: { listen: [...options.listen] },
    transports: [
      tcp({ maxConnections: maxPeers * limits.maxConnectionsPerPeer + limits.maxPendingInbound }),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: limits.maxStreamsPerConnection,
        maxOutboundStreams: limits.maxStreamsPerConnection,
        streamOptions: { maxStreamWindowSize: MAX_WINDOW_BYTES, maxReadBufferLength: 2 * MAX_WINDOW_BYTES },
      }),
    ],
    connectionGater: gater,
    connectionManager: connectionLimits(limits, maxPeers),
    connectionMonitor: { pingInterval: 10_000 },
    services: {
      identify: identify({ timeout: limits.handshakeTimeoutMs }),
      ping: ping(),
      pubsub: gossip(topics),
    },
  });
}

/** Peers are counted by our gater; libp2p's own bound only backs it up, so that its pruning never picks for us. */
function connectionLimits(limits: P2pLimits, maxPeers: number): ConnectionManagerInit {
  return {
    maxConnections: (maxPeers + 1) * limits.maxConnectionsPerPeer,
    maxIncomingPendingConnections: limits.maxPendingInbound,
    inboundConnectionThreshold: limits.inboundPerHostPerSecond,
    inboundUpgradeTimeout: limits.handshakeTimeoutMs,
    inboundStreamProtocolNegotiationTimeout: limits.handshakeTimeoutMs,
    outboundStreamProtocolNegotiationTimeout: limits.handshakeTimeoutMs,
    dialTimeout: limits.handshakeTimeoutMs,
    reconnectRetries: 0,
  };
}

/**
 * Unsigned messages: the sender is authenticated hop by hop, contents carry their own signatures, and signing halves
 * the throughput (performance.md §3.7). The id is the hash of topic and bytes, so one message is one message everywhere.
 */
function gossip(topics: readonly GossipTopic[]): ReturnType<typeof gossipsub> {
  const longest = topics.reduce((max, topic) => Math.max(max, topic.maxBytes), 0);
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    msgIdFn: ({ topic, data }) => createHash("sha256").update(`${topic}\0`).update(data).digest().subarray(0, MESSAGE_ID_BYTES),
    allowedTopics: topics.map((topic) => topic.id),
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    floodPublish: true,
    doPX: false,
    emitSelf: false,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    maxInboundDataLength: longest + 1024,
    maxOutboundBufferSize: 8 * 1024 * 1024,
    maxTopicBytesPerPeer: 64 * 1024,
    messageProcessingConcurrency: 16,
    decodeRpcLimits: {
      maxSubscriptions: 64,
      maxMessages: 256,
      maxIhaveMessageIDs: 2_000,
      maxIwantMessageIDs: 2_000,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 256,
      maxPeerInfos: 0,
    },
    // Many validators may share a host (a testnet, a NAT); connections per host are bounded by our gater.
    scoreParams: { IPColocationFactorWeight: 0 },
  });
}
