/** Single blocks between nodes: the request is a CID's bytes, the answer the block's. */
import type { CID } from "multiformats/cid";
import { EdgeFailure, isFailure, throwIfAborted } from "../errors.js";
import type { P2p, PeerId, Requests } from "../p2p/types.js";
import type { Logger } from "../telemetry/log.js";
import { MAX_BLOCK_BYTES, decodeCid, isBlock } from "./block.js";
import type { BlockStore } from "./store.js";

const MAX_CID_BYTES = 64;
const BLOCK_TIMEOUT_MS = 20_000;
/** A lie about a hash is proof: it bans at once. */
const WRONG_BLOCK_POINTS = 100;

/** Where a fetch has got blocks from so far; the last good peer is asked first. */
export interface Sources {
  readonly peers: Set<PeerId>;
  last: PeerId | undefined;
}

export class BlockExchange {
  readonly #p2p: P2p;
  readonly #log: Logger;
  readonly #requests: Requests;

  constructor(p2p: P2p, store: BlockStore, log: Logger) {
    this.#p2p = p2p;
    this.#log = log;
    this.#requests = p2p.requests("blobs", {
      maxRequestBytes: MAX_CID_BYTES,
      maxResponseBytes: MAX_BLOCK_BYTES,
      timeoutMs: BLOCK_TIMEOUT_MS,
      concurrency: 8,
      rate: { messagesPerSecond: 2_000, bytesPerSecond: 1_000_000 },
      handler: (_peer, bytes) => store.load(decodeCid(bytes)),
    });
  }

  /**
   * Asks peer after peer until one sends the right bytes.
   * @throws EdgeFailure "not-found" if all that answered lack it, "unreachable" if none answered, "aborted".
   */
  async fetch(cid: CID, sources: Sources, signal: AbortSignal | undefined): Promise<Uint8Array> {
    let lacking = 0;
    let cause: unknown;
    for (const peer of this.#inOrder(sources.last)) {
      throwIfAborted(signal);
      try {
        const bytes = await this.#ask(peer, cid, signal);
        sources.peers.add(peer);
        sources.last = peer;
        return bytes;
      } catch (error) {
        if (isFailure(error, "aborted")) throw error;
        if (isFailure(error, "not-found")) lacking += 1;
        cause = error;
      }
    }
    const code = lacking > 0 ? "not-found" : "unreachable";
    const message = lacking > 0 ? "no connected peer has a block" : "no peer could be asked for a block";
    throw new EdgeFailure(code, message, { cid: cid.toString(), lacking }, cause);
  }

  async #ask(peer: PeerId, cid: CID, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const bytes = await this.#requests.request(peer, cid.bytes, signal === undefined ? {} : { signal });
    if (isBlock(cid, bytes)) return bytes;
    this.#log.warn("a peer sent a wrong block", { peer, cid: cid.toString() });
    this.#p2p.penalize(peer, WRONG_BLOCK_POINTS, "blobs: wrong block");
    throw new EdgeFailure("malformed", "the block does not match its CID", { peer, cid: cid.toString() });
  }

  #inOrder(first: PeerId | undefined): PeerId[] {
    const peers = this.#p2p.peers().map(({ id }) => id);
    return first !== undefined && peers.includes(first)
      ? [first, ...peers.filter((id) => id !== first)]
      : peers;
  }
}
