/** A chain in memory behind the ports: real headers, hashes, parts and signed commits, scripted transactions. Tests only. */
import { ed25519 } from "@noble/curves/ed25519.js";
import type { CheckTxResponse, ExecTxResult, FinalizeBlockResponse, QueryRequest, QueryResponse } from "../../chain/abci/index.js";
import {
  BLOCK_PROTOCOL,
  DEFAULT_CONSENSUS_PARAMS,
  EMPTY_COMMIT,
  ZERO_BLOCK_ID,
  blockId,
  commitHash,
  commitSignBytes,
  consensusParamsHash,
  dataHash,
  encodeBlock,
  evidenceHash,
  headerHash,
  makePartSet,
  resultsHash,
  validatorSetHash,
} from "../../chain/block/index.js";
import type { Block, BlockId, Commit, CommitSig, Evidence } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { EMPTY_BYTES, ZERO_TIME, equalBytes, toGas, toHeight, toTimeNs, utf8 } from "../../chain/primitives/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";
import { TEST_CHAIN, testValidators } from "../../chain/testkit/validators.js";
import type { ChainEvent, ChainReader, ConsensusState, EventFeed, StoredBlock, Submission, TxPool } from "../../node/rpc/types.js";

export function txResult(partial: Partial<ExecTxResult> = {}): ExecTxResult {
  const none = { code: 0, data: EMPTY_BYTES, log: "", info: "", events: [], codespace: "" };
  return { ...none, gasWanted: toGas(100_000n), gasUsed: toGas(70_000n), ...partial };
}

export interface FakeTx {
  readonly tx: Uint8Array;
  readonly result?: Partial<ExecTxResult>;
}

export function queryResponse(partial: Partial<QueryResponse>): QueryResponse {
  const none = { code: 0, log: "", info: "", index: 0n, key: EMPTY_BYTES, value: EMPTY_BYTES, proofOps: [], codespace: "" };
  return { ...none, height: toHeight(1n), ...partial };
}

export class FakeChain implements ChainReader, EventFeed {
  readonly validatorsWithKeys = testValidators([30, 20, 10]);
  readonly blocks: StoredBlock[] = [];
  readonly allResults: FinalizeBlockResponse[] = [];
  readonly listeners = new Set<(event: ChainEvent) => void>();
  readonly pending: Uint8Array[] = [];
  readonly queries: QueryRequest[] = [];
  /** Lowest height held. */
  base = 1n;
  onQuery: (request: QueryRequest) => QueryResponse = () => queryResponse({ height: this.latestHeight() });
  onEvidence: (evidence: Evidence) => void = () => undefined;
  onSubmit: (tx: Uint8Array) => Submission = () => ({ kind: "checked", response: checked() });

  /** Appends a block with these transactions and publishes it. */
  commitBlock(txs: readonly FakeTx[] = [], results: Partial<FinalizeBlockResponse> = {}): StoredBlock {
    const stored = this.#store(this.#nextBlock(txs.map((t) => t.tx)));
    const txResults = txs.map((t) => txResult(t.result));
    const height = Number(stored.block.header.height);
    const appHash = sha256(utf8(`app ${height}`));
    const none = { events: [], validatorUpdates: [], consensusParamUpdates: null };
    const response: FinalizeBlockResponse = { ...none, txResults, appHash, ...results };
    this.blocks.push(stored);
    this.allResults.push(response);
    this.publish({ kind: "block", stored, results: response });
    return stored;
  }

  publish(event: ChainEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }

