/** CometBFT's state record against ours: the same values under other names. */
import { blockIdToWire, consensusParamsToWire, decodeConsensusParams, decodeValidatorSet, encodeValidatorSet, parseBlockId } from "../../chain/block/index.js";
import type { ConsensusParams, ValidatorSet } from "../../chain/block/index.js";
import { fromTimestamp, toTimestamp } from "../../chain/codec/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import { State } from "../../proto/gen/tendermint/state.js";
import { ConsensusParams as WireParams, ValidatorSet as WireValidatorSet } from "../../proto/gen/tendermint/types.js";
import type { ChainState } from "../engine/chain-state.js";
import { EdgeFailure } from "../errors.js";

/** Block protocol of CometBFT 0.38, and the line whose records these are. */
const BLOCK_PROTOCOL = 11n;
const SOFTWARE = "0.38";

/** Since when the sets and parameters that come next are in force: where their records lie. */
export interface Changes {
  readonly validators: bigint;
  readonly params: bigint;
}

export function validatorSetToWire(set: ValidatorSet): WireValidatorSet {
  return WireValidatorSet.decode(encodeValidatorSet(set));
}

/** @throws Reject of codespace comet on a set that no engine writes. */
export function parseValidatorSet(set: WireValidatorSet): ValidatorSet {
  return decodeValidatorSet(WireValidatorSet.encode({ ...set, totalVotingPower: 0n }));
}

/** @throws Reject of codespace comet when a section is missing. */
export function parseParams(params: WireParams): ConsensusParams {
  return decodeConsensusParams(WireParams.encode(params));
}

export function encodeCometState(state: ChainState, changes: Changes): Uint8Array {
  return State.encode({
    version: { consensus: { block: BLOCK_PROTOCOL, app: state.appVersion }, software: SOFTWARE },
    chainId: state.chainId,
    initialHeight: state.initialHeight,
    lastBlockHeight: state.lastHeight,
    lastBlockId: blockIdToWire(state.lastBlockId),
    lastBlockTime: toTimestamp(state.lastTime),
    nextValidators: validatorSetToWire(state.nextValidators),
    validators: validatorSetToWire(state.validators),
    lastValidators: state.lastValidators === null ? undefined : validatorSetToWire(state.lastValidators),
    lastHeightValidatorsChanged: changes.validators,
    consensusParams: consensusParamsToWire(state.params),
    lastHeightConsensusParamsChanged: changes.params,
    lastResultsHash: state.lastResultsHash,
    appHash: state.appHash,
  });
}

function present(set: WireValidatorSet | undefined): ValidatorSet {
  if (set === undefined) throw new EdgeFailure("storage", "CometBFT's state has no validators");
  return parseValidatorSet(set);
}

/** Of a chain that has a block. @throws EdgeFailure "storage" or Reject of codespace comet on what CometBFT does not write. */
export function decodeCometState(bytes: Uint8Array): ChainState {
  const state = State.decode(bytes, { unknown: "ignore" });
  return {
    chainId: state.chainId,
    initialHeight: toHeight(state.initialHeight),
    lastHeight: toHeight(state.lastBlockHeight),
    lastBlockId: parseBlockId(state.lastBlockId),
    lastTime: fromTimestamp(state.lastBlockTime),
    validators: present(state.validators),
    nextValidators: present(state.nextValidators),
    lastValidators: present(state.lastValidators),
    params: parseParams(state.consensusParams),
    appVersion: state.version.consensus.app,
    appHash: state.appHash,
    lastResultsHash: state.lastResultsHash,
  };
}
