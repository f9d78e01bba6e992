/** Reads CometBFT 0.38's databases. */
import {
  decodeCommit,
  decodeEvidence,
  decodeExtendedCommit,
  decodePart,
  incrementPriority,
  parseBlockId,
  toExtendedCommit,
} from "../../chain/block/index.js";
import type { ConsensusParams, Evidence, ExtendedCommit, ValidatorSet } from "../../chain/block/index.js";
import { concatBytes, toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { ResponseFinalizeBlock } from "../../proto/gen/tendermint/abci.js";
import { ABCIResponsesInfo, ConsensusParamsInfo, ValidatorsInfo } from "../../proto/gen/tendermint/state.js";
import { BlockStoreState } from "../../proto/gen/tendermint/store.js";
import { BlockMeta, DuplicateVoteEvidence, Evidence as WireEvidence } from "../../proto/gen/tendermint/types.js";
import { decodeFinalizeResponse } from "../app/index.js";
import { afterBlock, nextHeight } from "../engine/chain-state.js";
import type { ChainState } from "../engine/chain-state.js";
import { EdgeFailure } from "../errors.js";
import {
  BLOCK_STORE_KEY,
  LAST_RESULTS_KEY,
  PENDING_EVIDENCE,
  STATE_KEY,
  VALIDATOR_CHECKPOINT,
  extendedCommitKey,
  metaKey,
  paramsKey,
  partKey,
  resultsKey,
  seenCommitKey,
  validatorsKey,
} from "./comet-keys.js";
import { decodeCometState, parseParams, parseValidatorSet } from "./comet-state.js";
import type { CometDatabases } from "./comet-databases.js";
import { damaged, readBlock } from "./record.js";
import type { HeightRecord } from "./record.js";

/** CometBFT may have fields that we do not know. */
const LENIENT = { unknown: "ignore" } as const;

interface Placed<T> {
  readonly value: T;
  readonly height: bigint;
}

export class CometReader {
  readonly base: Height;
  readonly top: Height;
  readonly state: ChainState;
  readonly #kv: CometDatabases;
  /** The set that was read last: the next height is one step of rotation away. */
  #validators: Placed<ValidatorSet> | undefined;

  /** @throws EdgeFailure "config" on a chain without blocks. */
  constructor(kv: CometDatabases) {
    this.#kv = kv;
    const range = kv.blocks.get(BLOCK_STORE_KEY);
    const state = kv.states.get(STATE_KEY);
    if (range === undefined || state === undefined) throw new EdgeFailure("config", "CometBFT has no blocks here");
    const { base, height } = BlockStoreState.decode(range, LENIENT);
    this.base = toHeight(base);
    this.top = toHeight(height);
    this.state = this.#settled(decodeCometState(state));
  }

  /** @throws EdgeFailure "storage" when something is missing or damaged. */
  record(height: Height): HeightRecord {
    try {
      return this.#read(height);
    } catch (error) {
      throw error instanceof EdgeFailure ? error : damaged("a record cannot be read", height, error);
    }
  }

  /** CometBFT saves a block and what FinalizeBlock answered before the state after it: a stop in between leaves that to its next start. */
  #settled(state: ChainState): ChainState {
    const last = this.#kv.states.get(LAST_RESULTS_KEY);
    if (this.top !== nextHeight(state) || last === undefined) return state;
    const { height, responseFinalizeBlock } = ABCIResponsesInfo.decode(last, LENIENT);
    if (height !== this.top || responseFinalizeBlock === undefined) return state;
    const response = decodeFinalizeResponse(ResponseFinalizeBlock.encode(responseFinalizeBlock));
    const { id, block } = this.record(this.top);
    return afterBlock(state, { id, header: block.header }, response);
  }

  #read(height: Height): HeightRecord {
    const meta = BlockMeta.decode(present(this.#kv.blocks.get(metaKey(height)), "a block", height), LENIENT);
    const id = parseBlockId(meta.blockId);
    const bytes = this.#bytes(height, id.parts.total);
    const results = this.#kv.states.get(resultsKey(height));
    return {
      height,
      id,
      bytes,
      block: readBlock(bytes, id, height),
      commit: this.extendedCommit(height),
      results: results === undefined ? undefined : decodeFinalizeResponse(results),
      validators: this.validators(height),
      params: this.params(height),
    };
  }

  /** With extensions where CometBFT keeps them. */
  extendedCommit(height: Height): ExtendedCommit {
    const extended = this.#kv.blocks.get(extendedCommitKey(height));
    if (extended !== undefined) return decodeExtendedCommit(extended);
    const seen = present(this.#kv.blocks.get(seenCommitKey(height)), "a commit", height);
    return toExtendedCommit(decodeCommit(seen));
  }

  /** Read in rising order it costs one step of rotation per height. */
  validators(height: bigint): ValidatorSet {
    const info = this.#validatorsInfo(height);
    const before = this.#validators;
    const value = info.validatorSet === undefined ? this.#rotated(height, info.lastHeightChanged, before) : parseValidatorSet(info.validatorSet);
    this.#validators = { value, height };
    return value;
  }

  params(height: bigint): ConsensusParams {
    const info = this.#paramsInfo(height);
    const isHere = info.consensusParams.block !== undefined;
    return parseParams((isHere ? info : this.#paramsInfo(info.lastHeightChanged)).consensusParams);
  }

  /** Evidence that waits for a block. */
  async pendingEvidence(): Promise<readonly Evidence[]> {
    const found: Evidence[] = [];
    for await (const [, value] of this.#kv.evidence.entries(PENDING_EVIDENCE)) {
      const { duplicateVoteEvidence } = WireEvidence.decode(value, LENIENT);
      if (duplicateVoteEvidence !== undefined) found.push(decodeEvidence(DuplicateVoteEvidence.encode(duplicateVoteEvidence)));
    }
    return found;
  }

  #bytes(height: Height, total: number): Uint8Array {
    const parts = Array.from({ length: total }, (_, i) => decodePart(present(this.#kv.blocks.get(partKey(height, i)), "a part", height)).bytes);
    return concatBytes(...parts);
  }

  #rotated(height: bigint, changed: bigint, before: Placed<ValidatorSet> | undefined): ValidatorSet {
    if (before?.height === height - 1n) return incrementPriority(before.value, 1);
    const checkpoint = height - (height % VALIDATOR_CHECKPOINT);
    const stored = checkpoint > changed ? checkpoint : changed;
    const { validatorSet } = this.#validatorsInfo(stored);
    if (validatorSet === undefined) throw damaged("validators are missing", height);
    return incrementPriority(parseValidatorSet(validatorSet), Number(height - stored));
  }

  #validatorsInfo(height: bigint): ValidatorsInfo {
    return ValidatorsInfo.decode(present(this.#kv.states.get(validatorsKey(height)), "validators", height), LENIENT);
  }

  #paramsInfo(height: bigint): ConsensusParamsInfo {
    return ConsensusParamsInfo.decode(present(this.#kv.states.get(paramsKey(height)), "parameters", height), LENIENT);
  }
}

function present(bytes: Uint8Array | undefined, what: string, height: bigint): Uint8Array {
  if (bytes === undefined) throw damaged(`${what} is missing`, height);
  return bytes;
}
