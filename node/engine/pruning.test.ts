import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { toAddress, toHeight, toTimeNs, toVotingPower } from "../../chain/primitives/index.js";
import { createOpenLedger } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import { createLocalConnection } from "../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import { formatGenesis } from "../config/genesis.js";
import { errorText } from "../errors.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { createEngine } from "./engine.js";
import { keyFromSeed } from "./key-file.js";
import { FAST, seedOf, until } from "./testkit/cluster.js";
import { MemoryNet } from "./testkit/memory-net.js";
import type { Engine } from "./types.js";

const time = toTimeNs(1_790_000_000n, 0);
const EVIDENCE_BLOCKS = 4n;
const KEPT_BLOCKS = 6n;
/** What the engine keeps whatever the application says (pruner.ts). */
const ALWAYS_KEPT = 64n;
const validators = [0, 1].map((i) => ({ publicKey: keyFromSeed(seedOf(i)).publicKey, power: 10n, moniker: `v${i}` }));

const genesis = formatGenesis({
  genesisTime: time,
  chainId: "pruning-1",
  initialHeight: toHeight(1n),
  consensusParams: {
    ...DEFAULT_CONSENSUS_PARAMS,
    evidence: { ...DEFAULT_CONSENSUS_PARAMS.evidence, maxAgeNumBlocks: EVIDENCE_BLOCKS },
  },
  validators: validators.map((v) => ({ publicKey: v.publicKey, power: toVotingPower(v.power), name: v.moniker })),
  appHash: new Uint8Array(0),
  appState: buildGenesis({
    time,
    validators: validators.map((v, i) => ({ ...v, operator: toAddress(new Uint8Array(20).fill(i + 1)) })),
    accounts: [],
  }),
});

interface Running {
  readonly engine: Engine;
  stop(): Promise<void>;
}

describe("two validators, of which one keeps few blocks", function () {
  this.timeout(90_000);
  const net = new MemoryNet();
  const dir = mkdtempSync(join(tmpdir(), "pruning-"));
  const running = new Set<Running>();
  let fatal: unknown;

  async function start(i: number, minRetainBlocks: bigint): Promise<Running> {
    const dataDir = join(dir, String(i));
    const kv = await openKv({ dir: join(dataDir, "app"), onFatal: () => undefined });
    const key = keyFromSeed(seedOf(i));
    const source = { validator: key.address, value: () => undefined, salt: () => new Uint8Array(32) };
    const minGasPrice = { numerator: 0n, denominator: 1n };
    const app = createOpenLedger({ kv, source, minGasPrice, version: "test", minRetainBlocks });
    const p2p = net.create(`peer${i}`);
    const options = { dataDir, genesis, key, config: FAST, mempool: DEFAULT_MEMPOOL_CONFIG };
    const onFatal = (error: unknown): void => {
      fatal = error;
    };
    const engine = await createEngine(options, { app: createLocalConnection(app), p2p, log: silentLogger(), onFatal });
    const node: Running = {
      engine,
      async stop() {
        running.delete(node);
        await p2p.stop();
        await engine.stop();
        await kv.close();
      },
    };
    running.add(node);
    await p2p.start();
    await engine.start();
    return node;
  }

  const reach = (height: bigint): Promise<void> =>
    until(
      `height ${height}`,
      () => [...running].every((n) => n.engine.latestHeight() >= height),
      () => `${[...running].map((n) => n.engine.latestHeight()).join(", ")} ${fatal === undefined ? "" : errorText(fatal)}`,
    );

  after(async () => {
    for (const node of [...running]) await node.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it("drops them, serves those that are left, and goes on after a restart; the other has all", async () => {
    const few = await start(0, KEPT_BLOCKS);
    const all = await start(1, 0n);
    await reach(ALWAYS_KEPT + 12n);
    const { engine } = few;
    const [first, last] = [engine.earliestHeight(), engine.latestHeight()];
    expect(first > 1n && first >= last - ALWAYS_KEPT, `keeps ${first} to ${last}`).to.equal(true);
    expect(engine.status().earliest?.height).to.equal(first);
    for (let h = 1n; h < first; h++) expect(engine.block(toHeight(h)), `block ${h}`).to.equal(undefined);
    for (let h = first; h <= last; h++) {
      expect(engine.block(toHeight(h))?.id, `block ${h}`).to.deep.equal(all.engine.block(toHeight(h))?.id);
      expect(engine.results(toHeight(h)), `results ${h}`).not.to.equal(undefined);
      expect(engine.validators(toHeight(h))?.validators.length, `validators ${h}`).to.equal(2);
    }
    expect(all.engine.earliestHeight()).to.equal(1n);
    await few.stop();
    const again = await start(0, KEPT_BLOCKS);
    expect(again.engine.earliestHeight() >= first).to.equal(true);
    await reach(last + 4n);
    expect(fatal).to.equal(undefined);
  });
});