  #timeOf(height: number): TimeNs {
    return toTimeNs(1_700_000_000n + BigInt(height), 123_456_700);
  }

  #nextBlock(txs: readonly Uint8Array[]): Block {
    const height = this.blocks.length + 1;
    const { set } = this.validatorsWithKeys;
    const last = this.blocks.at(-1);
    const lastCommit = last === undefined ? EMPTY_COMMIT : this.seenCommit(last.id, height - 1);
    return {
      header: {
        blockVersion: BLOCK_PROTOCOL,
        appVersion: 1n,
        chainId: TEST_CHAIN,
        height: toHeight(BigInt(height)),
        time: this.#timeOf(height),
        lastBlockId: last?.id ?? ZERO_BLOCK_ID,
        lastCommitHash: commitHash(lastCommit),
        dataHash: dataHash(txs),
        validatorsHash: validatorSetHash(set),
        nextValidatorsHash: validatorSetHash(set),
        consensusHash: consensusParamsHash(DEFAULT_CONSENSUS_PARAMS),
        appHash: this.allResults.at(-1)?.appHash ?? sha256(utf8("genesis")),
        lastResultsHash: resultsHash(this.allResults.at(-1)?.txResults ?? []),
        evidenceHash: evidenceHash([]),
        proposer: set.proposer.address,
      },
      txs,
      evidence: [],
      lastCommit,
    };
  }

  #store(block: Block): StoredBlock {
    const bytes = encodeBlock(block);
    return { id: blockId(headerHash(block.header), makePartSet(bytes).header), block, size: bytes.length };
  }

  /** All but the last validator sign. */
  seenCommit(id: BlockId, height: number): Commit {
    const { set, keys } = this.validatorsWithKeys;
    const unsigned = set.validators.map(({ address }, i): CommitSig => {
      if (i === set.validators.length - 1) {
        return { flag: "absent", validator: EMPTY_BYTES, time: ZERO_TIME, signature: EMPTY_BYTES };
      }
      return { flag: "commit", validator: address, time: this.#timeOf(height), signature: EMPTY_BYTES };
    });
    const commit: Commit = { height: toHeight(BigInt(height)), round: 0, blockId: id, signatures: unsigned };
    const signatures = unsigned.map((sig, i): CommitSig => {
      const key = keys[i];
      if (sig.flag !== "commit" || key === undefined) return sig;
      return { ...sig, signature: ed25519.sign(commitSignBytes(TEST_CHAIN, commit, sig), key.secret) };
    });
    return { ...commit, signatures };
  }

  at(height: bigint): StoredBlock | undefined {
    return height < this.base ? undefined : this.blocks[Number(height) - 1];
  }

  status(): ReturnType<ChainReader["status"]> {
    const last = this.blocks.at(-1);
    const first = this.at(this.base);
    const summary = (b: StoredBlock, i: number) => ({
      height: b.block.header.height,
      hash: b.id.hash,
      appHash: this.allResults[i]?.appHash ?? EMPTY_BYTES,
      time: b.block.header.time,
    });
    const [validator] = this.validatorsWithKeys.set.validators;
    if (validator === undefined) throw new Error("no validators");
    return {
      node: {
        id: new Uint8Array(20).fill(7),
        listenAddress: "tcp://127.0.0.1:26656",
        network: TEST_CHAIN,
        version: "0.38.25",
        moniker: "fake",
        appVersion: 1n,
        rpcAddress: "tcp://127.0.0.1:26657",
        isIndexed: true,
      },
      latest: last === undefined ? null : summary(last, this.blocks.length - 1),
      earliest: first === undefined ? null : summary(first, Number(this.base) - 1),
      isCatchingUp: false,
      validator,
    };
  }

  earliestHeight(): Height {
    return toHeight(this.blocks.length === 0 ? 0n : this.base);
  }

  latestHeight(): Height {
    return toHeight(BigInt(this.blocks.length));
  }

  block(height: Height): StoredBlock | undefined {
    return this.at(height);
  }

  heightOfHash(hash: Uint8Array): Height | undefined {
    return this.blocks.find((b) => equalBytes(b.id.hash, hash))?.block.header.height;
  }

  results(height: Height): FinalizeBlockResponse | undefined {
    return height < this.base ? undefined : this.allResults[Number(height) - 1];
  }

  commit(height: Height): { commit: Commit; isCanonical: boolean } | undefined {
    const stored = this.at(height);
    const next = this.at(height + 1n);
    if (stored === undefined) return undefined;
    if (next !== undefined) return { commit: next.block.lastCommit, isCanonical: true };
    return { commit: this.seenCommit(stored.id, Number(height)), isCanonical: false };
  }

  validators(): ReturnType<ChainReader["validators"]> {
    return this.validatorsWithKeys.set;
  }

  consensusParams(): ReturnType<ChainReader["consensusParams"]> {
    return DEFAULT_CONSENSUS_PARAMS;
  }

  genesis(): Uint8Array {
    const validators: unknown[] = [];
    const params = {
      block: { max_bytes: "22020096", max_gas: "-1" },
      evidence: { max_age_num_blocks: "100000", max_age_duration: "172800000000000", max_bytes: "1048576" },
      validator: { pub_key_types: ["ed25519"] },
      version: { app: "0" },
      abci: { vote_extensions_enable_height: "0" },
    };
    const document = {
      genesis_time: "2026-01-01T00:00:00Z",
      chain_id: TEST_CHAIN,
      initial_height: "1",
      consensus_params: params,
      validators,
      app_hash: "",
      app_state: { note: "a test" },
    };
    return utf8(JSON.stringify(document));
  }

  query(request: QueryRequest): QueryResponse {
    this.queries.push(request);
    return this.onQuery(request);
  }

  info(): ReturnType<ChainReader["info"]> {
    const lastBlockAppHash = this.allResults.at(-1)?.appHash ?? EMPTY_BYTES;
    return { data: "openledger", version: "0.1.0", appVersion: 1n, lastBlockHeight: this.latestHeight(), lastBlockAppHash };
  }

  netInfo(): ReturnType<ChainReader["netInfo"]> {
    return {
      listeners: ["Listener(@127.0.0.1:26656)"],
      peers: [{ id: "ab".repeat(20), address: "127.0.0.1", isOutbound: true, moniker: "friend" }],
    };
  }

  consensus(): ConsensusState {
    const { set } = this.validatorsWithKeys;
    const none = set.validators.map(() => null);
    return {
      height: toHeight(this.latestHeight() + 1n),
      round: 0,
      step: 3,
      startTime: this.#timeOf(this.blocks.length + 1),
      validators: set,
      votes: [{ round: 0, prevotes: none, precommits: none }],
      proposal: EMPTY_BYTES,
      proposalMessage: null,
      locked: EMPTY_BYTES,
      valid: EMPTY_BYTES,
      lockedRound: -1,
      validRound: -1,
    };
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The mempool beside it. */
  readonly pool: TxPool = {
    submit: (tx) => {
      const submission = this.onSubmit(tx);
      if (submission.kind === "checked" && submission.response.code === 0) this.pending.push(tx);
      return Promise.resolve(submission);
    },
    check: () => checked(),
    status: () => ({ count: this.pending.length, bytes: this.pending.reduce((n, tx) => n + tx.length, 0) }),
    list: (limit) => this.pending.slice(0, limit),
    addEvidence: (evidence) => this.onEvidence(evidence),
  };
}

/** What CheckTx says of a good transaction. */
export function checked(partial: Partial<CheckTxResponse> = {}): CheckTxResponse {
  const { code, data, log, gasWanted, gasUsed, events, codespace } = txResult();
  const order = { sender: "", sequence: 0n, priority: 0n };
  return { code, data, log, gasWanted, gasUsed, events, codespace, ...order, ...partial };
}
