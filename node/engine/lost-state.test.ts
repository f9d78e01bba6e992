import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { createLocalConnection } from "../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import { errorText, isFailure } from "../errors.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { createEngine } from "./engine.js";
import { keyFromSeed } from "./key-file.js";
import { CLUSTER_CHAIN, Cluster, FAST, clusterGenesis, seedOf } from "./testkit/cluster.js";
import { createSequenceApp } from "./testkit/sequence-app.js";

describe("a home in which something is missing or strange", function () {
  this.timeout(120_000);
  let cluster: Cluster;

  beforeEach(async () => {
    cluster = new Cluster([10n]);
    await cluster.start(0);
    await cluster.reach(3n);
    await cluster.stop(0);
  });
  afterEach(() => cluster.stopAll());

  /** What a start with this genesis document and key says, if it does not succeed. */
  async function refusal(genesis = clusterGenesis([10n]), key = 0): Promise<unknown> {
    const dataDir = cluster.dataDir(0);
    const appKv = await openKv({ dir: join(dataDir, "app"), onFatal: () => undefined });
    const app = createLocalConnection(createSequenceApp(appKv));
    const options = { dataDir, genesis, key: keyFromSeed(seedOf(key)), config: FAST, mempool: DEFAULT_MEMPOOL_CONFIG };
    try {
      const engine = await createEngine(options, { app, p2p: cluster.net.create("again"), log: silentLogger(), onFatal: () => undefined });
      return await engine.start().then(
        () => engine.stop(),
        async (error: unknown) => {
          await engine.stop();
          return error;
        },
      );
    } catch (error) {
      return error;
    } finally {
      await appKv.close();
    }
  }

  it("starts no validator that does not know what it signed, until the file is back; whoever is no validator needs none", async () => {
    const path = join(cluster.dataDir(0), "priv_validator_state.json");
    renameSync(path, `${path}.away`);
    const failure = await refusal();
    expect(isFailure(failure, "config") && failure.message).to.contain(`${path} is missing`);
    expect(existsSync(path)).to.equal(false);
    expect(await refusal(undefined, 1)).to.equal(undefined);
    renameSync(`${path}.away`, path);
    expect(await refusal()).to.equal(undefined);
  });

  it("says which chain its data is of, when the genesis document is of another", async () => {
    const failure = await refusal(clusterGenesis([10n]).replace(CLUSTER_CHAIN, "other-1"));
    expect(isFailure(failure, "config") && failure.message).to.contain(`is of the chain ${CLUSTER_CHAIN}, and its genesis.json is of other-1`);
  });

  it("says that its blocks end below the application's state", async () => {
    rmSync(join(cluster.dataDir(0), "blocks"), { recursive: true });
    const failure = await refusal();
    expect(isFailure(failure, "config") && failure.message, errorText(failure)).to.match(/^the application has block \d+, and the blocks of this home end at 0: /);
  });
});
