/** Requests of tendermint.abci in domain types. Each parser throws a Reject on fields that no CometBFT sends. */
import type {
  AbciValidator,
  CheckTxRequest,
  CommitInfo,
  ExtendVoteRequest,
  ExtendedCommitInfo,
  FinalizeBlockRequest,
  InitChainRequest,
  Misbehavior,
  PrepareProposalRequest,
  ProcessProposalRequest,
  QueryRequest,
  ValidatorUpdate,
  VerifyVoteExtensionRequest,
} from "../../chain/abci/index.js";
import { DEFAULT_CONSENSUS_PARAMS, mergeConsensusParams, parseFlag } from "../../chain/block/index.js";
import { fromTimestamp } from "../../chain/codec/index.js";
import { Reject, toHeight, toVotingPower } from "../../chain/primitives/index.js";
import { CheckTxType, MisbehaviorType } from "../../proto/gen/tendermint/abci.js";
import type * as wire from "../../proto/gen/tendermint/abci.js";
import { ConsensusParams as WireParams } from "../../proto/gen/tendermint/types.js";
import type { Snapshot } from "../snapshots/types.js";

function invalid(what: string): Reject {
  return new Reject("sdk", 18, `${what}: invalid request`);
}

/** Go's int64 lengths fit: the limit is some hundred MiB. */
function parseBytesLimit(value: bigint): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(`max_tx_bytes ${value}`);
  return Number(value);
}

function parseRound(round: number): number {
  if (round < 0) throw invalid(`round ${round}`);
  return round;
}

function parseValidator({ address, power }: wire.Validator): AbciValidator {
  return { address, power: toVotingPower(power) };
}

export function parseValidatorUpdate({ pubKey, power }: wire.ValidatorUpdate): ValidatorUpdate {
  if (pubKey.ed25519?.length !== 32) throw invalid("a validator's key is not ed25519");
  return { publicKey: pubKey.ed25519, power: toVotingPower(power) };
}

export function parseCommitInfo({ round, votes }: wire.CommitInfo): CommitInfo {
  return {
    round: parseRound(round),
    votes: votes.map(({ validator, blockIdFlag }) => ({ validator: parseValidator(validator), flag: parseFlag(blockIdFlag) })),
  };
}

function parseExtendedCommitInfo({ round, votes }: wire.ExtendedCommitInfo): ExtendedCommitInfo {
  return {
    round: parseRound(round),
    votes: votes.map(({ validator, blockIdFlag, voteExtension, extensionSignature }) => ({
      validator: parseValidator(validator),
      flag: parseFlag(blockIdFlag),
      extension: voteExtension,
      extensionSignature,
    })),
  };
}

function parseMisbehavior(found: wire.Misbehavior): Misbehavior {
  return {
    kind: parseMisbehaviorKind(found.type),
    validator: parseValidator(found.validator),
    height: toHeight(found.height),
    time: fromTimestamp(found.time),
    totalVotingPower: toVotingPower(found.totalVotingPower),
  };
}

function parseMisbehaviorKind(type: number): Misbehavior["kind"] {
  if (type === MisbehaviorType.DUPLICATE_VOTE) return "duplicate-vote";
  if (type === MisbehaviorType.LIGHT_CLIENT_ATTACK) return "light-client-attack";
  throw invalid(`misbehavior type ${type}`);
}

/** Sections that a genesis leaves out are CometBFT's defaults. */
export function parseInitChain(request: wire.RequestInitChain): InitChainRequest {
  return {
    time: fromTimestamp(request.time),
    chainId: request.chainId,
    consensusParams: mergeConsensusParams(DEFAULT_CONSENSUS_PARAMS, request.consensusParams ?? WireParams.create({})),
    validators: request.validators.map(parseValidatorUpdate),
    appState: request.appStateBytes,
    initialHeight: toHeight(request.initialHeight),
  };
}

export function parseQuery({ path, data, height, prove }: wire.RequestQuery): QueryRequest {
  return { path, data, height: toHeight(height), prove };
}

export function parseCheckTx({ tx, type }: wire.RequestCheckTx): CheckTxRequest {
  if (type !== CheckTxType.NEW && type !== CheckTxType.RECHECK) throw invalid(`check type ${type}`);
  return { tx, kind: type === CheckTxType.NEW ? "new" : "recheck" };
}

export function parsePrepareProposal(request: wire.RequestPrepareProposal): PrepareProposalRequest {
  return {
    maxTxBytes: parseBytesLimit(request.maxTxBytes),
    txs: request.txs,
    localLastCommit: parseExtendedCommitInfo(request.localLastCommit),
    misbehavior: request.misbehavior.map(parseMisbehavior),
    height: toHeight(request.height),
    time: fromTimestamp(request.time),
    nextValidatorsHash: request.nextValidatorsHash,
    proposer: request.proposerAddress,
  };
}

/** What RequestProcessProposal and RequestFinalizeBlock share. */
function parseBlock(
  request: wire.RequestProcessProposal | wire.RequestFinalizeBlock,
): Omit<FinalizeBlockRequest, "decidedLastCommit"> {
  return {
    txs: request.txs,
    misbehavior: request.misbehavior.map(parseMisbehavior),
    hash: request.hash,
    height: toHeight(request.height),
    time: fromTimestamp(request.time),
    nextValidatorsHash: request.nextValidatorsHash,
    proposer: request.proposerAddress,
  };
}

export function parseProcessProposal(request: wire.RequestProcessProposal): ProcessProposalRequest {
  return { ...parseBlock(request), proposedLastCommit: parseCommitInfo(request.proposedLastCommit) };
}

export function parseFinalizeBlock(request: wire.RequestFinalizeBlock): FinalizeBlockRequest {
  return { ...parseBlock(request), decidedLastCommit: parseCommitInfo(request.decidedLastCommit) };
}

/** ABCI 2.0 does not say in which round a vote is extended; the application has no use for it. */
export function parseExtendVote({ hash, height }: wire.RequestExtendVote): ExtendVoteRequest {
  return { hash, height: toHeight(height), round: 0 };
}

export function parseVerifyVoteExtension(request: wire.RequestVerifyVoteExtension): VerifyVoteExtensionRequest {
  return {
    hash: request.hash,
    validator: request.validatorAddress,
    height: toHeight(request.height),
    extension: request.voteExtension,
  };
}

export function parseSnapshot(snapshot: wire.Snapshot | undefined): Snapshot {
  if (snapshot === undefined) throw invalid("no snapshot in the offer");
  const { height, format, chunks, hash, metadata } = snapshot;
  return { height: toHeight(height), format, chunks, hash, metadata };
}
