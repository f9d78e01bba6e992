/** What channels, topics and requests need of the host; host.ts provides it. */
import type { Stream } from "@libp2p/interface";
import type { Logger } from "../telemetry/log.js";
import type { P2pLimits } from "./options.js";
import type { Clock } from "./rate.js";
import type { FlowStats, PeerId } from "./types.js";

export interface Wire {
  readonly limits: P2pLimits;
  readonly log: Logger;
  readonly clock: Clock;
  /** Fires when the service stops. */
  readonly stopped: AbortSignal;
  isUp(peer: PeerId): boolean;
  upPeers(): Iterable<PeerId>;
  /** @throws EdgeFailure "unreachable", "timeout" or "aborted". */
  open(peer: PeerId, protocol: string, signal: AbortSignal): Promise<Stream>;
  penalize(peer: PeerId, points: number, reason: string): void;
  /** Disconnects; the peer may come back. */
  drop(peer: PeerId, reason: string): void;
}

/** One protocol with its inbound side, registered with libp2p when the host starts. */
export interface InboundProtocol {
  readonly protocol: string;
  /** Streams of this protocol that one connection may hold. */
  readonly maxInboundStreams: number;
  /** Serves one inbound stream; a rejection is handled by the host (`contain`). */
  serve(peer: PeerId, stream: Stream): Promise<void>;
  forget(peer: PeerId): void;
}

/** Counters at zero. */
export function createFlowStats(): FlowStats {
  return { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0, dropped: 0, rejected: 0 };
}
