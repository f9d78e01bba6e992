/**
 * A chain whose validators change while it runs: engines in one process with the product's application, and RPC in front of
 * one. Two validators of genesis hand over to two that join, power moves, and the first two leave. Tests only.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QueryRequest, QueryResponse } from "../../chain/abci/index.js";
import { silentSource } from "../../chain/attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { formatOperatorAddress } from "../../chain/codec/index.js";
import { toHeight, toTimeNs, toUopen, toVotingPower } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { anyOf, createSigner, signTransaction } from "../../chain/testkit/signer.js";
import type { Signer } from "../../chain/testkit/signer.js";
import { createOpenLedger } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import { createLocalConnection } from "../../node/app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../../node/config/engine.js";
import { formatGenesis } from "../../node/config/genesis.js";
import { installNativeCrypto } from "../../node/crypto/native.js";
import { createEngine } from "../../node/engine/index.js";
import type { Engine } from "../../node/engine/index.js";
import { keyFromSeed } from "../../node/engine/key-file.js";
import { FAST, seedOf, until } from "../../node/engine/testkit/cluster.js";
import { MemoryNet } from "../../node/engine/testkit/memory-net.js";
import { createNullIndexer } from "../../node/indexer/index.js";
import { identityFromSeed } from "../../node/p2p/index.js";
import { DEFAULT_RPC_OPTIONS, createEngineChain, createRpcServer } from "../../node/rpc/index.js";
import { openKv } from "../../node/storage/index.js";
import { silentLogger } from "../../node/telemetry/log.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { BaseAccount, QueryAccountRequest, QueryAccountResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { MsgCreateValidator, MsgDelegate, MsgUndelegate } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";

export const CHANGING_CHAIN = "changing-chain-1";

const POWER = 10_000n;
const UOPEN_PER_POWER = 1_000_000n;
const COMMIT_MS = 5;

const operators = [0, 1, 2, 3].map((i) => createSigner(`operator ${i}`));

/** Who holds coins and stakes them: two from the start, two later. */
export function operator(i: number): Signer {
  const found = operators[i];
  if (found === undefined) throw new RangeError(`no operator ${i}`);
  return found;
}

function coin(power: bigint): { denom: string; amount: string } {
  return { denom: "uopen", amount: (power * UOPEN_PER_POWER).toString() };
}

function genesisDocument(time: TimeNs): string {
  const validators = [0, 1].map((i) => ({
    ...{ publicKey: keyFromSeed(seedOf(i)).publicKey, power: POWER, moniker: `v${i}` },
    operator: operator(i).address,
  }));
  return formatGenesis({
    genesisTime: time,
    chainId: CHANGING_CHAIN,
    initialHeight: toHeight(1n),
    consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } },
    validators: validators.map(({ publicKey, moniker }) => ({ publicKey, power: toVotingPower(POWER), name: moniker })),
    appHash: new Uint8Array(0),
    appState: buildGenesis({
      time,
      validators,
      accounts: operators.map(({ address }) => ({
        ...{ address, from: "community" as const },
        amount: toUopen(1_000_000n * UOPEN_PER_POWER),
      })),
    }),
  });
}

interface Node {
  readonly engine: Engine;
  stop(): Promise<void>;
}

export interface ChangingChain {
  readonly engine: Engine;
  readonly rpc: string;
  /** Hands the chain over, from the validators of genesis to others, and lets it grow to at least this height. */
  handOver(height: bigint): Promise<void>;
  stop(): Promise<void>;
}

class World implements ChangingChain {
  readonly #dir = mkdtempSync(join(tmpdir(), "changing-chain-"));
  readonly #net = new MemoryNet();
  readonly #genesis: string;
  readonly #nodes = new Map<number, Node>();
  readonly #sequences = new Map<number, bigint>();
  #rpc = { url: "", stop: (): Promise<void> => Promise.resolve() };

  constructor(time: TimeNs) {
    this.#genesis = genesisDocument(time);
  }

  /** The node that never leaves, behind the RPC. */
  get engine(): Engine {
    return this.#node(2).engine;
  }

  get rpc(): string {
    return this.#rpc.url;
  }

  async open(): Promise<void> {
    for (const i of [0, 1, 2, 3]) await this.#start(i);
    await this.#openRpc();
  }

