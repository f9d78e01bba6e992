import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS, EMPTY_COMMIT, toExtendedCommit } from "../../chain/block/index.js";
import type { ConsensusParams } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { ZERO_TIME, toHeight, u64be } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { silentLogger } from "../telemetry/log.js";
import { BlockStore } from "./block-store.js";
import { Pruner } from "./pruner.js";
import { StateStore } from "./state-store.js";
import { KIND, heightKey } from "./store-keys.js";
import { memoryEngineKv, setOf, stateAt, timeOf } from "./testkit/evidence.js";

const set = setOf(1);
const EMPTY = new Uint8Array(0);
const ABSENT = { flag: "absent", validator: EMPTY, time: ZERO_TIME, signature: EMPTY, extension: EMPTY, extensionSignature: EMPTY } as const;

/** Young for 50 blocks or 80 seconds; there is one block a second. */
const PARAMS: ConsensusParams = {
  ...DEFAULT_CONSENSUS_PARAMS,
  evidence: { maxAgeNumBlocks: 50n, maxAgeDurationNs: 80_000_000_000n, maxBytes: 1_000n },
};

const idOf = (height: bigint) => {
  const hash = sha256(u64be(height));
  return { hash, parts: { total: 1, hash } };
};

class Chain {
  readonly kv = memoryEngineKv();
  readonly states = new StateStore(this.kv);
  blocks = new BlockStore(this.kv, 8);
  height = 0n;

  /** Takes the state to `height` with the block of every height on the way, pruning after each. */
  async grow(height: bigint, retain: (h: bigint) => bigint): Promise<void> {
    const pruner = new Pruner({ kv: this.kv, blocks: this.blocks, states: this.states, log: silentLogger() });
    while (this.height < height) {
      this.height++;
      const h = toHeight(this.height);
      const commit = { ...toExtendedCommit(EMPTY_COMMIT), height: h, blockId: idOf(h), signatures: [ABSENT] };
      await this.blocks.save({ height: h, id: idOf(h), bytes: u64be(h), commit, time: timeOf(h) });
      await this.states.saveResults(h, { events: [], txResults: [], validatorUpdates: [], consensusParamUpdates: null, appHash: EMPTY });
      const state = stateAt(h, set, PARAMS);
      this.states.save(state);
      const before = this.blocks.base;
      const wanted = retain(h);
      pruner.afterBlock(state, toHeight(wanted > 0n ? wanted : 0n));
      expect(this.blocks.base - before <= 100n, "heights that one block took away").to.equal(true);
    }
  }

  /** What the store holds of a height, by name. */
  holds(height: Height): string[] {
    const kinds = ["block", "blockId", "commit", "results", "params", "validators", "time"] as const;
    const byHeight = kinds.filter((kind) => this.kv.get(heightKey(KIND[kind], height)) !== undefined);
    return this.blocks.heightOfHash(idOf(height).hash) === undefined ? byHeight : [...byHeight, "hash"];
  }
}

const ALL = ["block", "blockId", "commit", "results", "params", "validators", "time", "hash"];
const h = toHeight;

describe("pruning", () => {
  it("keeps everything while the application lets go of nothing", async () => {
    const chain = new Chain();
    await chain.grow(300n, () => 0n);
    expect(chain.blocks.base).to.equal(1n);
    expect(chain.holds(h(2n))).to.deep.equal(ALL);
  });

  it("takes away a height whole, but for what evidence of it needs", async () => {
    const chain = new Chain();
    await chain.grow(170n, (height) => height - 65n);
    expect(chain.blocks.base).to.equal(105n);
    expect(chain.holds(h(105n))).to.deep.equal(ALL);
    expect(chain.holds(h(104n)), "too young to be forgotten").to.deep.equal(["validators", "time"]);
    expect(chain.holds(h(90n)), "at the edge: 80 seconds ago").to.deep.equal(["validators", "time"]);
    expect(chain.holds(h(89n)), "too old by both measures").to.deep.equal([]);
    expect(chain.holds(h(1n))).to.deep.equal([]);
  });

  it("keeps the last 64 blocks whatever the application lets go of", async () => {
    const chain = new Chain();
    await chain.grow(120n, (height) => height + 10n);
    expect(chain.blocks.base).to.equal(57n);
    expect(chain.blocks.top - chain.blocks.base + 1n).to.equal(64n);
  });

  it("catches up with a retain height that jumps 100 heights a block, in validators too", async () => {
    const chain = new Chain();
    await chain.grow(700n, () => 0n);
    const bases: bigint[] = [];
    for (let i = 1n; i <= 6n; i++) {
      await chain.grow(700n + i, () => 600n);
      bases.push(chain.blocks.base);
    }
    expect(bases).to.deep.equal([101n, 201n, 301n, 401n, 501n, 600n]);
    expect(chain.holds(h(599n))).to.deep.equal([]);
    expect(chain.states.punishableFrom(h(1n))).to.equal(600n);
  });

  it("is the same after a restart in between, and no height is left over", async () => {
    const chain = new Chain();
    await chain.grow(200n, (height) => (height > 100n ? height - 70n : 0n));
    chain.blocks = new BlockStore(chain.kv, 8);
    await chain.grow(400n, (height) => height - 70n);
    expect([chain.blocks.base, chain.blocks.top]).to.deep.equal([330n, 400n]);
    for (let height = 1n; height < 320n; height++) expect(chain.holds(h(height)), String(height)).to.deep.equal([]);
    expect(chain.holds(h(320n))).to.deep.equal(["validators", "time"]);
  });

  it("answers nothing for heights below the base and everything above", async () => {
    const chain = new Chain();
    await chain.grow(150n, (height) => height - 64n);
    for (const get of [
      (height: Height) => chain.blocks.bytes(height),
      (height: Height) => chain.blocks.extendedCommit(height),
      (height: Height) => chain.states.results(height),
      (height: Height) => chain.states.params(height),
    ])
      expect([get(h(85n)), get(h(86n))].map((found) => found !== undefined)).to.deep.equal([false, true]);
  });
});

