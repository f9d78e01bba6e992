/** Who may connect. Asked by libp2p before and after the handshake of every connection. */
import type { Connection, ConnectionGater, MultiaddrConnection } from "@libp2p/interface";
import type { P2pLimits } from "./options.js";
import type { PeerBook } from "./peer-book.js";
import type { PeerId } from "./types.js";

export interface GateView {
  readonly limits: P2pLimits;
  readonly book: PeerBook;
  readonly allow: ReadonlySet<PeerId> | undefined;
  /** Persistent and unconditional peers. */
  readonly reserved: ReadonlySet<PeerId>;
  connections(): readonly Connection[];
  refused(): void;
}

/** Host part of a TCP multiaddr: `/ip4/10.0.0.1/tcp/1` -> `10.0.0.1`. */
function hostOf(address: { toString(): string }): string {
  return address.toString().split("/")[2] ?? "";
}

export function createGate(view: GateView): ConnectionGater {
  const deny = (reason: boolean): boolean => {
    if (reason) view.refused();
    return reason;
  };
  return {
    denyDialPeer: (peer) => deny(isShutOut(view, peer.toString())),
    denyInboundConnection: (connection) => deny(isHostFull(view, connection)),
    denyInboundEncryptedConnection: (peer) =>
      deny(isShutOut(view, peer.toString()) || isFull(view, peer.toString())),
    denyOutboundEncryptedConnection: (peer) => deny(isShutOut(view, peer.toString())),
  };
}

/** Banned, or not on the allow-list. */
export function isShutOut(view: Pick<GateView, "book" | "allow" | "reserved">, peer: PeerId): boolean {
  if (view.book.isBanned(peer)) return true;
  return view.allow !== undefined && !view.allow.has(peer) && !view.reserved.has(peer);
}

function isHostFull(view: GateView, incoming: MultiaddrConnection): boolean {
  const host = hostOf(incoming.remoteAddr);
  const held = view.connections().filter((connection) => hostOf(connection.remoteAddr) === host).length;
  return held >= view.limits.maxConnectionsPerHost;
}

/** Only peers that dial us compete for places, and reserved ones do not. */
function isFull(view: GateView, peer: PeerId): boolean {
  const held = view.connections();
  const ofPeer = held.filter(({ remotePeer }) => remotePeer.toString() === peer);
  if (ofPeer.length >= view.limits.maxConnectionsPerPeer) return true;
  if (view.reserved.has(peer)) return false;
  const inbound = held.filter(({ direction }) => direction === "inbound").map(({ remotePeer }) => remotePeer.toString());
  const others = new Set(inbound.filter((id) => !view.reserved.has(id) && id !== peer));
  return others.size >= view.limits.maxInboundPeers;
}
