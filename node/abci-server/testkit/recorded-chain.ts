/**
 * Blocks that four embedded engines make of many kinds of transactions, good and bad, with vote extensions, a validator whose
 * power changes and one that is convicted of two votes. What is left is the data directory of one of them. Tests only.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import type { Application } from "../../../chain/abci/index.js";
import { silentSource } from "../../../chain/attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS, makeDuplicateVoteEvidence, voteSignBytes } from "../../../chain/block/index.js";
import type { Evidence, Vote } from "../../../chain/block/index.js";
import { formatOperatorAddress } from "../../../chain/codec/index.js";
import { sha256 } from "../../../chain/crypto/index.js";
import { EMPTY_BYTES, Fault, toAddress, toHeight, toHex, toTimeNs, toUopen, toVotingPower, utf8 } from "../../../chain/primitives/index.js";
import type { KvStore } from "../../../chain/store/index.js";
import { anyOf, createSigner, signTransaction } from "../../../chain/testkit/signer.js";
import { createOpenLedger } from "../../../modules/app.js";
import { buildGenesis } from "../../../modules/genesis.js";
import { QueryAccountInfoRequest, QueryAccountInfoResponse } from "../../../proto/gen/cosmos/auth/v1beta1.js";
import { MsgSend } from "../../../proto/gen/cosmos/bank/v1beta1.js";
import { MsgSubmitProposal } from "../../../proto/gen/cosmos/gov/v1.js";
import { MsgDelegate, MsgUndelegate } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import { createLocalConnection } from "../../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../../config/engine.js";
import { formatGenesis } from "../../config/genesis.js";
import { createEngine } from "../../engine/index.js";
import type { Engine } from "../../engine/index.js";
import { keyFromSeed } from "../../engine/key-file.js";
import { FAST, seedOf, until } from "../../engine/testkit/cluster.js";
import { MemoryNet } from "../../engine/testkit/memory-net.js";
import { openKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";

const CHAIN = "recorded-1";
const LIAR = 3;
const COUNT = 4;
const GENESIS_TIME = toTimeNs(1_790_000_000n, 0);
const PEOPLE = ["carol", "dave", "erin"].map(createSigner);

export interface RecordedChain {
  readonly genesis: string;
  /** Homes of all four: engine's data in each, and the application's database in `app/`. */
  readonly dirs: readonly string[];
  /** Of the first engine. */
  readonly dataDir: string;
  readonly top: bigint;
  close(): void;
}

const operatorOf = (i: number) => toAddress(new Uint8Array(20).fill(i + 1));

function genesisText(): string {
  const validators = Array.from({ length: COUNT }, (_, i) => ({ publicKey: keyFromSeed(seedOf(i)).publicKey, power: 10n, moniker: `v${i}` }));
  return formatGenesis({
    genesisTime: GENESIS_TIME,
    chainId: CHAIN,
    initialHeight: toHeight(1n),
    consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } },
    validators: validators.map((v) => ({ publicKey: v.publicKey, power: toVotingPower(v.power), name: v.moniker })),
    appHash: EMPTY_BYTES,
    appState: buildGenesis({
      time: GENESIS_TIME,
      validators: validators.map((v, i) => ({ ...v, operator: operatorOf(i) })),
      accounts: PEOPLE.map(({ address }) => ({ address, amount: toUopen(900_000_000n), from: "community" as const })),
    }),
  });
}

