/** The other side of the wire: what an engine sends and how it reads the answers. Tests only; CometBFT has its own. */
import type {
  AbciValidator,
  CheckTxRequest,
  CheckTxResponse,
  CommitInfo,
  ExtendedCommitInfo,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  InitChainRequest,
  InitChainResponse,
  Misbehavior,
  PrepareProposalRequest,
  ProcessProposalRequest,
  QueryResponse,
  ValidatorUpdate,
} from "../../../chain/abci/index.js";
import { consensusParamsToWire, decodeConsensusParams, flagToWire } from "../../../chain/block/index.js";
import { toTimestamp } from "../../../chain/codec/index.js";
import { Fault, toGas, toHeight } from "../../../chain/primitives/index.js";
import { CheckTxType, MisbehaviorType, RequestPrepareProposal } from "../../../proto/gen/tendermint/abci.js";
import type * as wire from "../../../proto/gen/tendermint/abci.js";
import { PublicKey } from "../../../proto/gen/tendermint/crypto.js";
import { ConsensusParams as WireParams } from "../../../proto/gen/tendermint/types.js";
import { parseValidatorUpdate } from "../request-codec.js";

const validatorToWire = ({ address, power }: AbciValidator): wire.Validator => ({ address, power });

function updateToWire({ publicKey, power }: ValidatorUpdate): wire.ValidatorUpdate {
  return { pubKey: PublicKey.create({ ed25519: publicKey }), power };
}

export function commitInfoToWire({ round, votes }: CommitInfo): wire.CommitInfo {
  return {
    round,
    votes: votes.map(({ validator, flag }) => ({ validator: validatorToWire(validator), blockIdFlag: flagToWire(flag) })),
  };
}

function extendedToWire({ round, votes }: ExtendedCommitInfo): wire.ExtendedCommitInfo {
  return {
    round,
    votes: votes.map(({ validator, flag, extension, extensionSignature }) => ({
      validator: validatorToWire(validator),
      blockIdFlag: flagToWire(flag),
      voteExtension: extension,
      extensionSignature,
    })),
  };
}

function misbehaviorToWire({ kind, validator, height, time, totalVotingPower }: Misbehavior): wire.Misbehavior {
  const type = kind === "duplicate-vote" ? MisbehaviorType.DUPLICATE_VOTE : MisbehaviorType.LIGHT_CLIENT_ATTACK;
  return { type, validator: validatorToWire(validator), height, time: toTimestamp(time), totalVotingPower };
}

export function initChainRequest(request: InitChainRequest): wire.RequestInitChain {
  return {
    time: toTimestamp(request.time),
    chainId: request.chainId,
    consensusParams: consensusParamsToWire(request.consensusParams),
    validators: request.validators.map(updateToWire),
    appStateBytes: request.appState,
    initialHeight: request.initialHeight,
  };
}

export function checkTxRequest({ tx, kind }: CheckTxRequest): wire.RequestCheckTx {
  return { tx, type: kind === "new" ? CheckTxType.NEW : CheckTxType.RECHECK };
}

export function prepareProposalRequest(request: PrepareProposalRequest): wire.RequestPrepareProposal {
  return RequestPrepareProposal.create({
    maxTxBytes: BigInt(request.maxTxBytes),
    txs: request.txs,
    localLastCommit: extendedToWire(request.localLastCommit),
    misbehavior: request.misbehavior.map(misbehaviorToWire),
    height: request.height,
    time: toTimestamp(request.time),
    nextValidatorsHash: request.nextValidatorsHash,
    proposerAddress: request.proposer,
  });
}

function blockToWire(request: Omit<FinalizeBlockRequest, "decidedLastCommit">): Omit<wire.RequestFinalizeBlock, "decidedLastCommit"> {
  return {
    txs: request.txs,
    misbehavior: request.misbehavior.map(misbehaviorToWire),
    hash: request.hash,
    height: request.height,
    time: toTimestamp(request.time),
    nextValidatorsHash: request.nextValidatorsHash,
    proposerAddress: request.proposer,
  };
}

export function processProposalRequest(request: ProcessProposalRequest): wire.RequestProcessProposal {
  return { ...blockToWire(request), proposedLastCommit: commitInfoToWire(request.proposedLastCommit) };
}

export function finalizeBlockRequest(request: FinalizeBlockRequest): wire.RequestFinalizeBlock {
  return { ...blockToWire(request), decidedLastCommit: commitInfoToWire(request.decidedLastCommit) };
}

function parseParams(params: WireParams | undefined): InitChainResponse["consensusParams"] {
  return params === undefined ? null : decodeConsensusParams(WireParams.encode(params));
}

export function parseInitChainResponse(response: wire.ResponseInitChain): InitChainResponse {
  return {
    consensusParams: parseParams(response.consensusParams),
    validators: response.validators.map(parseValidatorUpdate),
    appHash: response.appHash,
  };
}

export function parseFinalizeBlockResponse(response: wire.ResponseFinalizeBlock): FinalizeBlockResponse {
  return {
    events: response.events,
    txResults: response.txResults.map((r) => ({ ...r, gasWanted: toGas(r.gasWanted), gasUsed: toGas(r.gasUsed) })),
    validatorUpdates: response.validatorUpdates.map(parseValidatorUpdate),
    consensusParamUpdates: parseParams(response.consensusParamUpdates),
    appHash: response.appHash,
  };
}

/** Sender, sequence and priority are not on the wire. */
export function parseCheckTxResponse(response: wire.ResponseCheckTx): Omit<CheckTxResponse, "sender" | "sequence" | "priority"> {
  const { code, data, log, events, codespace } = response;
  return { code, data, log, events, codespace, gasWanted: toGas(response.gasWanted), gasUsed: toGas(response.gasUsed) };
}

export function parseQueryResponse({ proofOps, height, ...response }: wire.ResponseQuery): QueryResponse {
  return { ...response, proofOps: proofOps?.ops ?? [], height: toHeight(height) };
}

/** @throws Fault when the answer is of another kind. */
export function expectAnswer<Name extends keyof wire.Response>(response: wire.Response, name: Name): NonNullable<wire.Response[Name]> {
  const answer = response[name];
  if (answer === undefined) throw new Fault("an answer of another kind", { expected: name, exception: response.exception?.error ?? "" });
  return answer;
}
