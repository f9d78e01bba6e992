/** The embedded engine's stores as a move reads and writes them. */
import { decodeEvidence, encodeConsensusParams, encodeEvidence, encodeValidatorSet } from "../../chain/block/index.js";
import type { Evidence } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { toHeight, u64be } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { BlockStore } from "../engine/block-store.js";
import type { ChainState } from "../engine/chain-state.js";
import { StateStore } from "../engine/state-store.js";
import { KIND, hashKey, heightKey, singleKey } from "../engine/store-keys.js";
import { EdgeFailure } from "../errors.js";
import type { LevelKv } from "../storage/index.js";
import { damaged } from "./record.js";
import type { HeightRecord } from "./record.js";

export class OwnStores {
  readonly #kv: LevelKv;
  readonly #blocks: BlockStore;
  readonly #states: StateStore;

  /** @param extendedHeights see BlockStore */
  constructor(kv: LevelKv, extendedHeights: number) {
    this.#kv = kv;
    this.#blocks = new BlockStore(kv, extendedHeights);
    this.#states = new StateStore(kv);
  }

  /** 0 when empty. */
  get base(): Height {
    return this.#blocks.base;
  }

  get top(): Height {
    return this.#blocks.top;
  }

  /** @throws EdgeFailure "config" on a chain without blocks. */
  state(): ChainState {
    const state = this.#states.load();
    if (state === undefined || state.lastHeight === 0n) throw new EdgeFailure("config", "the embedded engine has no blocks here");
    return state;
  }

  /** @throws EdgeFailure "storage" when something is missing. */
  record(height: Height): HeightRecord {
    const stored = this.#blocks.block(height);
    const bytes = this.#blocks.bytes(height);
    const commit = this.#blocks.extendedCommit(height);
    const validators = this.#states.validators(height);
    const params = this.#states.params(height);
    if (stored === undefined || bytes === undefined || commit === undefined || validators === undefined || params === undefined)
      throw damaged("a block, its commit, its validators or its parameters are missing", height);
    return { height, id: stored.id, bytes, block: stored.block, commit, results: this.#states.results(height), validators, params };
  }

  /** Says that nothing below this height was ever here. */
  beginAt(height: Height): void {
    this.#kv.write([{ key: singleKey(KIND.punishableFrom), value: u64be(height) }]);
  }

  /** The next height. What a crash leaves behind is a shorter chain. */
  async append({ height, id, bytes, block, commit, results, validators, params }: HeightRecord): Promise<void> {
    if (results !== undefined) await this.#states.saveResults(height, results);
    this.#kv.write([
      { key: heightKey(KIND.validators, height), value: encodeValidatorSet(validators) },
      { key: heightKey(KIND.params, height), value: encodeConsensusParams(params) },
      ...block.evidence.map((e) => ({ key: hashKey(KIND.evidenceCommitted, hashOf(e)), value: u64be(height) })),
      ...block.evidence.map((e) => ({ key: hashKey(KIND.evidencePending, hashOf(e)), value: undefined })),
    ]);
    await this.#blocks.save({ height, id, bytes, commit, time: block.header.time });
  }

  /** The commit with what another store knows of it. */
  replaceCommit(height: Height, commit: HeightRecord["commit"]): void {
    this.#blocks.saveCommit(height, commit);
  }

  /** The last step of a move: from here on the engine goes on after this state. */
  async finish(state: ChainState, pending: readonly Evidence[]): Promise<void> {
    const ops = pending.map((e) => ({ key: hashKey(KIND.evidencePending, hashOf(e)), value: encodeEvidence(e) }));
    if (ops.length > 0) this.#kv.write(ops);
    this.#states.save(state);
    this.#kv.write([], { sync: true });
    await this.#kv.flushed();
  }

  /** Evidence that waits for a block. */
  async pendingEvidence(): Promise<readonly Evidence[]> {
    const found: Evidence[] = [];
    const range = { gte: Uint8Array.of(KIND.evidencePending), lt: Uint8Array.of(KIND.evidencePending + 1) };
    for await (const [, value] of this.#kv.entries(range)) found.push(decodeEvidence(value));
    return found;
  }
}

function hashOf(evidence: Evidence): Uint8Array {
  return sha256(encodeEvidence(evidence));
}

/** Heights from one to the other, both included. */
export function* heights(from: bigint, to: bigint): Generator<Height> {
  for (let height = from; height <= to; height++) yield toHeight(height);
}