/** Two precommits of one place, signed with the liar's key. */
function equivocation(engine: Engine, height: bigint): Evidence {
  const set = engine.validators(toHeight(height));
  const block = engine.block(toHeight(height));
  if (set === undefined || block === undefined) throw new Fault("no such height", { height });
  const { address } = keyFromSeed(seedOf(LIAR));
  const index = set.validators.findIndex((v) => toHex(v.address) === toHex(address));
  const { time } = block.block.header;
  const vote = (seed: string): Vote => {
    const hash = sha256(utf8(seed));
    const empty = { signature: EMPTY_BYTES, extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
    const blockId = { hash, parts: { total: 1, hash } };
    const unsigned: Vote = { type: "precommit", height: toHeight(height), round: 0, validator: address, index, blockId, time, ...empty };
    return { ...unsigned, signature: ed25519.sign(voteSignBytes(CHAIN, unsigned), seedOf(LIAR)) };
  };
  return makeDuplicateVoteEvidence(vote("one"), vote("other"), { validators: set, time });
}

const coin = (amount: string) => ({ denom: "uopen", amount });

/** What each of the three people sends, in order. The second and third of each fail when they are executed. */
function messagesOf(i: number): readonly Any[][] {
  const [from = "", to = ""] = [PEOPLE[i]?.text, PEOPLE[(i + 1) % PEOPLE.length]?.text];
  const validatorAddress = formatOperatorAddress(operatorOf(i));
  return [
    [anyOf(MsgSend, { fromAddress: from, toAddress: to, amount: [coin("12345")] })],
    [anyOf(MsgSend, { fromAddress: from, toAddress: to, amount: [coin("999999999999999")] })],
    [anyOf(MsgUndelegate, { delegatorAddress: from, validatorAddress, amount: coin("5") })],
    [
      anyOf(MsgDelegate, { delegatorAddress: from, validatorAddress, amount: coin("7000000") }),
      anyOf(MsgSend, { fromAddress: from, toAddress: to, amount: [coin("1")] }),
    ],
    [anyOf(MsgSubmitProposal, MsgSubmitProposal.create({ proposer: from, title: "t", summary: "s", initialDeposit: [coin("1000000")] }))],
    [anyOf(MsgUndelegate, { delegatorAddress: from, validatorAddress, amount: coin("3000000") })],
  ];
}

async function accountNumber(engine: Engine, address: string): Promise<bigint> {
  const data = QueryAccountInfoRequest.encode({ address });
  const { value } = await engine.query({ path: "/cosmos.auth.v1beta1.Query/AccountInfo", data, height: toHeight(0n), prove: false });
  return QueryAccountInfoResponse.decode(value).info?.accountNumber ?? 0n;
}

/** One message list after the other, in rising blocks. */
async function submitAll(engine: Engine): Promise<void> {
  const numbers = await Promise.all(PEOPLE.map(({ text }) => accountNumber(engine, text)));
  for (let step = 0; step < messagesOf(0).length; step++) {
    for (const [i, signer] of PEOPLE.entries()) {
      const options = { chainId: CHAIN, accountNumber: numbers[i] ?? 0n, sequence: BigInt(step), gas: 400_000n, fee: 0n };
      await engine.pool.submit(signTransaction(signer, messagesOf(i)[step] ?? [], options));
    }
    const height = engine.latestHeight();
    await until("the next block", () => engine.latestHeight() > height);
  }
}

export interface RunningEngines {
  readonly engines: readonly Engine[];
  stop(): Promise<void>;
}

/** Four engines on these homes. @param haltHeight the last block that they decide */
export async function startEngines(dirs: readonly string[], genesis: string, haltHeight: bigint): Promise<RunningEngines> {
  const net = new MemoryNet();
  const engines: Engine[] = [];
  const stops: (() => Promise<void>)[] = [];
  for (const [i, dataDir] of dirs.entries()) {
    const kv = await openKv({ dir: join(dataDir, "app"), onFatal: () => undefined });
    const p2p = net.create(`peer${i}`);
    const options = { dataDir, genesis, key: keyFromSeed(seedOf(i)), config: { ...FAST, haltHeight }, mempool: DEFAULT_MEMPOOL_CONFIG };
    const deps = { app: createLocalConnection(recordedApp(kv)), p2p, log: silentLogger(), onFatal: () => undefined };
    const engine = await createEngine(options, deps);
    engines.push(engine);
    stops.push(() => p2p.stop(), () => engine.stop(), () => kv.close());
    await p2p.start();
    await engine.start();
  }
  const stop = async (): Promise<void> => {
    for (const end of stops) await end();
  };
  return { engines, stop };
}

/** The application of the chain over a store. */
export function recordedApp(kv: KvStore): Application {
  return createOpenLedger({ kv, source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test" });
}

/** @param top the chain halts there, after at least a dozen blocks */
export async function recordChain(top: bigint): Promise<RecordedChain> {
  const [dir, genesis] = [mkdtempSync(join(tmpdir(), "recorded-")), genesisText()];
  const dirs = Array.from({ length: COUNT }, (_, i) => join(dir, String(i)));
  const running = await startEngines(dirs, genesis, top);
  const { engines } = running;
  const [first] = engines as [Engine];
  await until("the first blocks", () => first.latestHeight() >= 2n);
  await first.pool.addEvidence(equivocation(first, 1n));
  await submitAll(first);
  await until(`height ${top}`, () => engines.every((e) => e.latestHeight() >= top));
  await running.stop();
  return { genesis, dirs, dataDir: join(dir, "0"), top, close: () => rmSync(dir, { recursive: true, force: true }) };
}
