/**
 * Chain types as CometBFT 0.38's RPC writes them (libs/json; cosmos-formats.md §1.1): 64-bit integers as strings, 32-bit
 * ones as numbers, hashes and addresses in upper-case hex, other bytes in base64, times in RFC 3339 with nanoseconds.
 */
import type {
  Block,
  BlockId,
  BlockIdFlag,
  Commit,
  CommitSig,
  ConsensusParams,
  Evidence,
  Header,
  Proposal,
  Validator,
  Vote,
} from "../../chain/block/index.js";
import { ZERO_BLOCK_ID } from "../../chain/block/index.js";
import { formatRfc3339Nano } from "../../chain/codec/index.js";
import type { JsonObject, JsonValue } from "../../chain/codec/index.js";
import { toBase64, toUpperHex } from "../../chain/primitives/index.js";
import type { StoredBlock } from "./types.js";

const FLAGS: Readonly<Record<BlockIdFlag, number>> = { absent: 1, commit: 2, nil: 3 };

/** A byte slice: Go writes an empty one that was never set as null. */
export function bytesJson(bytes: Uint8Array): string | null {
  return bytes.length === 0 ? null : toBase64(bytes);
}

export function blockIdJson(id: BlockId): JsonObject {
  return { hash: toUpperHex(id.hash), parts: { total: id.parts.total, hash: toUpperHex(id.parts.hash) } };
}

export function headerJson(header: Header): JsonObject {
  const version = { block: header.blockVersion.toString() };
  return {
    version: header.appVersion === 0n ? version : { ...version, app: header.appVersion.toString() },
    chain_id: header.chainId,
    height: header.height.toString(),
    time: formatRfc3339Nano(header.time),
    last_block_id: blockIdJson(header.lastBlockId),
    last_commit_hash: toUpperHex(header.lastCommitHash),
    data_hash: toUpperHex(header.dataHash),
    validators_hash: toUpperHex(header.validatorsHash),
    next_validators_hash: toUpperHex(header.nextValidatorsHash),
    consensus_hash: toUpperHex(header.consensusHash),
    app_hash: toUpperHex(header.appHash),
    last_results_hash: toUpperHex(header.lastResultsHash),
    evidence_hash: toUpperHex(header.evidenceHash),
    proposer_address: toUpperHex(header.proposer),
  };
}

function commitSigJson(sig: CommitSig): JsonObject {
  return {
    block_id_flag: FLAGS[sig.flag],
    validator_address: toUpperHex(sig.validator),
    timestamp: formatRfc3339Nano(sig.time),
    signature: bytesJson(sig.signature),
  };
}

export function commitJson(commit: Commit): JsonObject {
  return {
    height: commit.height.toString(),
    round: commit.round,
    block_id: blockIdJson(commit.blockId),
    signatures: commit.signatures.map(commitSigJson),
  };
}

export function voteJson(vote: Vote): JsonObject {
  return {
    type: vote.type === "prevote" ? 1 : 2,
    height: vote.height.toString(),
    round: vote.round,
    block_id: blockIdJson(vote.blockId ?? ZERO_BLOCK_ID),
    timestamp: formatRfc3339Nano(vote.time),
    validator_address: toUpperHex(vote.validator),
    validator_index: vote.index,
    signature: bytesJson(vote.signature),
    extension: bytesJson(vote.extension),
    extension_signature: bytesJson(vote.extensionSignature),
  };
}

export function proposalJson(proposal: Proposal): JsonObject {
  return {
    Type: 32,
    height: proposal.height.toString(),
    round: proposal.round,
    pol_round: proposal.polRound,
    block_id: blockIdJson(proposal.blockId),
    timestamp: formatRfc3339Nano(proposal.time),
    signature: bytesJson(proposal.signature),
  };
}

/** The interface form `{type, value}`; three fields keep their Go names, because upstream gave them no JSON name. */
export function evidenceJson(evidence: Evidence): JsonObject {
  const value = {
    vote_a: voteJson(evidence.voteA),
    vote_b: voteJson(evidence.voteB),
    TotalVotingPower: evidence.totalVotingPower.toString(),
    ValidatorPower: evidence.validatorPower.toString(),
    Timestamp: formatRfc3339Nano(evidence.time),
  };
  return { type: "tendermint/DuplicateVoteEvidence", value };
}

export function blockJson(block: Block): JsonObject {
  return {
    header: headerJson(block.header),
    data: { txs: block.txs.map(toBase64) },
    evidence: { evidence: block.evidence.map(evidenceJson) },
    last_commit: commitJson(block.lastCommit),
  };
}

export function storedBlockJson({ id, block }: StoredBlock): JsonObject {
  return { block_id: blockIdJson(id), block: blockJson(block) };
}

export function blockMetaJson({ id, block, size }: StoredBlock): JsonObject {
  return {
    block_id: blockIdJson(id),
    block_size: size.toString(),
    header: headerJson(block.header),
    num_txs: block.txs.length.toString(),
  };
}

export function publicKeyJson(publicKey: Uint8Array): JsonObject {
  return { type: "tendermint/PubKeyEd25519", value: toBase64(publicKey) };
}

export function validatorJson(validator: Validator): JsonObject {
  return {
    address: toUpperHex(validator.address),
    pub_key: publicKeyJson(validator.publicKey),
    voting_power: validator.power.toString(),
    proposer_priority: validator.priority.toString(),
  };
}

export function consensusParamsJson(params: ConsensusParams): JsonObject {
  const { block, evidence, validator, version, abci } = params;
  return {
    block: { max_bytes: block.maxBytes.toString(), max_gas: block.maxGas.toString() },
    evidence: {
      max_age_num_blocks: evidence.maxAgeNumBlocks.toString(),
      max_age_duration: evidence.maxAgeDurationNs.toString(),
      max_bytes: evidence.maxBytes.toString(),
    },
    validator: { pub_key_types: validator.pubKeyTypes },
    version: { app: version.app.toString() },
    abci: { vote_extensions_enable_height: abci.voteExtensionsEnableHeight.toString() },
  };
}

/** null in place of what is not there. */
export function orNull<T>(value: T | undefined | null, json: (value: T) => JsonValue): JsonValue {
  return value === undefined || value === null ? null : json(value);
}
