/** Blocks, results, validators and parameters out of CometBFT's RPC JSON (cosmos-formats.md §1.1), in the shapes of chain/. */
import type { Event, ExecTxResult, FinalizeBlockResponse, ValidatorUpdate } from "../../chain/abci/index.js";
import { parseBlockId } from "../../chain/block/index.js";
import type { Block, BlockId, Commit, ConsensusParams, Evidence, Header, Validator, ValidatorSet } from "../../chain/block/index.js";
import type { JsonValue } from "../../chain/codec/index.js";
import { EMPTY_BYTES, parseBase64, toAddress, toGas, toVotingPower } from "../../chain/primitives/index.js";
import { Fields, readCommit, readHeader, unlessRejected } from "../../client/verify/json.js";
import type { EngineNetwork } from "../engine/types.js";
import { EdgeFailure } from "../errors.js";
import { parseEvidenceJson } from "../rpc/json-evidence.js";

/** Runs a reader. @throws EdgeFailure "malformed" for whatever is not of its form. */
export function readAnswer<T>(what: string, read: () => T): T {
  try {
    return unlessRejected(what, read);
  } catch (cause) {
    throw new EdgeFailure("malformed", `CometBFT's ${what} is not of its form`, {}, cause);
  }
}

export function readBlockId(fields: Fields): BlockId {
  const parts = fields.object("parts");
  return parseBlockId({ hash: fields.hex("hash"), partSetHeader: { total: parts.number("total"), hash: parts.hex("hash") } });
}

/** A list that Go writes as null when it was never filled. */
function listOf(fields: Fields, name: string): readonly unknown[] {
  return fields.has(name) ? fields.list(name) : [];
}

