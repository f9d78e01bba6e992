import type { CommitInfo, ExecTxResult, FinalizeBlockResponse, Misbehavior } from "../abci/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../block/index.js";
import type { ConsensusParams } from "../block/index.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { TypeRegistry } from "../codec/index.js";
import { sha256 } from "../crypto/index.js";
import { NO_ATTESTATION, createApplication, storeNames } from "../kernel/index.js";
import type {
  Accounts,
  AttestHooks,
  FeeGrants,
  Fees,
  GasPrice,
  KernelApplication,
  Module,
  ReadContext,
  SignatureFacts,
} from "../kernel/index.js";
import { Fault, toHeight, toTimeNs, u64be, utf8 } from "../primitives/index.js";
import type { TimeNs } from "../primitives/index.js";
import { createMemoryKv, openMultiStore } from "../store/index.js";
import type { KvStore } from "../store/index.js";
import { signTransaction } from "./signer.js";
import type { SignOptions, Signer } from "./signer.js";

export interface TestChainOptions {
  readonly modules: readonly Module[];
  readonly accounts: Accounts;
  readonly fees: Fees;
  readonly feeGrants?: FeeGrants;
  /** app_state; modules left out start from their defaults. */
  readonly appState: Readonly<Record<string, unknown>>;
  readonly attest?: AttestHooks;
  readonly params?: ConsensusParams;
  readonly minGasPrice?: GasPrice;
  readonly kv?: KvStore;
  readonly onVerified?: (facts: SignatureFacts) => void;
  /** Default true: every invariant of every module after every block. */
  readonly checkInvariants?: boolean;
}

/** A chain in memory under a fixed clock: five seconds a block, no engine, no network. */
export interface TestChain {
  readonly app: KernelApplication;
  readonly chainId: string;
  /** Height of the last block. */
  height(): bigint;
  time(): TimeNs;
  /** The last committed state. */
  read(): ReadContext;
  /** Finalizes and commits one block, by default without votes. @throws Fault naming the invariant that broke. */
  nextBlock(txs?: readonly Uint8Array[], lastCommit?: CommitInfo, more?: BlockFacts): FinalizeBlockResponse;
  /** Moves the clock on before the next block. */
  wait(seconds: bigint): void;
  /** Signs the messages as the next transaction of `signer` and runs a block of it alone. */
  deliver(signer: Signer, messages: readonly Any[], options?: DeliverOptions): ExecTxResult;
  /** The signed bytes alone. */
  sign(signer: Signer, messages: readonly Any[], options?: DeliverOptions): Uint8Array;
}

/** What else an engine says of a block. */
export interface BlockFacts {
  readonly misbehavior?: readonly Misbehavior[];
  /** Consensus address; default twenty zeros, which is nobody. */
  readonly proposer?: Uint8Array;
}

export interface DeliverOptions {
  /** Default 10,000,000. */
  readonly gas?: bigint;
  /** uopen, default 0. */
  readonly fee?: bigint;
  /** Default the account's own. */
  readonly sequence?: bigint;
  /** Timeouts, memo, whether it has an order. */
  readonly body?: NonNullable<SignOptions["body"]>;
  /** Who pays the fee. */
  readonly granter?: string;
  /** Signs amino JSON of messages of these types. */
  readonly amino?: TypeRegistry;
}

export const TEST_CHAIN_ID = "open-test-1";
/** 2026-01-01T00:00:00Z. */
export const TEST_GENESIS_TIME: TimeNs = toTimeNs(1_767_225_600n, 0);

/** @throws Fault with the sentence of the first invariant that does not hold, and its facts. */
export function checkInvariants(ctx: ReadContext, modules: readonly Module[]): void {
  for (const module of modules) {
    for (const { name, holds } of module.invariants) {
      const found = holds(ctx);
      if (found !== true) throw new Fault(`invariant broken: ${name}`, { module: module.name, ...found });
    }
  }
}

function createApp(options: TestChainOptions): KernelApplication {
  const kv = options.kv ?? createMemoryKv();
  return createApplication({
    modules: options.modules,
    state: openMultiStore({ kv, stores: storeNames(options.modules) }),
    accounts: options.accounts,
    fees: options.fees,
    ...(options.feeGrants === undefined ? {} : { feeGrants: options.feeGrants }),
    ...(options.onVerified === undefined ? {} : { onVerified: options.onVerified }),
    attest: options.attest ?? NO_ATTESTATION,
    minGasPrice: options.minGasPrice ?? { numerator: 0n, denominator: 1n },
    name: "openledger",
    version: "test",
    appVersion: 1n,
  });
}

export function createTestChain(options: TestChainOptions): TestChain {
  const app = createApp(options);
  let height = 0n;
  let time: TimeNs = TEST_GENESIS_TIME;
  app.initChain({
    time,
    chainId: TEST_CHAIN_ID,
    consensusParams: options.params ?? DEFAULT_CONSENSUS_PARAMS,
    validators: [],
    appState: utf8(JSON.stringify(options.appState)),
    initialHeight: toHeight(1n),
  });
  const read = (): ReadContext => app.readContext();
  const wait = (seconds: bigint): void => void (time = (time + seconds * 1_000_000_000n) as TimeNs);
  const sign: TestChain["sign"] = (signer, messages, given = {}) => {
    const account = options.accounts.find(read(), signer.address);
    const { gas = 10_000_000n, fee = 0n, sequence = account?.sequence ?? 0n, ...more } = given;
    const accountNumber = account?.number ?? 0n;
    return signTransaction(signer, messages, { chainId: TEST_CHAIN_ID, accountNumber, sequence, gas, fee, ...more });
  };
  const nextBlock: TestChain["nextBlock"] = (txs = [], decidedLastCommit = { round: 0, votes: [] }, more = {}) => {
    height++;
    wait(5n);
    const response = app.finalizeBlock({
      txs,
      decidedLastCommit,
      misbehavior: more.misbehavior ?? [],
      hash: sha256(u64be(height)),
      height: toHeight(height),
      time,
      nextValidatorsHash: new Uint8Array(32),
      proposer: more.proposer ?? new Uint8Array(20),
    });
    app.commit();
    if (options.checkInvariants !== false) checkInvariants(read(), options.modules);
    return response;
  };
  const deliver: TestChain["deliver"] = (signer, messages, given) => {
    const [result] = nextBlock([sign(signer, messages, given)]).txResults;
    if (result === undefined) throw new Fault("block without a result");
    return result;
  };
  return {
    app,
    chainId: TEST_CHAIN_ID,
    height: () => height,
    time: () => time,
    read,
    nextBlock,
    wait,
    deliver,
    sign,
  };
}
