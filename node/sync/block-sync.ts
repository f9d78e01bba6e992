/**
 * Brings a node that is behind up to its peers: asks one of them for a range of blocks with their commits, checks each in
 * full, and feeds it to the core as decided. There is no separate mode: consensus and sync share one state, so a node
 * that falls behind and a node that starts are the same case.
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
import type { P2p, PeerId, Requests } from "../p2p/types.js";
import type { Logger } from "../telemetry/log.js";

/** Blocks in one answer. */
const MAX_BLOCKS = 64;
/** An answer stops at this size, but holds at least one block. */
const TARGET_BYTES = 4 * 1_048_576;
/** A block of 100 MiB with its extended commit. */
const MAX_RESPONSE_BYTES = 220 * 1_048_576;
const TIMEOUT_MS = 15_000;
const TICK_MS = 100;
/** One height behind is normal for a moment; only then sync steps in. */
const PATIENCE_MS = 1_000;
/** An invalid block or commit is proof: two of them ban a peer. */
const LIE_POINTS = 50;
/** No answer, or one that is empty although the peer claimed to have the blocks. */
const SILENCE_POINTS = 10;
/** How long a peer that did not help is not asked again. */
const AVOID_MS = 10_000;
/** A claim that is not repeated is forgotten; an honest peer repeats it every second. */
const CLAIM_MS = 10_000;

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

interface PeerHeights {
  /** Lowest block held. */
  readonly base: Height;
  /** Highest block committed. */
  readonly top: bigint;
  /** When it said so, in ms of our monotonic clock. */
  readonly at: number;
}

export class BlockSync {
  readonly #deps: SyncDeps;
  readonly #requests: Requests;
  readonly #peers = new Map<PeerId, PeerHeights>();
  /** peer -> when it may be asked again, in ms of our monotonic clock */
  readonly #avoided = new Map<PeerId, number>();
  #target: SyncTarget | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopPeers: () => void = () => undefined;
  #isBusy = false;
  #behindSince: { readonly height: Height; readonly at: number } | undefined;
  readonly #abort = new AbortController();
  #work: Promise<void> = Promise.resolve();

  /** Registers the protocol; call before the p2p service starts. */
  constructor(deps: SyncDeps) {
    this.#deps = deps;
    this.#requests = deps.p2p.requests("sync", {
      maxRequestBytes: 64,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      timeoutMs: TIMEOUT_MS,
      concurrency: 2,
      rate: { messagesPerSecond: 20, bytesPerSecond: 4_096 },
      handler: (_peer, bytes) => Promise.resolve(this.#serve(bytes)),
    });
  }

  start(target: SyncTarget): void {
    this.#target = target;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#stopPeers = this.#deps.p2p.onPeer({ disconnected: (peer) => this.#peers.delete(peer) });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopPeers();
    this.#abort.abort();
    await this.#work;
  }

  /** A peer works on `height` and holds blocks from `base` on. */
  onStatus(peer: PeerId, { height, base }: { readonly height: Height; readonly base: Height }): void {
    this.#peers.set(peer, { base, top: height - 1n, at: performance.now() });
  }

  /** Whether peers have committed more than the height in progress. */
  get isBehind(): boolean {
    return this.#target !== undefined && this.#best() > this.#target.height;
  }

  #best(): bigint {
    const oldest = performance.now() - CLAIM_MS;
    for (const [peer, { at }] of this.#peers) if (at < oldest) this.#peers.delete(peer);
    return [...this.#peers.values()].reduce((best, p) => (p.top > best ? p.top : best), 0n);
  }

  #tick(): void {
    const target = this.#target;
    if (target === undefined || this.#isBusy || target.height === 0n) return;
    const best = this.#best();
    if (best < target.height) this.#behindSince = undefined;
    if (best < target.height || (best === target.height && !this.#isPatienceOver(target.height))) return;
    this.#isBusy = true;
    this.#work = this.#catchUp(target).finally(() => {
      this.#isBusy = false;
    });
  }

  #isPatienceOver(height: Height): boolean {
    const now = performance.now();
    if (this.#behindSince?.height !== height) this.#behindSince = { height, at: now };
    return now - this.#behindSince.at >= PATIENCE_MS;
  }

  async #catchUp(target: SyncTarget): Promise<void> {
    const peer = this.#choose(target.height);
    if (peer === undefined) return;
    try {
      const bytes = await this.#ask(peer, target.height);
      await this.#applyAll(target, peer, BlocksResponse.decode(bytes).blocks);
    } catch (error) {
      this.#blame(peer, error);
    }
  }

  /** Any peer that claims to have the block and did not fail us lately. */
  #choose(height: Height): PeerId | undefined {
    const now = performance.now();
    const able = [...this.#peers]
      .filter(([peer, p]) => p.top >= height && p.base <= height && (this.#avoided.get(peer) ?? 0) <= now)
      .map(([peer]) => peer);
    return able[Math.floor(Math.random() * able.length)];
  }

  #ask(peer: PeerId, height: Height): Promise<Uint8Array> {
    const request = BlocksRequest.encode({ height, count: MAX_BLOCKS });
    return this.#requests.request(peer, request, { signal: this.#abort.signal });
  }

  async #applyAll(target: SyncTarget, peer: PeerId, blocks: readonly SyncBlock[]): Promise<void> {
    if (blocks.length === 0 || blocks.length > MAX_BLOCKS)
      throw new EdgeFailure("not-found", "a peer does not send the blocks it claims", {
        height: target.height,
      });
    let applied = 0;
    for (const [i, wire] of blocks.entries()) {
      if (this.#abort.signal.aborted) return;
      const { id, commit } = verifySyncBlock(target, wire, i === blocks.length - 1);
      if (!(await target.decided({ id, bytes: wire.block }, commit))) break;
      applied++;
    }
    this.#deps.log.info("blocks synced", { peer, blocks: applied, height: target.height });
  }

  #blame(peer: PeerId, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#avoided.set(peer, performance.now() + AVOID_MS);
    if (this.#avoided.size > 1_024) this.#avoided.clear();
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
  const isBare = commit.signatures.every((s) => s.extensionSignature.length === 0);
  if (target.isExtended && isBare && !isLast) verifyCommit(claim, toCommit(commit));
  else verifyExtendedCommit(claim, commit, target.isExtended);
  target.check(block, wire.block.length);
  return { id, commit: markVerified(commit) };
}