  async stop(): Promise<void> {
    await this.#rpc.stop();
    for (const node of [...this.#nodes.values()]) await node.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async handOver(height: bigint): Promise<void> {
    const step = height / 6n;
    await this.#reach(step);
    await this.#send(2, this.#joining(2, 8_000n));
    await this.#reach(2n * step);
    await this.#send(3, this.#joining(3, 9_000n));
    await this.#reach(3n * step);
    await this.#send(2, this.#delegation(2, 32_000n));
    await this.#send(0, this.#leaving(0, POWER / 2n));
    await this.#reach(4n * step);
    await this.#send(0, this.#leaving(0, POWER / 2n));
    await this.#send(1, this.#leaving(1, POWER));
    await this.#reach(5n * step);
    for (const i of [0, 1]) await this.#node(i).stop();
    await this.#reach(height + 2n);
  }

  #node(i: number): Node {
    const node = this.#nodes.get(i);
    if (node === undefined) throw new RangeError(`node ${i} does not run`);
    return node;
  }

  async #start(i: number): Promise<void> {
    const dataDir = join(this.#dir, String(i));
    const onFatal = (error: unknown): never => {
      throw error;
    };
    const kv = await openKv({ dir: join(dataDir, "app"), onFatal });
    const app = createOpenLedger({ kv, source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test" });
    const p2p = this.#net.create(`peer${i}`);
    const config = { ...FAST, commitMs: COMMIT_MS };
    const engine = await createEngine(
      { dataDir, genesis: this.#genesis, key: keyFromSeed(seedOf(i)), config, mempool: DEFAULT_MEMPOOL_CONFIG },
      { app: createLocalConnection(app), p2p, log: silentLogger(), onFatal },
    );
    const stop = async (): Promise<void> => {
      this.#nodes.delete(i);
      await p2p.stop();
      await engine.stop();
      await kv.close();
    };
    this.#nodes.set(i, { engine, stop });
    await p2p.start();
    await engine.start();
  }

  async #openRpc(): Promise<void> {
    const { engine } = this;
    const { privateKey, nodeId } = identityFromSeed(new Uint8Array(32).fill(9));
    const chain = createEngineChain({
      engine,
      identity: {
        ...{ id: Buffer.from(nodeId, "hex"), listenAddress: "tcp://127.0.0.1:1", network: CHANGING_CHAIN, version: "0.38.26" },
        ...{ moniker: "light", appVersion: 1n, rpcAddress: "tcp://127.0.0.1:1", isIndexed: false },
      },
      nodeKey: privateKey.publicKey.raw,
      netInfo: () => ({ listeners: [], peers: [] }),
    });
    const door = { query: (request: QueryRequest): Promise<QueryResponse> => engine.query(request) };
    const deps = { chain, pool: engine.pool, index: createNullIndexer(engine), feed: engine, door, log: silentLogger() };
    const server = createRpcServer(deps, { ...DEFAULT_RPC_OPTIONS, port: 0 });
    const { port } = await server.start();
    this.#rpc = { url: `http://127.0.0.1:${port}`, stop: () => server.stop() };
  }

  #reach(height: bigint): Promise<void> {
    const nodes = [...this.#nodes.values()];
    return until(`height ${height}`, () => nodes.every((n) => n.engine.latestHeight() >= height), undefined, 240_000);
  }

  #joining(i: number, power: bigint): Any {
    const { publicKey: key } = keyFromSeed(seedOf(i));
    return anyOf(MsgCreateValidator, MsgCreateValidator.create({
      description: { moniker: `v${i}`, identity: "", website: "", securityContact: "", details: "" },
      commission: { rate: "100000000000000000", maxRate: "200000000000000000", maxChangeRate: "10000000000000000" },
      minSelfDelegation: "1",
      validatorAddress: formatOperatorAddress(operator(i).address),
      pubkey: { typeUrl: "/cosmos.crypto.ed25519.PubKey", value: PubKey.encode({ key }) },
      value: coin(power),
    }));
  }

  #delegation(i: number, power: bigint): Any {
    const { address, text } = operator(i);
    const validatorAddress = formatOperatorAddress(address);
    return anyOf(MsgDelegate, { delegatorAddress: text, validatorAddress, amount: coin(power) });
  }

  #leaving(i: number, power: bigint): Any {
    const { address, text } = operator(i);
    const validatorAddress = formatOperatorAddress(address);
    return anyOf(MsgUndelegate, { delegatorAddress: text, validatorAddress, amount: coin(power) });
  }

  async #send(i: number, message: Any): Promise<void> {
    const sequence = this.#sequences.get(i) ?? 0n;
    this.#sequences.set(i, sequence + 1n);
    const accountNumber = await this.#accountNumber(i);
    const facts = { chainId: CHANGING_CHAIN, accountNumber, sequence, gas: 1_000_000n, fee: 0n };
    const tx = signTransaction(operator(i), [message], facts);
    const from = this.engine.latestHeight();
    const answer = await this.engine.pool.submit(tx);
    if (answer.kind === "refused") throw new Error(answer.message);
    if (answer.response.code !== 0) throw new Error(answer.response.log);
    await until("the transaction's block", () => this.#resultAfter(from, tx) !== undefined);
    const result = this.#resultAfter(from, tx);
    if (result?.code !== 0) throw new Error(result?.log);
  }

  #resultAfter(from: bigint, tx: Uint8Array): { readonly code: number; readonly log: string } | undefined {
    const { engine } = this;
    for (let height = toHeight(from + 1n); height <= engine.latestHeight(); height = toHeight(height + 1n)) {
      const index = engine.block(height)?.block.txs.findIndex((t) => Buffer.compare(t, tx) === 0) ?? -1;
      if (index >= 0) return engine.results(height)?.txResults[index];
    }
    return undefined;
  }

  async #accountNumber(i: number): Promise<bigint> {
    const path = "/cosmos.auth.v1beta1.Query/Account";
    const data = QueryAccountRequest.encode({ address: operator(i).text });
    const { value } = await this.engine.query({ path, data, height: toHeight(0n), prove: false });
    const { account } = QueryAccountResponse.decode(value);
    return account === undefined ? 0n : BaseAccount.decode(account.value).accountNumber;
  }
}

/** Starts the chain now: a light client's clock is the world's. */
export async function startChangingChain(): Promise<ChangingChain> {
  installNativeCrypto();
  const world = new World(toTimeNs(BigInt(Math.floor(Date.now() / 1_000)), 0));
  await world.open();
  return world;
}
