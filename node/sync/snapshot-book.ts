/** Which snapshots the peers have, and whom to ask for their chunks. */
import { sha256 } from "../../chain/crypto/index.js";
import { Reject, equalBytes, toHex } from "../../chain/primitives/index.js";
import { SNAPSHOT_FORMAT, SnapshotError, decodeMetadata } from "../../chain/store/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { P2p, PeerId } from "../p2p/types.js";
import type { Snapshot } from "../snapshots/types.js";
import type { Logger } from "../telemetry/log.js";
import type { SnapshotExchange } from "./snapshot-exchange.js";

/** What no honest peer sends: two of them ban. */
const LIE_POINTS = 50;
/** No answer. */
const SILENCE_POINTS = 5;
/** Snapshots remembered as bad; a peer that makes up more of them is long banned. */
const MAX_REJECTED = 10_000;

export interface BookDeps {
  readonly p2p: P2p;
  readonly exchange: SnapshotExchange;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

interface Known {
  readonly snapshot: Snapshot;
  readonly peers: Set<PeerId>;
}

/** Two snapshots are the same when every word about them is. */
export function snapshotKey({ height, format, chunks, hash }: Snapshot): string {
  return `${height}/${format}/${chunks}/${toHex(hash)}`;
}

export class SnapshotBook {
  readonly #deps: BookDeps;
  #known = new Map<string, Known>();
  readonly #rejected = new Set<string>();
  /** Peers that lied: nothing more is asked of them. */
  readonly #liars = new Set<PeerId>();

  constructor(deps: BookDeps) {
    this.#deps = deps;
  }

  /** Asks every peer anew. What nobody has any more is forgotten. Resolves to how many peers answered. */
  async refresh(): Promise<number> {
    const peers = this.#deps.p2p.peers().map(({ id }) => id).filter((id) => !this.#liars.has(id));
    const known = new Map<string, Known>();
    const answers = await Promise.all(peers.map((peer) => this.#ask(peer)));
    for (const [i, snapshots] of answers.entries()) {
      const peer = peers[i];
      if (peer === undefined) continue;
      for (const snapshot of snapshots ?? []) {
        const key = snapshotKey(snapshot);
        const entry = known.get(key) ?? { snapshot, peers: new Set() };
        entry.peers.add(peer);
        known.set(key, entry);
      }
    }
    this.#known = known;
    return answers.filter((answer) => answer !== undefined).length;
  }

  async #ask(peer: PeerId): Promise<readonly Snapshot[] | undefined> {
    const { exchange, signal } = this.#deps;
    try {
      const snapshots = await exchange.list(peer, signal);
      return snapshots.filter((s) => this.#isOurs(s));
    } catch (error) {
      this.blame(peer, error);
      return undefined;
    }
  }

  /** The metadata must be of the hash at once, or peers could fight over what a hash stands for. @throws Reject on a lie. */
  #isOurs(snapshot: Snapshot): boolean {
    if (snapshot.format !== SNAPSHOT_FORMAT || this.#rejected.has(snapshotKey(snapshot))) return false;
    if (!equalBytes(sha256(snapshot.metadata), snapshot.hash)) throw SnapshotError.WrongHash("the metadata is not of its hash");
    const { length } = decodeMetadata(snapshot.metadata).chunkHashes;
    if (length !== snapshot.chunks) throw SnapshotError.Malformed("another number of chunks than of their hashes", { chunks: snapshot.chunks });
    return true;
  }

  /** What may be restored: the highest first, and of one height what most peers have. */
  candidates(): readonly Snapshot[] {
    return [...this.#known.values()]
      .filter(({ snapshot }) => !this.#rejected.has(snapshotKey(snapshot)))
      .toSorted((a, b) => (a.snapshot.height === b.snapshot.height ? b.peers.size - a.peers.size : a.snapshot.height < b.snapshot.height ? 1 : -1))
      .map(({ snapshot }) => snapshot);
  }

  /** Who has a snapshot and is still connected. */
  peersOf(snapshot: Snapshot): readonly PeerId[] {
    const up = new Set(this.#deps.p2p.peers().map(({ id }) => id));
    const peers = this.#known.get(snapshotKey(snapshot))?.peers ?? new Set<PeerId>();
    return [...peers].filter((peer) => up.has(peer) && !this.#liars.has(peer));
  }

  /** A peer does not have the snapshot after all. */
  lacks(peer: PeerId, snapshot: Snapshot): void {
    this.#known.get(snapshotKey(snapshot))?.peers.delete(peer);
  }

  /** Never again. */
  reject(snapshot: Snapshot): void {
    if (this.#rejected.size < MAX_REJECTED) this.#rejected.add(snapshotKey(snapshot));
  }

  /** A peer did not help: it pays as much as the error says. */
  blame(peer: PeerId, error: unknown): void {
    const { p2p, log, signal } = this.#deps;
    if (signal.aborted) return;
    log.warn("a peer did not help with a snapshot", { peer, reason: errorText(error) });
    if (error instanceof Reject) {
      this.#liars.add(peer);
      return p2p.penalize(peer, LIE_POINTS, "lie about a snapshot");
    }
    if (!(error instanceof EdgeFailure)) throw error;
    const isExcused = error.code === "not-found" || error.code === "busy" || error.code === "unreachable";
    if (!isExcused) p2p.penalize(peer, SILENCE_POINTS, "no answer about snapshots");
  }
}
