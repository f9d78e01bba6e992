/**
 * Messages for the next height that came before we reached it: their signatures cannot be checked yet. A few per peer are
 * kept as they are; whatever is dropped comes again, because our first summary of that height says that we lack it.
 */
import type { Height } from "../../chain/primitives/index.js";
import type { PeerId } from "../p2p/types.js";
import type { CurrentMessage } from "./gossip.js";

/** Kept per peer: a proposal, its parts up to 8 MiB, and two votes of each of 64 validators. */
const MAX_PER_PEER = 256;
/** Peers whose messages are kept. */
const MAX_PEERS = 64;

export interface EarlyEntry {
  readonly peer: PeerId;
  readonly message: CurrentMessage;
}

export class EarlyGossip {
  readonly #byPeer = new Map<PeerId, { readonly height: Height; readonly messages: CurrentMessage[] }>();

  /** Keeps a message of the height after `current`; others are dropped. */
  keep(current: Height, peer: PeerId, message: CurrentMessage): void {
    const height = heightAfter(current, message);
    if (height === null) return;
    const kept = this.#byPeer.get(peer);
    if (kept?.height === height) {
      if (kept.messages.length < MAX_PER_PEER) kept.messages.push(message);
    } else if (kept !== undefined || this.#byPeer.size < MAX_PEERS) {
      this.#byPeer.set(peer, { height, messages: [message] });
    }
  }

  /** What waited for this height; everything is forgotten. */
  take(height: Height): readonly EarlyEntry[] {
    const entries = [...this.#byPeer].flatMap(([peer, kept]) =>
      kept.height === height ? kept.messages.map((message) => ({ peer, message })) : [],
    );
    this.#byPeer.clear();
    return entries;
  }

  forget(peer: PeerId): void {
    this.#byPeer.delete(peer);
  }
}

function heightAfter(current: Height, message: CurrentMessage): Height | null {
  const height =
    message.kind === "proposal"
      ? message.proposal.height
      : message.kind === "vote"
        ? message.vote.height
        : message.kind === "certificate"
          ? message.certificate.height
          : message.height;
  return height === current + 1n ? height : null;
}
