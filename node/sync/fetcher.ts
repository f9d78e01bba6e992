/**
 * Fetches the blocks ahead, ranges of them from several peers at once, and keeps them until they are applied. A range that keeps the
 * applier waiting is asked of a second peer too, so that one slow peer holds nobody up. What is fetched is not checked here.
 */
import { BlocksRequest, BlocksResponse } from "../../proto/gen/openledger/engine/v1.js";
import type { SyncBlock } from "../../proto/gen/openledger/engine/v1.js";
import { EdgeFailure } from "../errors.js";
import type { PeerId, Requests } from "../p2p/types.js";
import type { SyncPeers } from "./peers.js";

/** Blocks in one answer. */
export const MAX_BLOCKS = 64;
/** Ranges under way at once, over all peers. */
const MAX_REQUESTS = 4;
/** Ranges under way at one peer: one travels while the peer reads the next. */
const MAX_PER_PEER = 2;
/** How far ahead of the height in progress blocks are fetched. */
const WINDOW = 4n * BigInt(MAX_BLOCKS);
/** Bytes of blocks that wait to be applied; beyond, nothing more is asked for. */
const MAX_WAITING_BYTES = 64 * 1_048_576;
/** How long the range that is needed next may keep us waiting before it is asked of another peer too. */
const HEDGE_MS = 2_000;

/** A block as a peer sent it. */
export interface FetchedBlock {
  readonly wire: SyncBlock;
  readonly peer: PeerId;
}

export interface FetcherDeps {
  readonly requests: Requests;
  readonly peers: SyncPeers;
  readonly signal: AbortSignal;
  /** Something new can be applied. */
  readonly arrived: () => void;
  /** A peer did not answer, or not with what was asked for. */
  readonly failed: (peer: PeerId, error: unknown) => void;
  /** Our monotonic clock in ms. */
  readonly now?: () => number;
}

interface UnderWay {
  readonly from: bigint;
  /** The last height asked for. */
  readonly to: bigint;
  readonly peer: PeerId;
  readonly since: number;
}

export class BlockFetcher {
  readonly #deps: FetcherDeps;
  readonly #now: () => number;
  readonly #waiting = new Map<bigint, FetchedBlock>();
  #waitingBytes = 0;
  /** The height that is applied next. */
  #next = 0n;
  readonly #underWay = new Set<UnderWay>();

  constructor(deps: FetcherDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? (() => performance.now());
  }

  /** The block of a height, if it is here. */
  get(height: bigint): FetchedBlock | undefined {
    return this.#waiting.get(height);
  }

  /** Requests that have not been answered. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Forgets what lies below a height: it is applied. */
  dropBelow(height: bigint): void {
    for (const h of this.#waiting.keys()) if (h < height) this.#remove(h);
  }

  /** Forgets what a peer sent: some of it was a lie. */
  dropOf(peer: PeerId): void {
    for (const [h, fetched] of this.#waiting) if (fetched.peer === peer) this.#remove(h);
  }

  /** Asks for what is missing from `height` up to `best`, as far as the bounds allow. */
  fill(height: bigint, best: bigint): void {
    const last = height + WINDOW - 1n;
    const end = best < last ? best : last;
    this.#next = height;
    for (let h = this.#missing(height, end); h !== undefined; h = this.#missing(h, end)) {
      const to = this.#gapEnd(h, end);
      if (!this.#ask(h, to)) break;
      h = to + 1n;
    }
    this.#hedge(height);
  }

  /** The first height from `from` to `end` that is neither here nor asked for. */
  #missing(from: bigint, end: bigint): bigint | undefined {
    for (let h = from; h <= end; h++) if (!this.#waiting.has(h) && !this.#isAsked(h)) return h;
    return undefined;
  }

  #gapEnd(from: bigint, end: bigint): bigint {
    let to = from;
    while (to < end && to - from + 1n < BigInt(MAX_BLOCKS) && !this.#waiting.has(to + 1n) && !this.#isAsked(to + 1n)) to++;
    return to;
  }

  #isAsked(height: bigint): boolean {
    return [...this.#underWay].some(({ from, to }) => from <= height && height <= to);
  }

  #ask(from: bigint, to: bigint, except?: PeerId): boolean {
    const limit = except === undefined ? MAX_REQUESTS : MAX_REQUESTS + 1; // slow answers must not keep the second one from being asked for
    const isFull = this.#waitingBytes >= MAX_WAITING_BYTES && from !== this.#next; // what is applied next makes room
    if (this.#underWay.size >= limit || isFull) return false;
    const chosen = this.#choose(from, except);
    if (chosen === undefined) return false;
    const [peer, top] = chosen;
    const asked: UnderWay = { from, to: to < top ? to : top, peer, since: this.#now() };
    this.#underWay.add(asked);
    void this.#request(asked);
    return true;
  }

  /** Of the peers with the least to do, any. */
  #choose(height: bigint, except: PeerId | undefined): readonly [PeerId, bigint] | undefined {
    const load = (peer: PeerId): number => [...this.#underWay].filter((r) => r.peer === peer).length;
    const able = this.#deps.peers.holding(height).filter(([peer]) => peer !== except && load(peer) < MAX_PER_PEER);
    const least = Math.min(...able.map(([peer]) => load(peer)));
    const idle = able.filter(([peer]) => load(peer) === least);
    return idle[Math.floor(Math.random() * idle.length)];
  }

  /** The range that everything waits for has been under way for long: another peer may be quicker. */
  #hedge(height: bigint): void {
    const late = [...this.#underWay].filter(({ from, to }) => from <= height && height <= to);
    const [only] = late;
    if (only === undefined || late.length > 1 || this.#now() - only.since < HEDGE_MS) return;
    this.#ask(height, only.to, only.peer);
  }

  async #request(asked: UnderWay): Promise<void> {
    const { requests, signal, peers, failed, arrived } = this.#deps;
    const { peer, from, to } = asked;
    try {
      const request = BlocksRequest.encode({ height: from, count: Number(to - from) + 1 });
      const blocks = decodeResponse(await requests.request(peer, request, { signal }));
      if (blocks.length === 0 || blocks.length > Number(to - from) + 1)
        throw new EdgeFailure("not-found", "a peer does not send the blocks it claims", { height: from });
      this.#underWay.delete(asked);
      for (const [i, wire] of blocks.entries()) this.#keep(from + BigInt(i), { wire, peer });
      for (const late of this.#underWay) if (late.since < asked.since && late.from <= from && from <= late.to) peers.avoid(late.peer);
      arrived();
    } catch (error) {
      this.#underWay.delete(asked);
      if (!signal.aborted) failed(peer, error);
    }
  }

  #keep(height: bigint, fetched: FetchedBlock): void {
    if (this.#waiting.has(height)) return;
    this.#waiting.set(height, fetched);
    this.#waitingBytes += sizeOf(fetched);
  }

  #remove(height: bigint): void {
    const fetched = this.#waiting.get(height);
    if (fetched === undefined) return;
    this.#waiting.delete(height);
    this.#waitingBytes -= sizeOf(fetched);
  }
}

function decodeResponse(bytes: Uint8Array): readonly SyncBlock[] {
  try {
    return BlocksResponse.decode(bytes).blocks;
  } catch (cause) {
    throw new EdgeFailure("malformed", "not an answer with blocks", {}, cause);
  }
}

function sizeOf({ wire }: FetchedBlock): number {
  return wire.block.length + wire.commit.length;
}
