import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { toAddress, toHeight, toHex, toTimeNs, toVotingPower } from "../../chain/primitives/index.js";
import { createOpenLedger } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import { createLocalConnection } from "../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import { formatGenesis } from "../config/genesis.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { createEngine } from "./engine.js";
import { keyFromSeed } from "./key-file.js";
import { FAST, seedOf, until } from "./testkit/cluster.js";
import { MemoryNet } from "./testkit/memory-net.js";
import type { Engine } from "./types.js";

const time = toTimeNs(1_790_000_000n, 0);
const indices = [0, 1, 2, 3];
const validators = indices.map((i) => ({
  publicKey: keyFromSeed(seedOf(i)).publicKey,
  power: 10n,
  moniker: `v${i}`,
}));

const genesis = formatGenesis({
  genesisTime: time,
  chainId: "open-engine-1",
  initialHeight: toHeight(1n),
  consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } },
  validators: validators.map((v) => ({
    publicKey: v.publicKey,
    power: toVotingPower(v.power),
    name: v.moniker,
  })),
  appHash: new Uint8Array(0),
  appState: buildGenesis({
    time,
    validators: validators.map((v, i) => ({ ...v, operator: toAddress(new Uint8Array(20).fill(i + 1)) })),
    accounts: [],
  }),
});

interface Node {
  readonly engine: Engine;
  fatal: unknown;
  stop(): Promise<void>;
}

describe("four engines that drive the OpenLedger application", function () {
  this.timeout(90_000);
  const net = new MemoryNet();
  const dir = mkdtempSync(join(tmpdir(), "open-engine-"));
  const nodes = new Map<number, Node>();

  async function start(i: number): Promise<void> {
    const dataDir = join(dir, String(i));
    const kv = await openKv({ dir: join(dataDir, "app"), onFatal: () => undefined });
    const key = keyFromSeed(seedOf(i));
    const source = { validator: key.address, value: () => undefined, salt: () => new Uint8Array(32) };
    const app = createOpenLedger({
      kv,
      source,
      minGasPrice: { numerator: 0n, denominator: 1n },
      version: "test",
    });
    const p2p = net.create(`peer${i}`);
    const options = { dataDir, genesis, key, config: FAST, mempool: DEFAULT_MEMPOOL_CONFIG };
    const node: Node = {
      engine: await createEngine(options, {
        app: createLocalConnection(app),
        p2p,
        log: silentLogger(),
        onFatal: (error) => {
          node.fatal = error;
        },
      }),
      fatal: undefined,
      stop: async () => {
        nodes.delete(i);
        await p2p.stop();
        await node.engine.stop();
        await kv.close();
      },
    };
    nodes.set(i, node);
    await p2p.start();
    await node.engine.start();
  }

  const reach = (height: bigint): Promise<void> =>
    until(
      `height ${height}`,
      () => [...nodes.values()].every((n) => n.engine.latestHeight() >= height),
      () => [...nodes.values()].map((n) => `${n.engine.latestHeight()} ${String(n.fatal)}`).join(", "),
    );

  after(async () => {
    for (const node of [...nodes.values()]) await node.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it("agree on every application hash, inject extensions, and survive a restart", async () => {
    for (const i of indices) await start(i);
    await reach(4n);
    await nodes.get(2)?.stop();
    await reach(7n);
    await start(2);
    await reach(10n);
    for (let h = 1n; h <= 10n; h++) {
      const hashes = [...nodes.values()].map((n) =>
        toHex(n.engine.results(toHeight(h))?.appHash ?? new Uint8Array(0)),
      );
      expect(new Set(hashes).size, `application hashes at ${h}`).to.equal(1);
    }
    const block = nodes.get(0)?.engine.block(toHeight(5n))?.block;
    expect(block?.txs.length, "the injected extended commit").to.equal(1);
    expect(nodes.get(0)?.engine.results(toHeight(5n))?.txResults.length).to.equal(1);
  });
});
