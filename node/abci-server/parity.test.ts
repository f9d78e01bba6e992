import { join } from "node:path";
import { expect } from "chai";
import { silentSource } from "../../chain/attest/index.js";
import type { Application, FinalizeBlockResponse } from "../../chain/abci/index.js";
import { resultsHash } from "../../chain/block/index.js";
import type { Block, ValidatorSet } from "../../chain/block/index.js";
import { toHeight, toHex } from "../../chain/primitives/index.js";
import { createMemoryKv } from "../../chain/store/index.js";
import { createOpenLedger } from "../../modules/app.js";
import { RequestCheckTx, RequestInfo } from "../../proto/gen/tendermint/abci.js";
import { createLocalConnection } from "../app/index.js";
import { parseGenesis } from "../config/genesis.js";
import { BlockStore } from "../engine/block-store.js";
import { finalizeRequest, initChainRequest } from "../engine/requests.js";
import { StateStore } from "../engine/state-store.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { createAbciServer } from "./server.js";
import * as client from "./testkit/client-codec.js";
import { recordChain } from "./testkit/recorded-chain.js";
import type { RecordedChain } from "./testkit/recorded-chain.js";
import { AbciClient } from "./testkit/socket-client.js";
import type { AbciServer } from "./types.js";

const TOP = 16n;

interface RecordedBlock {
  readonly block: Block;
  readonly lastValidators: ValidatorSet | null;
  readonly results: FinalizeBlockResponse;
}

/** What the header of the next height will say of this one, and whatever else the engine acts on. */
interface Outcome {
  readonly height: bigint;
  readonly appHash: string;
  readonly resultsHash: string;
  readonly codes: readonly number[];
  readonly updates: readonly string[];
}

function outcome(height: bigint, response: FinalizeBlockResponse): Outcome {
  return {
    height,
    appHash: toHex(response.appHash),
    resultsHash: toHex(resultsHash(response.txResults)),
    codes: response.txResults.map(({ code }) => code),
    updates: response.validatorUpdates.map(({ publicKey, power }) => `${toHex(publicKey)} ${power}`),
  };
}

async function readBlocks({ dataDir, top }: RecordedChain): Promise<RecordedBlock[]> {
  const kv = await openKv({ dir: join(dataDir, "blocks"), onFatal: () => undefined });
  const [blocks, states] = [new BlockStore(kv, 256), new StateStore(kv)];
  const found: RecordedBlock[] = [];
  for (let h = 1n; h <= top; h++) {
    const stored = blocks.block(toHeight(h));
    const results = states.results(toHeight(h));
    if (stored === undefined || results === undefined) return expect.fail(`height ${h} was not recorded`);
    found.push({ block: stored.block, results, lastValidators: h === 1n ? null : (states.validators(toHeight(h - 1n)) ?? null) });
  }
  await kv.close();
  return found;
}

const newApp = (): Application =>
  createOpenLedger({ kv: createMemoryKv(), source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test" });

describe("blocks of the embedded engine, fed to the application by both drivers", function () {
  this.timeout(120_000);
  let chain: RecordedChain | undefined;
  let blocks: RecordedBlock[] = [];
  let server: AbciServer | undefined;

  before(async () => {
    chain = await recordChain(TOP);
    blocks = await readBlocks(chain);
  });
  after(async () => {
    await server?.stop();
    chain?.close();
  });

  const recorded = (): Outcome[] => blocks.map(({ block, results }) => outcome(block.header.height, results));

  it("were recorded with failures, evidence, validator updates and vote extensions among them", () => {
    const codes = new Set(recorded().flatMap((o) => o.codes));
    expect(codes.size, "different codes").to.be.greaterThan(2);
    expect(recorded().some((o) => o.updates.length > 0)).to.equal(true);
    expect(blocks.some(({ block }) => block.evidence.length > 0)).to.equal(true);
    expect(blocks.some(({ block }) => block.txs.length > 2)).to.equal(true);
  });

  it("give the recorded hashes when the embedded engine's requests are made in process", () => {
    const app = newApp();
    app.initChain(initChainRequest(parseGenesis(chain?.genesis ?? "")));
    const again = blocks.map(({ block, lastValidators }) => {
      const response = app.finalizeBlock(finalizeRequest(block, lastValidators));
      app.commit();
      return outcome(block.header.height, response);
    });
    expect(again).to.deep.equal(recorded());
  });

  it("give the same hashes over the socket, with checks between FinalizeBlock and Commit", async () => {
    server = createAbciServer({ app: createLocalConnection(newApp()), log: silentLogger() }, { address: "tcp://127.0.0.1:0" });
    const { address } = await server.start();
    const [consensus, mempool] = [await AbciClient.open(address), await AbciClient.open(address)];
    await consensus.ask("initChain", client.initChainRequest(initChainRequest(parseGenesis(chain?.genesis ?? ""))));
    const again: Outcome[] = [];
    for (const { block, lastValidators } of blocks) {
      const request = client.finalizeBlockRequest(finalizeRequest(block, lastValidators));
      const asked = consensus.ask("finalizeBlock", request);
      for (const tx of block.txs) await mempool.ask("checkTx", RequestCheckTx.create({ tx }));
      again.push(outcome(block.header.height, client.parseFinalizeBlockResponse(await asked)));
      for (const tx of block.txs) await mempool.ask("checkTx", RequestCheckTx.create({ tx }));
      await consensus.ask("commit", {});
    }
    expect(again).to.deep.equal(recorded());
    await Promise.all([consensus.close(), mempool.close()]);
    await server.stop();
  });

  it("give the same hashes to a CometBFT that dies after every request and begins again with its handshake", async () => {
    server = createAbciServer({ app: createLocalConnection(newApp()), log: silentLogger() }, { address: "tcp://127.0.0.1:0" });
    const { address } = await server.start();
    /** What CometBFT does at its start before anything else (consensus/replay.go). */
    const handshake = async (): Promise<AbciClient> => {
      const consensus = await AbciClient.open(address);
      const { lastBlockHeight } = await consensus.ask("info", RequestInfo.create());
      if (lastBlockHeight === 0n) await consensus.ask("initChain", client.initChainRequest(initChainRequest(parseGenesis(chain?.genesis ?? ""))));
      return consensus;
    };
    await (await handshake()).close();
    const again: Outcome[] = [];
    for (const { block, lastValidators } of blocks) {
      const request = client.finalizeBlockRequest(finalizeRequest(block, lastValidators));
      const first = await handshake();
      const lost = client.parseFinalizeBlockResponse(await first.ask("finalizeBlock", request));
      await first.close();
      const second = await handshake();
      const answer = client.parseFinalizeBlockResponse(await second.ask("finalizeBlock", request));
      expect(answer).to.deep.equal(lost);
      again.push(outcome(block.header.height, answer));
      await second.ask("commit", {});
      await second.close();
    }
    expect(again).to.deep.equal(recorded());
  });
});
