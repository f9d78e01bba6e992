/** Answers of the application as responses of tendermint.abci. */
import type {
  CheckTxResponse,
  FinalizeBlockResponse,
  InfoResponse,
  InitChainResponse,
  QueryResponse,
  ValidatorUpdate,
  Verdict,
} from "../../chain/abci/index.js";
import { consensusParamsToWire } from "../../chain/block/index.js";
import {
  ResponseApplySnapshotChunk_Result,
  ResponseOfferSnapshot_Result,
  ResponseProcessProposal_ProposalStatus,
  ResponseVerifyVoteExtension_VerifyStatus,
} from "../../proto/gen/tendermint/abci.js";
import type * as wire from "../../proto/gen/tendermint/abci.js";
import { PublicKey } from "../../proto/gen/tendermint/crypto.js";
import type { ApplyChunkResponse, ApplyResult, OfferResult } from "../snapshots/types.js";

const OFFER_RESULT: Readonly<Record<OfferResult, number>> = {
  accept: ResponseOfferSnapshot_Result.ACCEPT,
  abort: ResponseOfferSnapshot_Result.ABORT,
  reject: ResponseOfferSnapshot_Result.REJECT,
  "reject-format": ResponseOfferSnapshot_Result.REJECT_FORMAT,
  "reject-sender": ResponseOfferSnapshot_Result.REJECT_SENDER,
};

const CHUNK_RESULT: Readonly<Record<ApplyResult, number>> = {
  accept: ResponseApplySnapshotChunk_Result.ACCEPT,
  abort: ResponseApplySnapshotChunk_Result.ABORT,
  retry: ResponseApplySnapshotChunk_Result.RETRY,
  "retry-snapshot": ResponseApplySnapshotChunk_Result.RETRY_SNAPSHOT,
  "reject-snapshot": ResponseApplySnapshotChunk_Result.REJECT_SNAPSHOT,
};

export function infoToWire(response: InfoResponse): wire.ResponseInfo {
  return response;
}

function validatorUpdateToWire({ publicKey, power }: ValidatorUpdate): wire.ValidatorUpdate {
  return { pubKey: PublicKey.create({ ed25519: publicKey }), power };
}

export function initChainToWire({ consensusParams, validators, appHash }: InitChainResponse): wire.ResponseInitChain {
  return {
    consensusParams: consensusParams === null ? undefined : consensusParamsToWire(consensusParams),
    validators: validators.map(validatorUpdateToWire),
    appHash,
  };
}

export function queryToWire({ proofOps, ...response }: QueryResponse): wire.ResponseQuery {
  return { ...response, proofOps: proofOps.length === 0 ? undefined : { ops: proofOps } };
}

/** Sender, sequence and priority are for our own mempool and have no place on the wire. */
export function checkTxToWire(response: CheckTxResponse): wire.ResponseCheckTx {
  const { code, data, log, gasWanted, gasUsed, events, codespace } = response;
  return { code, data, log, info: "", gasWanted, gasUsed, events, codespace };
}

export function processProposalToWire(verdict: Verdict): wire.ResponseProcessProposal {
  const { ACCEPT, REJECT } = ResponseProcessProposal_ProposalStatus;
  return { status: verdict === "accept" ? ACCEPT : REJECT };
}

export function verifyVoteExtensionToWire(verdict: Verdict): wire.ResponseVerifyVoteExtension {
  const { ACCEPT, REJECT } = ResponseVerifyVoteExtension_VerifyStatus;
  return { status: verdict === "accept" ? ACCEPT : REJECT };
}

export function finalizeBlockToWire(response: FinalizeBlockResponse): wire.ResponseFinalizeBlock {
  const { events, txResults, validatorUpdates, consensusParamUpdates, appHash } = response;
  return {
    events,
    txResults,
    validatorUpdates: validatorUpdates.map(validatorUpdateToWire),
    consensusParamUpdates: consensusParamUpdates === null ? undefined : consensusParamsToWire(consensusParamUpdates),
    appHash,
  };
}

export function offerSnapshotToWire(verdict: OfferResult): wire.ResponseOfferSnapshot {
  return { result: OFFER_RESULT[verdict] };
}

export function applyChunkToWire(answer: ApplyChunkResponse): wire.ResponseApplySnapshotChunk {
  const { result, refetchChunks, rejectSenders } = answer;
  return { result: CHUNK_RESULT[result], refetchChunks, rejectSenders };
}
