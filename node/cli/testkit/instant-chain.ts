/** The whole application behind a real JSON-RPC server, where every transaction is a block at once. Tests only. */
import { silentSource } from "../../../chain/attest/index.js";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../../../chain/testkit/chain.js";
import type { TestChain } from "../../../chain/testkit/chain.js";
import { createSigner } from "../../../chain/testkit/signer.js";
import type { Signer } from "../../../chain/testkit/signer.js";
import { sha256 } from "../../../chain/crypto/index.js";
import { toUopen, utf8 } from "../../../chain/primitives/index.js";
import { createModules } from "../../../modules/app.js";
import { buildGenesis } from "../../../modules/genesis.js";
import { FakeChain } from "../../../test/rpc/fake-chain.js";
import { keyFromSeed } from "../../engine/key-file.js";
import { createQueryDoor } from "../../grpc/index.js";
import { createIndexer } from "../../indexer/index.js";
import { DEFAULT_RPC_OPTIONS } from "../../rpc/options.js";
import { createRpcServer } from "../../rpc/server.js";
import { openKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";

export interface InstantChain {
  readonly url: string;
  readonly chainId: string;
  readonly chain: TestChain;
  /** Funded at genesis: 1,000,000 OPEN each. The first is the operator of the validator. */
  readonly ada: Signer;
  readonly bob: Signer;
  /** Empty blocks. */
  blocks(count: number): void;
  stop(): Promise<void>;
}

const FUNDS = toUopen(1_000_000_000_000n);

class AppChain extends FakeChain {
  override async status(): Promise<Awaited<ReturnType<FakeChain["status"]>>> {
    const status = await super.status();
    return { ...status, node: { ...status.node, network: TEST_CHAIN_ID } };
  }
}

function startChain(ada: Signer, bob: Signer): TestChain {
  const { modules, accounts, fees, feeGrants } = createModules(silentSource);
  const funded = [ada, bob].map(({ address }) => ({ address, amount: FUNDS, from: "community" as const }));
  const validators = [{ operator: ada.address, publicKey: keyFromSeed(sha256(utf8("validator of ada"))).publicKey, power: 10n, moniker: "ada" }];
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts: funded });
  return createTestChain({ modules, accounts, fees, feeGrants, appState, minGasPrice: { numerator: 1n, denominator: 1_000n } });
}

/** Runs the block of a transaction as soon as the mempool has taken it. */
function connect(fake: AppChain, chain: TestChain): (txs: readonly Uint8Array[]) => void {
  const commit = (txs: readonly Uint8Array[]): void => {
    const { txResults, ...results } = chain.nextBlock(txs);
    fake.commitBlock(txs.map((tx, i) => ({ tx, result: txResults[i] ?? {} })), results);
  };
  fake.onQuery = (request) => chain.app.query(request);
  fake.onSubmit = (tx) => {
    const response = chain.app.checkTx({ tx, kind: "new" });
    if (response.code === 0) setImmediate(() => commit([tx]));
    return { kind: "checked", response };
  };
  return commit;
}

export async function startInstantChain(): Promise<InstantChain> {
  const [ada, bob] = [createSigner("ada"), createSigner("bob")];
  const chain = startChain(ada, bob);
  const fake = new AppChain();
  const commit = connect(fake, chain);
  const dir = await mkdtemp(join(tmpdir(), "instant-"));
  const log = silentLogger();
  const kv = await openKv({ dir, onFatal: (failure) => { throw failure; } });
  const index = createIndexer({ kv, chain: fake, feed: fake, log });
  await index.start();
  const build = { name: "openledger", version: "test", gitCommit: "" };
  const config = { minimumGasPrice: "0.001uopen", pruningKeepRecent: "0", pruningInterval: "0" };
  const door = createQueryDoor({ chain: fake, index, pool: fake.pool, build, config, log });
  const server = createRpcServer({ chain: fake, pool: fake.pool, index, feed: fake, door, log }, { ...DEFAULT_RPC_OPTIONS, port: 0 });
  const { port } = await server.start();
  commit([]);
  return {
    url: `http://127.0.0.1:${port}`,
    chainId: TEST_CHAIN_ID,
    chain,
    ada,
    bob,
    blocks: (count) => Array.from({ length: count }).forEach(() => commit([])),
    async stop() {
      await server.stop();
      await index.stop();
      await kv.close();
      await rm(dir, { recursive: true });
    },
  };
}
