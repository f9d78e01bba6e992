/** Keeps the node connected to its persistent peers. */
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { pause } from "./pause.js";
import type { PeerId } from "./types.js";

export interface ReconnectOptions {
  readonly minMs: number;
  readonly maxMs: number;
  /** Resolves when the connection is open. */
  readonly dial: (address: string, signal: AbortSignal) => Promise<void>;
  readonly isConnected: (peer: PeerId) => boolean;
  readonly isBanned: (peer: PeerId) => boolean;
  readonly log: Logger;
}

/** A multiaddr and the peer it must lead to. */
export interface PersistentPeer {
  readonly id: PeerId;
  readonly address: string;
}

/** @throws EdgeFailure "config" unless the address ends in `/p2p/<peer id>`. */
export function parsePersistentPeer(address: string): PersistentPeer {
  const match = /^\/.+\/p2p\/([1-9A-HJ-NP-Za-km-z]+)$/.exec(address);
  if (match?.[1] === undefined) {
    throw new EdgeFailure("config", "a persistent peer must be a multiaddr ending in /p2p/<peer id>", {
      address,
    });
  }
  return { id: match[1], address };
}

/** One loop per peer: dial, wait longer after each failure, start over once a connection has held. Never rejects. */
export async function keepConnected(
  peer: PersistentPeer,
  options: ReconnectOptions,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = options.minMs;
  while (!signal.aborted) {
    if (options.isConnected(peer.id)) {
      waitMs = options.minMs;
    } else if (!options.isBanned(peer.id)) {
      const reached = await attempt(peer, options, signal);
      waitMs = reached ? options.minMs : Math.min(waitMs * 2, options.maxMs);
    }
    // A quarter of jitter, so that nodes which lost each other at one moment do not dial in step for ever.
    await pause(waitMs * (0.75 + Math.random() / 2), signal);
  }
}

async function attempt(
  peer: PersistentPeer,
  options: ReconnectOptions,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await options.dial(peer.address, signal);
    return true;
  } catch (error) {
    options.log.debug("dial failed", { peer: peer.id, address: peer.address, cause: errorText(error) });
    return false;
  }
}
