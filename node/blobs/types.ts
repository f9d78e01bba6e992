/** Content-addressed blobs: what modules' data, models, adapters and checkpoints refer to by CID. */
import type { PeerId } from "../p2p/types.js";

/** A CID in text. `put` gives CIDv1 in base32, the same that `ipfs add --cid-version 1` prints. */
export type BlobCid = string;

export interface BlobLimits {
  /** Bytes of all blocks of the blob together. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface Blobs {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stores the bytes as a UnixFS file. The same bytes give the same CID on every machine. @throws "too-large". */
  put(
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PutBlob>;
  /** The whole file from local blocks, every block's hash checked. @throws "not-found", "too-large", "malformed". */
  get(cid: BlobCid, limits: BlobLimits): Promise<Uint8Array>;
  /** The same piece by piece. */
  read(cid: BlobCid, limits: BlobLimits): AsyncGenerator<Uint8Array>;
  /** True if every block of the blob is here. */
  has(cid: BlobCid): Promise<boolean>;
  /**
   * Brings every block here that is missing, from connected peers. A peer that sends wrong bytes is banned and another
   * is asked. @throws "not-found" if no peer has it, "unreachable", "too-large", "malformed", "aborted".
   */
  fetch(cid: BlobCid, limits: BlobLimits): Promise<FetchedBlob>;
  /** Pinned blobs survive `gc`. A pin is on disk when this resolves. @throws "not-found" if a block is missing. */
  pin(cid: BlobCid): Promise<void>;
  unpin(cid: BlobCid): Promise<void>;
  pins(): readonly BlobCid[];
  /** Deletes every block that no pin reaches. Do not run it beside `put` or `fetch` of something not yet pinned. */
  gc(options?: { readonly signal?: AbortSignal }): Promise<{ readonly deletedBlocks: number }>;
  /** CAR v1 with the blob as its root, readable by any IPFS tool. */
  exportCar(cid: BlobCid, limits: BlobLimits): AsyncGenerator<Uint8Array>;
  /** Stores the blocks of a CAR, each checked; returns its roots. @throws "malformed", "too-large". */
  importCar(car: AsyncIterable<Uint8Array>, limits: BlobLimits): Promise<readonly BlobCid[]>;
}

export interface PutBlob {
  readonly cid: BlobCid;
  /** Bytes of the file itself. */
  readonly size: number;
}

export interface FetchedBlob {
  /** Blocks that came over the network; 0 if all were here. */
  readonly blocks: number;
  readonly bytes: number;
  /** Peers that sent at least one good block. */
  readonly peers: readonly PeerId[];
}
