/** The blob service: UnixFS on a level blockstore, blocks fetched from peers, CAR in and out. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CID } from "multiformats/cid";
import { concatBytes } from "../../chain/primitives/index.js";
import { isFailure, throwIfAborted } from "../errors.js";
import type { P2p, PeerId } from "../p2p/types.js";
import type { Logger } from "../telemetry/log.js";
import { blockKey, parseCid } from "./block.js";
import { readCar, writeCar } from "./car.js";
import { BlockExchange } from "./exchange.js";
import type { Sources } from "./exchange.js";
import { Pins } from "./pins.js";
import { BlockStore, walk } from "./store.js";
import type { StoredBlock } from "./store.js";
import type { BlobCid, BlobLimits, Blobs, FetchedBlob, PutBlob } from "./types.js";
import { exportBytes, importBytes } from "./unixfs.js";

export interface BlobOptions {
  /** Directory of the blockstore and the pins. */
  readonly dir: string;
  /** Largest blob that `put`, `has`, `pin` and `gc` deal with, in bytes. */
  readonly maxBlobBytes: number;
}

export interface BlobDeps {
  /** Not started yet: the exchange registers its protocol on it. */
  readonly p2p: P2p;
  readonly log: Logger;
}

/** Build before `p2p.start()`; start before asking anything of it. */
export function createBlobs(options: BlobOptions, deps: BlobDeps): Blobs {
  return new BlobService(options, deps);
}

class BlobService implements Blobs {
  readonly #options: BlobOptions;
  readonly #store: BlockStore;
  readonly #pins: Pins;
  readonly #exchange: BlockExchange;

  constructor(options: BlobOptions, deps: BlobDeps) {
    this.#options = options;
    this.#store = new BlockStore(join(options.dir, "blocks"));
    this.#pins = new Pins(options.dir);
    this.#exchange = new BlockExchange(deps.p2p, this.#store, deps.log.child("blobs"));
  }

  async start(): Promise<void> {
    await mkdir(this.#options.dir, { recursive: true });
    await this.#pins.load();
    await this.#store.open();
  }

  async stop(): Promise<void> {
    await this.#store.close();
  }

  async put(
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<PutBlob> {
    const { cid, size } = await importBytes(this.#store, bytes, this.#own(options.signal));
    return { cid: cid.toString(), size };
  }

  async get(cid: BlobCid, limits: BlobLimits): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.read(cid, limits)) pieces.push(piece);
    return concatBytes(...pieces);
  }

  async *read(cid: BlobCid, limits: BlobLimits): AsyncGenerator<Uint8Array> {
    const root = parseCid(cid);
    // The walk bounds depth and blocks before the exporter, which bounds neither, is let loose.
    await this.#checkWhole(root, limits);
    yield* exportBytes(this.#store, root, limits);
  }

  async has(cid: BlobCid): Promise<boolean> {
    try {
      await this.#checkWhole(parseCid(cid), this.#own());
      return true;
    } catch (error) {
      if (isFailure(error, "not-found")) return false;
      throw error;
    }
  }

  async fetch(cid: BlobCid, limits: BlobLimits): Promise<FetchedBlob> {
    const sources: Sources = { peers: new Set<PeerId>(), last: undefined };
    let blocks = 0;
    let total = 0;
    const load = async (block: CID): Promise<Uint8Array> => {
      if (await this.#store.has(block)) return this.#store.load(block);
      const bytes = await this.#exchange.fetch(block, sources, limits.signal);
      blocks += 1;
      total += bytes.length;
      return bytes;
    };
    throwIfAborted(limits.signal);
    for await (const { cid: block, bytes } of walk(parseCid(cid), limits, load)) {
      if (!(await this.#store.has(block))) await this.#store.save(block, bytes);
    }
    return { blocks, bytes: total, peers: [...sources.peers] };
  }

  async pin(cid: BlobCid): Promise<void> {
    const root = parseCid(cid);
    await this.#checkWhole(root, this.#own());
    await this.#pins.add(root.toString());
  }

  async unpin(cid: BlobCid): Promise<void> {
    await this.#pins.remove(parseCid(cid).toString());
  }

  pins(): readonly BlobCid[] {
    return this.#pins.all;
  }

  async gc(options: { readonly signal?: AbortSignal } = {}): Promise<{ readonly deletedBlocks: number }> {
    const limits = withOverhead(this.#own(options.signal));
    const kept = new Set<string>();
    for (const pin of this.#pins.all) {
      for await (const { cid } of this.#localWalk(parseCid(pin), limits)) kept.add(blockKey(cid));
    }
    const doomed: CID[] = [];
    for await (const { cid } of this.#store.level.getAll()) if (!kept.has(blockKey(cid))) doomed.push(cid);
    for (const cid of doomed) {
      throwIfAborted(options.signal);
      await this.#store.level.delete(cid);
    }
    return { deletedBlocks: doomed.length };
  }

  async *exportCar(cid: BlobCid, limits: BlobLimits): AsyncGenerator<Uint8Array> {
    const root = parseCid(cid);
    yield* writeCar(root, this.#localWalk(root, limits));
  }

  async importCar(car: AsyncIterable<Uint8Array>, limits: BlobLimits): Promise<readonly BlobCid[]> {
    const roots = await readCar(this.#store, car, limits);
    return roots.map((root) => root.toString());
  }

  /** @throws EdgeFailure "not-found" if a block is missing, "too-large" beyond the limits. */
  async #checkWhole(root: CID, limits: BlobLimits): Promise<void> {
    const blocks = this.#localWalk(root, withOverhead(limits));
    while ((await blocks.next()).done !== true);
  }

  #localWalk(root: CID, limits: BlobLimits): AsyncGenerator<StoredBlock> {
    return walk(root, limits, (block) => this.#store.load(block));
  }

  #own(signal?: AbortSignal): BlobLimits {
    const maxBytes = this.#options.maxBlobBytes;
    return signal === undefined ? { maxBytes } : { maxBytes, signal };
  }
}

/** A limit on the file's bytes becomes one on its blocks: the tree above the leaves adds well under one percent. */
function withOverhead(limits: BlobLimits): BlobLimits {
  return { ...limits, maxBytes: Math.ceil(limits.maxBytes * 1.01) + 1024 };
}