/** Base64 of many bytes: Node's decoder, checked against its own encoding. */
function bytesOf(value: unknown): Uint8Array {
  if (typeof value !== "string") throw new EdgeFailure("malformed", "a transaction is no text");
  const bytes = Buffer.from(value, "base64");
  if (Math.ceil(bytes.length / 3) * 4 !== value.length) throw new EdgeFailure("malformed", "a transaction is no base64");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** `block` of CometBFT: its id, and the block. */
export function readBlock(answer: unknown): { readonly id: BlockId; readonly block: Block } {
  return readAnswer("block", () => {
    const fields = new Fields(answer, "block");
    const block = fields.object("block");
    return {
      id: readBlockId(fields.object("block_id")),
      block: {
        header: readHeader(block.object("header")),
        txs: listOf(block.object("data"), "txs").map(bytesOf),
        evidence: listOf(block.object("evidence"), "evidence").map((item): Evidence => parseEvidenceJson(item as JsonValue)),
        lastCommit: readCommit(block.object("last_commit")),
      },
    };
  });
}

/** `commit` of CometBFT. */
export function readSignedHeader(answer: unknown): { readonly header: Header; readonly commit: Commit } {
  return readAnswer("commit", () => {
    const signed = new Fields(answer, "commit").object("signed_header");
    return { header: readHeader(signed.object("header")), commit: readCommit(signed.object("commit")) };
  });
}

function readAttribute(value: unknown): Event["attributes"][number] {
  const fields = new Fields(value, "attribute");
  const { index } = value as { readonly index?: unknown };
  return { key: textOr(fields, "key"), value: textOr(fields, "value"), index: index === true };
}

function readEvent(value: unknown): Event {
  const fields = new Fields(value, "event");
  return { type: textOr(fields, "type"), attributes: listOf(fields, "attributes").map(readAttribute) };
}

function textOr(fields: Fields, name: string): string {
  return fields.has(name) ? fields.text(name) : "";
}

function readTxResult(value: unknown): ExecTxResult {
  const fields = new Fields(value, "transaction result");
  return {
    code: fields.has("code") ? fields.number("code") : 0,
    data: fields.has("data") ? fields.base64("data") : EMPTY_BYTES,
    log: textOr(fields, "log"),
    info: textOr(fields, "info"),
    gasWanted: toGas(intOr(fields, "gas_wanted")),
    gasUsed: toGas(intOr(fields, "gas_used")),
    events: listOf(fields, "events").map(readEvent),
    codespace: textOr(fields, "codespace"),
  };
}

/** Go leaves a zero out where a field is `omitempty`. */
function intOr(fields: Fields, name: string): bigint {
  return fields.has(name) ? fields.int(name) : 0n;
}

function readUpdate(value: unknown): ValidatorUpdate {
  const fields = new Fields(value, "validator update");
  const key = fields.object("pub_key").object("Sum").object("value");
  return { publicKey: key.base64("ed25519"), power: toVotingPower(intOr(fields, "power")) };
}

function objectOr(fields: Fields, name: string): Fields {
  return fields.has(name) ? fields.object(name) : new Fields({}, name);
}

function readParams(fields: Fields): ConsensusParams {
  const block = fields.object("block");
  const evidence = fields.object("evidence");
  return {
    block: { maxBytes: intOr(block, "max_bytes"), maxGas: intOr(block, "max_gas") },
    evidence: {
      maxAgeNumBlocks: intOr(evidence, "max_age_num_blocks"),
      maxAgeDurationNs: intOr(evidence, "max_age_duration"),
      maxBytes: intOr(evidence, "max_bytes"),
    },
    validator: { pubKeyTypes: listOf(fields.object("validator"), "pub_key_types").map(String) },
    version: { app: intOr(objectOr(fields, "version"), "app") },
    abci: { voteExtensionsEnableHeight: intOr(objectOr(fields, "abci"), "vote_extensions_enable_height") },
  };
}

/** `block_results` of CometBFT. */
export function readResults(answer: unknown): FinalizeBlockResponse {
  return readAnswer("block results", () => {
    const fields = new Fields(answer, "block results");
    return {
      events: listOf(fields, "finalize_block_events").map(readEvent),
      txResults: listOf(fields, "txs_results").map(readTxResult),
      validatorUpdates: listOf(fields, "validator_updates").map(readUpdate),
      consensusParamUpdates: fields.has("consensus_param_updates") ? readParams(fields.object("consensus_param_updates")) : null,
      appHash: fields.base64("app_hash"),
    };
  });
}

/** `consensus_params` of CometBFT. */
export function readConsensusParams(answer: unknown): ConsensusParams {
  return readAnswer("consensus parameters", () => readParams(new Fields(answer, "consensus_params").object("consensus_params")));
}

export function readValidator(value: unknown): Validator {
  const fields = new Fields(value, "validator");
  return {
    address: toAddress(fields.hex("address")),
    publicKey: fields.object("pub_key").base64("value"),
    power: toVotingPower(fields.int("voting_power")),
    priority: fields.int("proposer_priority"),
  };
}

/** One page of `validators`. */
export function readValidatorPage(answer: unknown): { readonly validators: readonly Validator[]; readonly total: bigint } {
  return readAnswer("validators", () => {
    const fields = new Fields(answer, "validators");
    return { validators: listOf(fields, "validators").map(readValidator), total: fields.int("total") };
  });
}

/** A set out of its validators, in CometBFT's order. The proposer is a guess unless it is given: it is not in the answer. */
export function validatorSetOf(validators: readonly Validator[], proposer?: Uint8Array): ValidatorSet {
  const [first] = validators;
  if (first === undefined) throw new EdgeFailure("malformed", "CometBFT names no validator");
  const same = (v: Validator): boolean => proposer !== undefined && Buffer.compare(v.address, proposer) === 0;
  const total = validators.reduce((sum, v) => sum + v.power, 0n);
  return { validators, totalPower: toVotingPower(total), proposer: validators.find(same) ?? first };
}

/** What `status` says of the chain, as far as we ask. */
export interface CometStatus {
  readonly chainId: string;
  readonly version: string;
  readonly latestHeight: bigint;
  readonly earliestHeight: bigint;
  readonly isCatchingUp: boolean;
}

export function readStatus(answer: unknown): CometStatus {
  return readAnswer("status", () => {
    const fields = new Fields(answer, "status");
    const node = fields.object("node_info");
    const sync = fields.object("sync_info");
    const { sync_info } = answer as { readonly sync_info: { readonly catching_up?: unknown } };
    return {
      chainId: node.text("network"),
      version: node.text("version"),
      latestHeight: sync.int("latest_block_height"),
      earliestHeight: sync.int("earliest_block_height"),
      isCatchingUp: sync_info.catching_up === true,
    };
  });
}

/** More peers than CometBFT connects to. */
const MAX_PEERS = 1_000;

function readPeer(value: unknown): EngineNetwork["peers"][number] {
  const fields = new Fields(value, "peer");
  const node = fields.object("node_info");
  const { is_outbound: isOutbound } = value as { readonly is_outbound?: unknown };
  // What it listens on may be every address of its host; where it was met is one.
  const port = /:(\d{1,5})$/.exec(node.text("listen_addr"))?.[1] ?? "0";
  const ip = fields.text("remote_ip");
  const address = `/${ip.includes(":") ? "ip6" : "ip4"}/${ip}/tcp/${port}`;
  return { id: node.text("id"), address, isOutbound: isOutbound === true, moniker: node.text("moniker") };
}

/** `net_info` of CometBFT. */
export function readNetwork(answer: unknown): EngineNetwork {
  return readAnswer("net_info", () => {
    const fields = new Fields(answer, "net_info");
    fields.int("n_peers");
    return { listeners: listOf(fields, "listeners").map(String), peers: listOf(fields, "peers").slice(0, MAX_PEERS).map(readPeer) };
  });
}

/** `broadcast_tx_sync` of CometBFT. */
export function readBroadcast(answer: unknown): { readonly code: number; readonly log: string; readonly codespace: string } {
  return readAnswer("broadcast_tx_sync", () => {
    const fields = new Fields(answer, "broadcast_tx_sync");
    return { code: fields.number("code"), log: fields.text("log"), codespace: fields.text("codespace") };
  });
}

/** `unconfirmed_txs` and `num_unconfirmed_txs` of CometBFT. */
export function readUnconfirmed(answer: unknown): { readonly count: number; readonly bytes: number; readonly txs: readonly Uint8Array[] } {
  return readAnswer("unconfirmed_txs", () => {
    const fields = new Fields(answer, "unconfirmed_txs");
    return { count: Number(fields.int("total")), bytes: Number(fields.int("total_bytes")), txs: listOf(fields, "txs").map((tx) => parseBase64(String(tx))) };
  });
}
