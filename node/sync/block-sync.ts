/**
 * Brings a node that is behind up to its peers: ranges of blocks with their commits are fetched from several of them at once, each block is
 * checked in full, and fed to the core as decided, in order. There is no separate mode: consensus and sync share one state, so a node that
 * falls behind and a node that starts are the same case.
 */
import {
  blockId,
  decodeBlock,
  decodeExtendedCommit,
  encodeExtendedCommit,
  headerHash,
  makePartSet,
  toCommit,
  verifyCommit,
  verifyExtendedCommit,
} from "../../chain/block/index.js";
import type { Block, BlockId, ExtendedCommit, ValidatorSet } from "../../chain/block/index.js";
import { markVerified } from "../../chain/consensus/index.js";
import type { Verified } from "../../chain/consensus/index.js";
import { Reject, toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { BlocksRequest, BlocksResponse } from "../../proto/gen/openledger/engine/v1.js";
import type { SyncBlock } from "../../proto/gen/openledger/engine/v1.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { P2p, PeerId } from "../p2p/types.js";
import type { Logger } from "../telemetry/log.js";
import { BlockFetcher, MAX_BLOCKS } from "./fetcher.js";
import type { FetchedBlock } from "./fetcher.js";
import { SyncPeers } from "./peers.js";

/** An answer stops at this size, but holds at least one block. */
const TARGET_BYTES = 4 * 1_048_576;
/** A block of 100 MiB with its extended commit. */
const MAX_RESPONSE_BYTES = 220 * 1_048_576;
const TIMEOUT_MS = 15_000;
const TICK_MS = 100;
/** One height behind is normal for a moment; only then sync steps in. */
const PATIENCE_MS = 1_000;
/** An invalid block or commit, or a height that shrinks, is proof: two of them ban a peer. */
const LIE_POINTS = 50;
/** No answer, or one that is empty although the peer claimed to have the blocks. */
const SILENCE_POINTS = 10;
/** Blocks between two lines in the log. */
const LOG_EVERY = 500;

/** What sync needs of the engine. */
export interface SyncTarget {
  /** The height in progress; 0 before consensus runs. */
  readonly height: Height;
  readonly validators: ValidatorSet;
  readonly chainId: string;
  readonly isExtended: boolean;
  /** @throws Reject unless the block follows from our state. */
  check(block: Block, size: number): void;
  /** Decides the height in progress. Resolves when the next height has begun, or false when that takes too long. */
  decided(
    block: { readonly id: BlockId; readonly bytes: Uint8Array },
    commit: Verified<ExtendedCommit>,
  ): Promise<boolean>;
}

/** Where blocks are read for peers. */
export interface SyncSource {
  readonly base: Height;
  readonly top: Height;
  bytes(height: Height): Uint8Array | undefined;
  extendedCommit(height: Height): ExtendedCommit | undefined;
}

export interface SyncDeps {
  readonly p2p: P2p;
  readonly source: SyncSource;
  readonly log: Logger;
  /** Something of ours is broken: the node must stop. */
  readonly onFatal: (error: unknown) => void;
}

export class BlockSync {
  readonly #deps: SyncDeps;
  readonly #peers = new SyncPeers();
  readonly #fetcher: BlockFetcher;
  readonly #abort = new AbortController();
  #target: SyncTarget | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopPeers: () => void = () => undefined;
  #isApplying = false;
  #work: Promise<void> = Promise.resolve();
  #behindSince: { readonly height: Height; readonly at: number } | undefined;
  #applied = 0;
  #hasWarned = false;

  /** Registers the protocol; call before the p2p service starts. */
  constructor(deps: SyncDeps) {
    this.#deps = deps;
    const requests = deps.p2p.requests("sync", {
      maxRequestBytes: 64,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      timeoutMs: TIMEOUT_MS,
      concurrency: 4,
      rate: { messagesPerSecond: 20, bytesPerSecond: 4_096 },
      handler: (_peer, bytes) => Promise.resolve(this.#serve(bytes)),
    });
    this.#fetcher = new BlockFetcher({
      requests,
      peers: this.#peers,
      signal: this.#abort.signal,
      arrived: () => this.#tick(),
      failed: (peer, error) => this.#blame(peer, error),
    });
  }

  start(target: SyncTarget): void {
    this.#target = target;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#stopPeers = this.#deps.p2p.onPeer({ disconnected: (peer) => this.#peers.forget(peer) });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopPeers();
    this.#abort.abort();
    await this.#work;
  }

  /** A peer works on `height` and holds blocks from `base` on. */
  onStatus(peer: PeerId, { height, base }: { readonly height: Height; readonly base: Height }): void {
    if (this.#peers.claim(peer, { top: height - 1n, base })) return;
    this.#deps.log.warn("a peer says that it has fewer blocks than before", { peer, height });
    this.#deps.p2p.penalize(peer, LIE_POINTS, "shrinking height");
  }

  /** Whether peers have committed more than the height in progress. */
  get isBehind(): boolean {
    return this.#target !== undefined && this.#peers.best() > this.#target.height;
  }

  #tick(): void {
    const target = this.#target;
    if (target === undefined || target.height === 0n || this.#abort.signal.aborted) return;
    const { height } = target;
    const best = this.#peers.best();
    this.#fetcher.dropBelow(height);
    if (best < height) this.#behindSince = undefined;
    if (best > height || (best === height && this.#isPatienceOver(height))) this.#fetch(height, best);
    if (this.#isApplying || this.#fetcher.get(height) === undefined) return;
    this.#isApplying = true;
    this.#work = this.#applyAll(target).finally(() => {
      this.#isApplying = false;
    });
  }

  #fetch(height: Height, best: bigint): void {
    this.#fetcher.fill(height, best);
    const lowest = this.#peers.lowest();
    if (this.#hasWarned || lowest === undefined || lowest <= height) return;
    this.#hasWarned = true;
    this.#deps.log.warn("no peer holds the blocks that we need: wait for one that does, or begin from a snapshot", { height, lowest });
  }

  #isPatienceOver(height: Height): boolean {
    const now = performance.now();
    if (this.#behindSince?.height !== height) this.#behindSince = { height, at: now };
    return now - this.#behindSince.at >= PATIENCE_MS;
  }

  /** Everything that is here and follows, one after the other. */
  async #applyAll(target: SyncTarget): Promise<void> {
    for (;;) {
      const { height } = target;
      const fetched = this.#fetcher.get(height);
      if (fetched === undefined || this.#abort.signal.aborted || !(await this.#apply(target, fetched))) return;
      this.#fetcher.dropBelow(target.height);
      this.#fetch(target.height, this.#peers.best());
    }
  }

  /** Whether the height is over. */
  async #apply(target: SyncTarget, { wire, peer }: FetchedBlock): Promise<boolean> {
    const { height } = target;
    const isLast = this.#fetcher.get(height + 1n) === undefined;
    try {
      if (isLast && this.#peers.best() > height && isBare(target, wire)) return false; // the next block makes it good
      const { id, commit } = verifySyncBlock(target, wire, isLast);
      this.#peers.thank(peer);
      if (!(await target.decided({ id, bytes: wire.block }, commit))) return false;
    } catch (error) {
      this.#fetcher.dropOf(peer);
      this.#blame(peer, error);
      return false;
    }
    this.#applied++;
    if (isLast || this.#applied % LOG_EVERY === 0) this.#deps.log.info("blocks synced", { blocks: this.#applied, height, peer });
    return true;
  }

  #blame(peer: PeerId, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    if (error instanceof EdgeFailure && error.code === "busy") return this.#peers.postpone(peer);
    this.#peers.avoid(peer);
    this.#deps.log.warn("a peer did not help to catch up", { peer, reason: errorText(error) });
    if (error instanceof Reject) return this.#deps.p2p.penalize(peer, LIE_POINTS, "invalid block in sync");
    if (error instanceof EdgeFailure)
      return this.#deps.p2p.penalize(peer, SILENCE_POINTS, "no blocks in sync");
    this.#deps.onFatal(error);
  }

  #serve(bytes: Uint8Array): Uint8Array {
    const { height, count } = decodeRequest(bytes);
    const { source } = this.#deps;
    const blocks: SyncBlock[] = [];
    let size = 0;
    for (
      let h = height;
      h <= source.top && blocks.length < Math.min(count, MAX_BLOCKS) && size < TARGET_BYTES;
      h++
    ) {
      const block = h >= 1n ? source.bytes(toHeight(h)) : undefined;
      const commit = block === undefined ? undefined : source.extendedCommit(toHeight(h));
      if (block === undefined || commit === undefined) break;
      const entry = { block, commit: encodeExtendedCommit(commit) };
      blocks.push(entry);
      size += entry.block.length + entry.commit.length;
    }
    if (blocks.length === 0) throw new EdgeFailure("not-found", "no such blocks", { height });
    return BlocksResponse.encode({ blocks });
  }
}

function decodeRequest(bytes: Uint8Array): BlocksRequest {
  try {
    return BlocksRequest.decode(bytes);
  } catch (cause) {
    throw new EdgeFailure("malformed", "not a request for blocks", {}, cause);
  }
}

/**
 * A block of the target's height with a commit that proves it. Extensions are needed for the last block only: the node
 * may have to propose on top of it.
 * @throws Reject on anything that an honest peer does not send.
 */
export function verifySyncBlock(
  target: Pick<SyncTarget, "height" | "validators" | "chainId" | "isExtended" | "check">,
  wire: SyncBlock,
  isLast: boolean,
): { readonly id: BlockId; readonly commit: Verified<ExtendedCommit> } {
  const block = decodeBlock(wire.block);
  const commit = decodeExtendedCommit(wire.commit);
  const id = blockId(headerHash(block.header), makePartSet(wire.block).header);
  const { chainId, validators, height } = target;
  const claim = { chainId, validators, height, blockId: id };
  if (target.isExtended && hasNoExtensions(commit) && !isLast) verifyCommit(claim, toCommit(commit));
  else verifyExtendedCommit(claim, commit, target.isExtended);
  target.check(block, wire.block.length);
  return { id, commit: markVerified(commit) };
}

function hasNoExtensions({ signatures }: ExtendedCommit): boolean {
  return signatures.every((s) => s.extensionSignature.length === 0);
}

/** Extensions are wanted and missing: the block is of use only below another. @throws Reject on a commit that does not decode. */
function isBare({ isExtended }: SyncTarget, { commit }: SyncBlock): boolean {
  return isExtended && hasNoExtensions(decodeExtendedCommit(commit));
}
