import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { Fault, toHeight } from "../../chain/primitives/index.js";
import type { GenesisDoc } from "../config/genesis.js";
import type { EngineKv } from "../engine/block-store.js";
import { memoryEngineKv } from "../engine/testkit/evidence.js";
import { EdgeFailure } from "../errors.js";
import { silentLogger } from "../telemetry/log.js";
import { MirrorStore } from "./mirror-store.js";
import { Mirror } from "./mirror.js";
import { createCometReader } from "./reader.js";
import { until } from "./testkit/comet-net.js";
import { RecordedComet, recordedAnswers } from "./testkit/recorded.js";
import type { Answers } from "./testkit/recorded.js";

const TOP = 6n;

interface Lab {
  readonly comet: RecordedComet;
  readonly store: MirrorStore;
  readonly mirror: Mirror;
  readonly published: bigint[];
  readonly fatals: unknown[];
}

function genesisOf({ status }: Answers): GenesisDoc {
  const { node_info: info } = status as { node_info: { network: string } };
  return {
    genesisTime: 0n as GenesisDoc["genesisTime"],
    chainId: info.network,
    initialHeight: toHeight(1n),
    consensusParams: DEFAULT_CONSENSUS_PARAMS,
    validators: [],
    appHash: new Uint8Array(0),
    appState: {},
  };
}

function lab(comet = new RecordedComet(), kv: EngineKv = memoryEngineKv()): Lab {
  const store = new MirrorStore(kv, 4, silentLogger());
  const published: bigint[] = [];
  const fatals: unknown[] = [];
  const mirror = new Mirror({
    reader: createCometReader(comet),
    store,
    genesis: genesisOf(comet.answers),
    log: silentLogger(),
    publish: ({ stored }) => void published.push(stored.block.header.height),
    onFatal: (error) => void fatals.push(error),
  });
  return { comet, store, mirror, published, fatals };
}

async function follow({ mirror, fatals }: Lab, target: bigint): Promise<void> {
  mirror.start(toHeight(target));
  await until("the mirror", () => (mirror.lastHeight === target || fatals.length > 0 ? true : undefined), 10_000);
  await mirror.stop();
}

/** What is there after a lie: the reason, which must be a Fault. */
async function fault(change: (answers: Answers) => void): Promise<string> {
  const answers = recordedAnswers();
  change(answers);
  const test = lab(new RecordedComet(answers));
  await follow(test, TOP);
  const [error] = test.fatals;
  expect(error).to.be.instanceOf(Fault);
  return (error as Fault).message;
}

type Header = Record<string, string>;

function headerOf(answers: Answers, height: number): Header {
  return (answers.blocks[height - 1] as { block: { header: Header } }).block.header;
}

