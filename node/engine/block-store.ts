/** Blocks with their commits, by height. A block is saved, synced, before the application sees it. */
import {
  decodeBlock,
  decodeExtendedCommit,
  encodeExtendedCommit,
  toCommit,
  toExtendedCommit,
} from "../../chain/block/index.js";
import type { BlockId, Commit, ExtendedCommit } from "../../chain/block/index.js";
import { Fault, concatBytes, parseU64be, splitTime, toHeight, toTimeNs, u64be } from "../../chain/primitives/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import type { LevelKv } from "../storage/index.js";
import { decodeBlockId, encodeBlockId } from "./block-id-codec.js";
import { KIND, hashKey, heightKey, removalsBetween, singleKey } from "./store-keys.js";
import type { StoredBlock } from "./types.js";

/** What of the disk the stores need: a LevelKv, or memory in tests. */
export type EngineKv = Pick<LevelKv, "get" | "write" | "flushed">;

export interface BlockToSave {
  readonly height: Height;
  readonly id: BlockId;
  readonly bytes: Uint8Array;
  readonly commit: ExtendedCommit;
  /** Of the header. */
  readonly time: TimeNs;
}

export class BlockStore {
  readonly #kv: EngineKv;
  readonly #extendedHeights: bigint;
  #base: Height = toHeight(0n);
  #top: Height = toHeight(0n);

  /** @param extendedHeights for how many heights extensions are kept beside their commits */
  constructor(kv: EngineKv, extendedHeights: number) {
    this.#kv = kv;
    this.#extendedHeights = BigInt(extendedHeights);
    const range = kv.get(singleKey(KIND.range));
    if (range === undefined) return;
    this.#base = toHeight(parseU64be(range.subarray(0, 8)));
    this.#top = toHeight(parseU64be(range.subarray(8)));
  }

  /** Lowest height held; 0 when empty. */
  get base(): Height {
    return this.#base;
  }

  /** Highest height held; 0 when empty. */
  get top(): Height {
    return this.#top;
  }

  /** Durable when the promise resolves. Saving the same height again replaces its commit. */
  async save({ height, id, bytes, commit, time }: BlockToSave): Promise<void> {
    if (this.#top !== 0n && height !== this.#top && height !== this.#top + 1n)
      throw new Fault("blocks are saved in order", { height, top: this.#top });
    const base = this.#base === 0n ? height : this.#base;
    const ops: KvOp[] = [
      { key: heightKey(KIND.block, height), value: bytes },
      { key: heightKey(KIND.blockId, height), value: encodeBlockId(id) },
      { key: heightKey(KIND.commit, height), value: encodeExtendedCommit(commit) },
      { key: hashKey(KIND.byHash, id.hash), value: u64be(height) },
      { key: heightKey(KIND.time, height), value: encodeTime(time) },
      this.#range(base, height),
      ...this.#withoutOldExtensions(height),
    ];
    this.#kv.write(ops, { sync: true });
    this.#base = base;
    this.#top = height;
    await this.#kv.flushed();
  }

  /** The fuller commit, with the precommits that came after the decision. Durable with the next synced write. */
  saveCommit(height: Height, commit: ExtendedCommit): void {
    this.#kv.write([{ key: heightKey(KIND.commit, height), value: encodeExtendedCommit(commit) }]);
  }

  bytes(height: Height): Uint8Array | undefined {
    return this.#kv.get(heightKey(KIND.block, height));
  }

  id(height: Height): BlockId | undefined {
    const bytes = this.#kv.get(heightKey(KIND.blockId, height));
    return bytes === undefined ? undefined : decodeBlockId(bytes);
  }

  block(height: Height): StoredBlock | undefined {
    const bytes = this.bytes(height);
    const id = this.id(height);
    if (bytes === undefined || id === undefined) return undefined;
    return { id, block: decodeBlock(bytes), size: bytes.length };
  }

  heightOfHash(hash: Uint8Array): Height | undefined {
    const bytes = this.#kv.get(hashKey(KIND.byHash, hash));
    return bytes === undefined ? undefined : toHeight(parseU64be(bytes));
  }

  /** With extensions for the last heights, without for older ones. */
  extendedCommit(height: Height): ExtendedCommit | undefined {
    const bytes = this.#kv.get(heightKey(KIND.commit, height));
    return bytes === undefined ? undefined : decodeExtendedCommit(bytes);
  }

  /** Canonical from the next block, otherwise what we saw. */
  commit(height: Height): { readonly commit: Commit; readonly isCanonical: boolean } | undefined {
    const next = this.block(toHeight(height + 1n));
    if (next !== undefined) return { commit: next.block.lastCommit, isCanonical: true };
    const seen = this.extendedCommit(height);
    return seen === undefined ? undefined : { commit: toCommit(seen), isCanonical: false };
  }

  /** When the block was made; also of a pruned one, while evidence may need it. */
  time(height: Height): TimeNs | undefined {
    const kept = this.#kv.get(heightKey(KIND.time, height));
    return kept === undefined ? this.block(height)?.block.header.time : decodeTime(kept);
  }

  /** Lets go of the blocks below `to`, which is at most the highest, but for their times. The writes must follow at once. */
  prune(to: Height): KvOp[] {
    if (this.#base === 0n || to <= this.#base || to > this.#top) return [];
    const ops: KvOp[] = [this.#range(to, this.#top)];
    for (let h = this.#base; h < to; h = toHeight(h + 1n)) ops.push(...this.#removals(h));
    this.#base = to;
    return ops;
  }

  /** Takes away the times of pruned blocks from `from` up to but excluding `to`. */
  removalsOfTimes(from: Height, to: Height): KvOp[] {
    return removalsBetween([KIND.time], from, to);
  }

  /** Takes away the highest block, which is not the only one. The store must be opened again once these are written. */
  removalOfTop(): KvOp[] {
    if (this.#top <= this.#base) throw new Fault("the only block cannot be removed", { height: this.#top });
    return [this.#range(this.#base, toHeight(this.#top - 1n)), ...this.#removals(this.#top)];
  }

  #removals(height: Height): KvOp[] {
    const keys = [KIND.block, KIND.blockId, KIND.commit].map((kind) => heightKey(kind, height));
    const id = this.id(height);
    if (id !== undefined) keys.push(hashKey(KIND.byHash, id.hash));
    return keys.map((key) => ({ key, value: undefined }));
  }

  #range(base: Height, top: Height): KvOp {
    return { key: singleKey(KIND.range), value: concatBytes(u64be(base), u64be(top)) };
  }

  #withoutOldExtensions(height: Height): KvOp[] {
    const old = height - this.#extendedHeights;
    if (old < 1n) return [];
    const commit = this.extendedCommit(toHeight(old));
    if (commit === undefined) return [];
    const bare = encodeExtendedCommit(toExtendedCommit(toCommit(commit)));
    return [{ key: heightKey(KIND.commit, old), value: bare }];
  }
}

/** Seconds, then nanoseconds. */
function encodeTime(time: TimeNs): Uint8Array {
  const { seconds, nanos } = splitTime(time);
  return concatBytes(u64be(BigInt.asUintN(64, seconds)), u64be(BigInt(nanos)));
}

function decodeTime(bytes: Uint8Array): TimeNs {
  const seconds = BigInt.asIntN(64, parseU64be(bytes.subarray(0, 8)));
  return toTimeNs(seconds, Number(parseU64be(bytes.subarray(8))));
}
