/** What a node must know after a block in order to judge and build the next one, and how a block changes it. */
import type { FinalizeBlockResponse, InitChainResponse } from "../../chain/abci/index.js";
import {
  ZERO_BLOCK_ID,
  applyUpdates,
  checkConsensusParams,
  checkParamsUpdate,
  createValidatorSet,
  decodeConsensusParams,
  decodeValidatorSet,
  encodeConsensusParams,
  encodeValidatorSet,
  incrementPriority,
  resultsHash,
} from "../../chain/block/index.js";
import type { BlockId, ConsensusParams, Header, ValidatorSet } from "../../chain/block/index.js";
import { EMPTY_BYTES, Fault, splitTime, toHeight, toTimeNs } from "../../chain/primitives/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";
import { ChainState as Wire } from "../../proto/gen/openledger/engine/v1.js";
import type { GenesisDoc } from "../config/genesis.js";
import { decodeBlockId, encodeBlockId } from "./block-id-codec.js";

export interface ChainState {
  readonly chainId: string;
  readonly initialHeight: Height;
  /** 0 before the first block. */
  readonly lastHeight: Height;
  readonly lastBlockId: BlockId;
  /** Of the last block; the genesis time before the first. */
  readonly lastTime: TimeNs;
  /** Of the next height. */
  readonly validators: ValidatorSet;
  /** Of the height after the next. */
  readonly nextValidators: ValidatorSet;
  /** Of the last height; null before the first block. */
  readonly lastValidators: ValidatorSet | null;
  /** For the next height. */
  readonly params: ConsensusParams;
  readonly appVersion: bigint;
  /** After the last block: what the next header carries. */
  readonly appHash: Uint8Array;
  readonly lastResultsHash: Uint8Array;
}

export function nextHeight(state: ChainState): Height {
  return state.lastHeight === 0n ? state.initialHeight : toHeight(state.lastHeight + 1n);
}

/** Whether precommits of this height carry extensions. */
export function isExtended(params: ConsensusParams, height: Height): boolean {
  const from = params.abci.voteExtensionsEnableHeight;
  return from > 0n && height >= from;
}

/** @throws Fault when neither genesis nor InitChain names a validator, or InitChain answers impossible values. */
export function genesisState(doc: GenesisDoc, response: InitChainResponse, appVersion: bigint): ChainState {
  const changes = response.validators.length > 0 ? response.validators : doc.validators;
  if (changes.length === 0) throw new Fault("neither genesis nor InitChain names a validator");
  const validators = createValidatorSet(changes);
  const params = response.consensusParams ?? doc.consensusParams;
  checkConsensusParams(params);
  return {
    chainId: doc.chainId,
    initialHeight: doc.initialHeight,
    lastHeight: toHeight(0n),
    lastBlockId: ZERO_BLOCK_ID,
    lastTime: doc.genesisTime,
    validators,
    nextValidators: incrementPriority(validators, 1),
    lastValidators: null,
    params,
    appVersion: params.version.app > 0n ? params.version.app : appVersion,
    appHash: response.appHash.length > 0 ? response.appHash : doc.appHash,
    lastResultsHash: resultsHash([]),
  };
}

/**
 * The state after a block: validator updates act two heights later, parameters one.
 * @throws Fault when the application's updates are impossible; every node meets the same one.
 */
export function afterBlock(
  state: ChainState,
  block: { readonly id: BlockId; readonly header: Header },
  response: FinalizeBlockResponse,
): ChainState {
  const { id, header } = block;
  const params = response.consensusParamUpdates ?? state.params;
  checkConsensusParams(params);
  checkParamsUpdate(state.params, params, header.height);
  return {
    ...state,
    lastHeight: header.height,
    lastBlockId: id,
    lastTime: header.time,
    validators: state.nextValidators,
    nextValidators: incrementPriority(applyUpdates(state.nextValidators, response.validatorUpdates), 1),
    lastValidators: state.validators,
    params,
    appVersion: response.consensusParamUpdates?.version.app ?? state.appVersion,
    appHash: response.appHash,
    lastResultsHash: resultsHash(response.txResults),
  };
}

export function encodeChainState(state: ChainState): Uint8Array {
  const { seconds, nanos } = splitTime(state.lastTime);
  return Wire.encode({
    chainId: state.chainId,
    initialHeight: state.initialHeight,
    lastHeight: state.lastHeight,
    lastBlockId: encodeBlockId(state.lastBlockId),
    lastTimeSeconds: seconds,
    lastTimeNanos: nanos,
    validators: encodeValidatorSet(state.validators),
    nextValidators: encodeValidatorSet(state.nextValidators),
    lastValidators: state.lastValidators === null ? EMPTY_BYTES : encodeValidatorSet(state.lastValidators),
    params: encodeConsensusParams(state.params),
    appHash: state.appHash,
    lastResultsHash: state.lastResultsHash,
    appVersion: state.appVersion,
  });
}

export function decodeChainState(bytes: Uint8Array): ChainState {
  const wire = Wire.decode(bytes);
  return {
    chainId: wire.chainId,
    initialHeight: toHeight(wire.initialHeight),
    lastHeight: toHeight(wire.lastHeight),
    lastBlockId: decodeBlockId(wire.lastBlockId),
    lastTime: toTimeNs(wire.lastTimeSeconds, wire.lastTimeNanos),
    validators: decodeValidatorSet(wire.validators),
    nextValidators: decodeValidatorSet(wire.nextValidators),
    lastValidators: wire.lastValidators.length === 0 ? null : decodeValidatorSet(wire.lastValidators),
    params: decodeConsensusParams(wire.params),
    appVersion: wire.appVersion,
    appHash: wire.appHash,
    lastResultsHash: wire.lastResultsHash,
  };
}
