/** Writes CometBFT 0.38's databases, height by height, as its own stores would have. */
import {
  encodeCommit,
  encodeEvidence,
  encodeExtendedCommit,
  encodeHeader,
  encodePart,
  blockIdToWire,
  consensusParamsToWire,
  encodeConsensusParams,
  makePartSet,
  toCommit,
} from "../../chain/block/index.js";
import type { ConsensusParams, Evidence, ValidatorSet } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { equalBytes, utf8 } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import { Int64Value } from "../../proto/gen/google/protobuf.js";
import { ResponseFinalizeBlock } from "../../proto/gen/tendermint/abci.js";
import { ABCIResponsesInfo, ConsensusParamsInfo, ValidatorsInfo } from "../../proto/gen/tendermint/state.js";
import { BlockStoreState } from "../../proto/gen/tendermint/store.js";
import { BlockMeta, ConsensusParams as WireParams, DuplicateVoteEvidence, Evidence as WireEvidence, Header } from "../../proto/gen/tendermint/types.js";
import { encodeFinalizeResponse } from "../app/index.js";
import type { ChainState } from "../engine/chain-state.js";
import { EdgeFailure } from "../errors.js";
import type { CometDatabases } from "./comet-databases.js";
import {
  BLOCK_STORE_KEY,
  LAST_RESULTS_KEY,
  STATE_KEY,
  VALIDATOR_CHECKPOINT,
  commitKey,
  committedEvidenceKey,
  extendedCommitKey,
  hashKey,
  metaKey,
  paramsKey,
  partKey,
  pendingEvidenceKey,
  resultsKey,
  seenCommitKey,
  validatorsKey,
} from "./comet-keys.js";
import { encodeCometState, validatorSetToWire } from "./comet-state.js";
import { hasExtensions } from "./record.js";
import type { HeightRecord } from "./record.js";

/** A value and since which height it is in force. */
interface Since<T> {
  readonly value: T;
  readonly height: bigint;
}

function isSameSet(a: ValidatorSet, b: ValidatorSet): boolean {
  return (
    a.validators.length === b.validators.length &&
    a.validators.every((v, i) => v.power === b.validators[i]?.power && equalBytes(v.publicKey, b.validators[i].publicKey))
  );
}

/** tendermint.types.DuplicateVoteEvidence with the oneof around it. */
function wrappedEvidence(evidence: Evidence): Uint8Array {
  const duplicateVoteEvidence = DuplicateVoteEvidence.decode(encodeEvidence(evidence));
  return WireEvidence.encode(WireEvidence.create({ duplicateVoteEvidence }));
}

export class CometWriter {
  readonly #kv: CometDatabases;
  #base: Height | undefined;
  #top: HeightRecord | undefined;
  #validators: Since<ValidatorSet> | undefined;
  #params: Since<ConsensusParams> | undefined;

  constructor(kv: CometDatabases) {
    this.#kv = kv;
  }

  /** Heights come in order. */
  async write(record: HeightRecord): Promise<void> {
    const { height, block, results } = record;
    this.#base ??= height;
    this.#top = record;
    this.#kv.blocks.write(blockOps(record));
    const ops = [this.#validatorsOp(height, record.validators), this.#paramsOp(height, record.params)];
    if (results !== undefined) ops.push({ key: resultsKey(height), value: encodeFinalizeResponse(results) });
    this.#kv.states.write(ops);
    if (block.evidence.length > 0) this.#kv.evidence.write(block.evidence.map(committedOp));
    await Promise.all([this.#kv.blocks.flushed(), this.#kv.states.flushed()]);
  }

  /** What is to come after the last height, and the evidence that waits. Durable when the promise resolves. */
  async finish(state: ChainState, pending: readonly Evidence[]): Promise<void> {
    if (this.#base === undefined || this.#top === undefined) throw new EdgeFailure("config", "a chain without blocks needs no move");
    const next = state.lastHeight + 1n;
    const ops = [
      this.#validatorsOp(next, state.validators),
      this.#validatorsOp(next + 1n, state.nextValidators),
      this.#paramsOp(next, state.params),
      ...lastResultsOp(this.#top),
    ];
    const changes = { validators: this.#validators?.height ?? next, params: this.#params?.height ?? next };
    this.#kv.states.write([...ops, { key: STATE_KEY, value: encodeCometState(state, changes) }], { sync: true });
    this.#kv.evidence.write(pending.map(pendingOp), { sync: true });
    const range = BlockStoreState.encode({ base: this.#base, height: state.lastHeight });
    this.#kv.blocks.write([{ key: BLOCK_STORE_KEY, value: range }], { sync: true });
    await Promise.all([this.#kv.states.flushed(), this.#kv.evidence.flushed(), this.#kv.blocks.flushed()]);
  }

  #validatorsOp(height: bigint, set: ValidatorSet): KvOp {
    const before = this.#validators;
    const isNew = before === undefined || !isSameSet(before.value, set);
    const since = isNew ? height : before.height;
    this.#validators = { value: set, height: since };
    const isWritten = isNew || height % VALIDATOR_CHECKPOINT === 0n;
    const info = { validatorSet: isWritten ? validatorSetToWire(set) : undefined, lastHeightChanged: since };
    return { key: validatorsKey(height), value: ValidatorsInfo.encode(info) };
  }

  #paramsOp(height: bigint, params: ConsensusParams): KvOp {
    const before = this.#params;
    const isNew = before === undefined || !equalBytes(encodeConsensusParams(before.value), encodeConsensusParams(params));
    const since = isNew ? height : before.height;
    this.#params = { value: params, height: since };
    const info = { consensusParams: isNew ? consensusParamsToWire(params) : WireParams.create(), lastHeightChanged: since };
    return { key: paramsKey(height), value: ConsensusParamsInfo.encode(info) };
  }
}

function blockOps({ height, id, bytes, block, commit }: HeightRecord): KvOp[] {
  const { parts } = makePartSet(bytes);
  const meta = BlockMeta.encode({
    blockId: blockIdToWire(id),
    blockSize: BigInt(bytes.length),
    header: Header.decode(encodeHeader(block.header)),
    numTxs: BigInt(block.txs.length),
  });
  const ops: KvOp[] = [
    ...parts.map((part) => ({ key: partKey(height, part.index), value: encodePart(part) })),
    { key: metaKey(height), value: meta },
    { key: hashKey(id.hash), value: utf8(height.toString()) },
    { key: commitKey(height - 1n), value: encodeCommit(block.lastCommit) },
    { key: seenCommitKey(height), value: encodeCommit(toCommit(commit)) },
  ];
  if (hasExtensions(commit)) ops.push({ key: extendedCommitKey(height), value: encodeExtendedCommit(commit) });
  return ops;
}

function committedOp(evidence: Evidence): KvOp {
  const { height } = evidence.voteA;
  const key = committedEvidenceKey(height, sha256(encodeEvidence(evidence)));
  return { key, value: Int64Value.encode({ value: height }) };
}

function pendingOp(evidence: Evidence): KvOp {
  return { key: pendingEvidenceKey(evidence.voteA.height, sha256(encodeEvidence(evidence))), value: wrappedEvidence(evidence) };
}

function lastResultsOp({ height, results }: HeightRecord): KvOp[] {
  if (results === undefined) return [];
  const responseFinalizeBlock = ResponseFinalizeBlock.decode(encodeFinalizeResponse(results));
  return [{ key: LAST_RESULTS_KEY, value: ABCIResponsesInfo.encode({ height, responseFinalizeBlock }) }];
}