describe("the mirror of a CometBFT", () => {
  it("holds every block with commit, results, validators and parameters, published in order", async () => {
    const test = lab();
    await follow(test, TOP);
    expect(test.fatals).to.deep.equal([]);
    expect(test.published).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n]);
    const { blocks, states } = test.store;
    expect([blocks.base, blocks.top]).to.deep.equal([1n, TOP]);
    for (let height = toHeight(1n); height <= TOP; height = toHeight(height + 1n)) {
      expect(blocks.block(height)?.block.header.height).to.equal(height);
      expect(blocks.commit(height)?.commit.height).to.equal(height);
      expect(states.results(height)?.txResults.length).to.equal(blocks.block(height)?.block.txs.length);
      expect(states.validators(height)?.validators).to.have.length(1);
      expect(states.params(height)?.abci.voteExtensionsEnableHeight).to.equal(1n);
    }
    expect(blocks.commit(toHeight(5n))?.isCanonical).to.equal(true);
    expect(blocks.commit(toHeight(TOP))?.isCanonical).to.equal(false);
    expect(states.validators(toHeight(TOP + 2n))).not.to.equal(undefined);
  });

  it("goes on where it stopped, and publishes nothing twice", async () => {
    const kv = memoryEngineKv();
    await follow(lab(new RecordedComet(), kv), 3n);
    const again = lab(new RecordedComet(), kv);
    expect(again.mirror.lastHeight).to.equal(3n);
    await follow(again, TOP);
    expect(again.published).to.deep.equal([4n, 5n, 6n]);
  });

  it("takes the results that the application gave to those that CometBFT kept", async () => {
    const test = lab();
    const results = await createCometReader(test.comet).results(toHeight(1n));
    test.store.keepResults(toHeight(1n), { ...results, events: [{ type: "ours", attributes: [] }] });
    test.comet.asked.length = 0;
    await follow(test, 2n);
    expect(test.store.states.results(toHeight(1n))?.events[0]?.type).to.equal("ours");
    expect(test.comet.asked).to.include("block_results 2").and.not.include("block_results 1");
  });

  it("waits for a CometBFT that does not answer, and misses nothing", async () => {
    const test = lab();
    test.comet.failures = [
      new EdgeFailure("unreachable", "gone"),
      new EdgeFailure("timeout", "slow"),
      new EdgeFailure("malformed", "half an answer"),
      new EdgeFailure("remote", "height 1 must be less than or equal to the current blockchain height 0"),
    ];
    await follow(test, TOP);
    expect(test.published).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n]);
  });

  it("begins at the lowest block of a CometBFT that was state-synced", async () => {
    const comet = new RecordedComet();
    comet.earliest = 4;
    const test = lab(comet);
    await follow(test, TOP);
    expect(test.fatals).to.deep.equal([]);
    expect(test.published).to.deep.equal([4n, 5n, 6n]);
    expect(test.store.blocks.base).to.equal(4n);
  });

  it("leaves out what CometBFT has pruned while the node was away, and forgets what lies before", async () => {
    const kv = memoryEngineKv();
    await follow(lab(new RecordedComet(), kv), 2n);
    const comet = new RecordedComet();
    comet.earliest = 5;
    const test = lab(comet, kv);
    await follow(test, TOP);
    expect(test.published).to.deep.equal([5n, 6n]);
    expect(test.store.blocks.base).to.equal(5n);
    expect(new MirrorStore(kv, 4, silentLogger()).blocks.base).to.equal(5n);
  });

  it("does not let CometBFT prune what it has not read", async () => {
    const test = lab();
    expect(test.mirror.committed(toHeight(6n), toHeight(5n)), "nothing is read").to.equal(1n);
    await follow(test, 4n);
    expect(test.mirror.committed(toHeight(6n), toHeight(6n)), "four are read").to.equal(5n);
    expect(test.mirror.committed(toHeight(6n), toHeight(3n)), "the application keeps more").to.equal(3n);
    expect(test.mirror.committed(toHeight(6n), toHeight(0n)), "the application keeps all").to.equal(0n);
  });

  it("does not follow a chain that is not the application's", async () => {
    expect(await fault((a) => void (headerOf(a, 2)["chain_id"] = "another-1"))).to.contain("another height or chain");
    expect(await fault((a) => void (headerOf(a, 3)["app_hash"] = "00".repeat(32)))).to.contain("its hash is not that of its content");
    expect(await fault((a) => void ((a.blocks[1] as { block: { data: { txs: string[] } } }).block.data.txs = []))).to.contain("does not follow");
    const foreign = { code: 9, data: null, log: "", info: "", gas_wanted: "0", gas_used: "0", events: [], codespace: "x" };
    expect(await fault((a) => void ((a.results[1] as { txs_results: unknown[] }).txs_results = [foreign]))).to.contain("it names other results");
    expect(await fault((a) => void ((a.results[1] as { app_hash: string }).app_hash = "AAAA"))).to.contain("it names another application hash");
    expect(await fault((a) => (a.commits as unknown[]).splice(1, 1, a.commits[3]))).to.contain("its commit is of another block");
    const joins = [{ pub_key: { Sum: { type: "tendermint.crypto.PublicKey_Ed25519", value: { ed25519: `${"A".repeat(43)}=` } } }, power: "5" }];
    expect(await fault((a) => void ((a.results[1] as { validator_updates: unknown }).validator_updates = joins))).to.contain("it names other validators");
  });
});
