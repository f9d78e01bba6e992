/** How nodes give each other snapshots: the newest ones that each has, and their chunks. */
import { toHeight } from "../../chain/primitives/index.js";
import { CHUNK_BYTES, MAX_METADATA_BYTES, SnapshotError } from "../../chain/store/index.js";
import { SnapshotsRequest, SnapshotsResponse } from "../../proto/gen/openledger/engine/v1.js";
import { EdgeFailure } from "../errors.js";
import type { P2p, PeerId, Requests } from "../p2p/types.js";
import { fromInfo, toInfo } from "../snapshots/codec.js";
import type { ChunkRequest, Snapshot, Snapshots } from "../snapshots/types.js";

/** Snapshots in one answer: fewer than CometBFT's ten, because each may come with 4 MB of metadata. */
const MAX_LISTED = 3;
const MAX_RESPONSE_BYTES = Math.max(CHUNK_BYTES, MAX_LISTED * (MAX_METADATA_BYTES + 1_024));
const TIMEOUT_MS = 30_000;

export interface ExchangeOptions {
  /** What is given to peers; nothing when absent. */
  readonly source?: Pick<Snapshots, "list" | "loadChunk">;
  /** Deadline of one request. */
  readonly timeoutMs?: number;
}

export class SnapshotExchange {
  readonly #source: ExchangeOptions["source"];
  readonly #requests: Requests;

  /** Registers the protocol; call before the p2p service starts. */
  constructor(p2p: P2p, options: ExchangeOptions = {}) {
    this.#source = options.source;
    this.#requests = p2p.requests("snapshots", {
      maxRequestBytes: 64,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      concurrency: 2,
      rate: { messagesPerSecond: 10, bytesPerSecond: 1_024 },
      handler: (_peer, bytes) => this.#serve(bytes),
    });
  }

  /** What a peer has, newest first. @throws EdgeFailure; Reject of codespace sdk or snapshot on what no honest peer sends. */
  async list(peer: PeerId, signal: AbortSignal): Promise<readonly Snapshot[]> {
    const request = SnapshotsRequest.encode({ list: {}, chunk: undefined });
    const { snapshots } = SnapshotsResponse.decode(await this.#requests.request(peer, request, { signal }));
    if (snapshots.length > MAX_LISTED) throw SnapshotError.TooLarge("more snapshots than were asked for");
    return snapshots.map(fromInfo);
  }

  /** The bytes that a peer sends for a chunk, not yet checked. @throws EdgeFailure. */
  chunk(peer: PeerId, { height, format, chunk }: ChunkRequest, signal: AbortSignal): Promise<Uint8Array> {
    const request = SnapshotsRequest.encode({ list: undefined, chunk: { height, format, index: chunk } });
    return this.#requests.request(peer, request, { signal });
  }

  async #serve(bytes: Uint8Array): Promise<Uint8Array> {
    const { list, chunk } = decodeRequest(bytes);
    if (list !== undefined) {
      const snapshots = (await this.#source?.list()) ?? [];
      return SnapshotsResponse.encode({ snapshots: snapshots.slice(0, MAX_LISTED).map(toInfo) });
    }
    if (chunk === undefined || chunk.height < 1n) throw new EdgeFailure("malformed", "a request for nothing");
    const { format, index } = chunk;
    const found = await this.#source?.loadChunk({ height: toHeight(chunk.height), format, chunk: index });
    if (found === undefined || found.length === 0) throw new EdgeFailure("not-found", "no such chunk", { height: chunk.height, index });
    return found;
  }
}

function decodeRequest(bytes: Uint8Array): SnapshotsRequest {
  try {
    return SnapshotsRequest.decode(bytes);
  } catch (cause) {
    throw new EdgeFailure("malformed", "not a request about snapshots", {}, cause);
  }
}
