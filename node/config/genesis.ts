/**
 * The genesis document in CometBFT 0.38's JSON form: the same file starts this engine or a real CometBFT. Strict:
 * unknown keys, missing sections and keys that do not match their address are errors.
 */
import { formatRfc3339Nano, parseRfc3339 } from "../../chain/codec/index.js";
import { checkConsensusParams, createValidatorSet } from "../../chain/block/index.js";
import type { ConsensusParams } from "../../chain/block/index.js";
import { ed25519Address, sha256 } from "../../chain/crypto/index.js";
import { MAX_INT64, toHeight, toVotingPower, utf8 } from "../../chain/primitives/index.js";
import type { Hash32, Height, TimeNs, VotingPower } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";

export interface GenesisDocValidator {
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly power: VotingPower;
  readonly name: string;
}

export interface GenesisDoc {
  readonly genesisTime: TimeNs;
  /** 1 to 50 characters. */
  readonly chainId: string;
  readonly initialHeight: Height;
  readonly consensusParams: ConsensusParams;
  /** Empty leaves the choice to InitChain. */
  readonly validators: readonly GenesisDocValidator[];
  /** What the application had before genesis; usually empty. */
  readonly appHash: Uint8Array;
  /** JSON for InitChain. */
  readonly appState: unknown;
}

const KEY_TYPE = "tendermint/PubKeyEd25519";
type Fields = Readonly<Record<string, unknown>>;

/** The document's text, as CometBFT indents it. */
export function formatGenesis(doc: GenesisDoc): string {
  const { block, evidence, validator, version, abci } = doc.consensusParams;
  return `${JSON.stringify(
    {
      genesis_time: formatRfc3339Nano(doc.genesisTime),
      chain_id: doc.chainId,
      initial_height: String(doc.initialHeight),
      consensus_params: {
        block: { max_bytes: String(block.maxBytes), max_gas: String(block.maxGas) },
        evidence: {
          max_age_num_blocks: String(evidence.maxAgeNumBlocks),
          max_age_duration: String(evidence.maxAgeDurationNs),
          max_bytes: String(evidence.maxBytes),
        },
        validator: { pub_key_types: validator.pubKeyTypes },
        version: { app: String(version.app) },
        abci: { vote_extensions_enable_height: String(abci.voteExtensionsEnableHeight) },
      },
      validators: doc.validators.map(({ publicKey, power, name }) => ({
        address: hex(ed25519Address(publicKey)),
        pub_key: { type: KEY_TYPE, value: Buffer.from(publicKey).toString("base64") },
        power: String(power),
        name,
      })),
      app_hash: hex(doc.appHash),
      app_state: doc.appState,
    },
    null,
    2,
  )}\n`;
}

/** @throws EdgeFailure "config" naming the field that is wrong. */
export function parseGenesis(text: string): GenesisDoc {
  try {
    return parseDoc(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof EdgeFailure) throw cause;
    throw new EdgeFailure("config", "the genesis document is malformed", {}, cause);
  }
}

/** Which nodes must share it to share a chain: the hash of the file's bytes. */
export function genesisHash(text: string): Hash32 {
  return sha256(utf8(text));
}

function parseDoc(json: unknown): GenesisDoc {
  const doc = fields(json, "genesis", [
    "genesis_time",
    "chain_id",
    "initial_height",
    "consensus_params",
    "validators",
    "app_hash",
    "app_state",
  ]);
  const chainId = textOf(doc, "chain_id");
  if (chainId.length < 1 || chainId.length > 50) throw bad("chain_id", "1 to 50 characters");
  const initialHeight = toHeight(intOf(doc, "initial_height"));
  if (initialHeight < 1n) throw bad("initial_height", "at least 1");
  const consensusParams = parseParams(doc["consensus_params"]);
  checkConsensusParams(consensusParams);
  const validators = listOf(doc, "validators").map(parseValidator);
  if (validators.length > 0) createValidatorSet(validators);
  return {
    genesisTime: parseRfc3339(textOf(doc, "genesis_time")),
    chainId,
    initialHeight,
    consensusParams,
    validators,
    appHash: bytesOf(textOf(doc, "app_hash"), "hex", "app_hash"),
    appState: doc["app_state"] ?? {},
  };
}

function parseParams(json: unknown): ConsensusParams {
  const all = fields(json, "consensus_params", ["block", "evidence", "validator", "version", "abci"]);
  const block = fields(all["block"], "block", ["max_bytes", "max_gas"]);
  const evidence = fields(all["evidence"], "evidence", [
    "max_age_num_blocks",
    "max_age_duration",
    "max_bytes",
  ]);
  const validator = fields(all["validator"], "validator", ["pub_key_types"]);
  const version = fields(all["version"] ?? {}, "version", ["app"]);
  const abci = fields(all["abci"] ?? {}, "abci", ["vote_extensions_enable_height"]);
  return {
    block: { maxBytes: intOf(block, "max_bytes"), maxGas: intOf(block, "max_gas") },
    evidence: {
      maxAgeNumBlocks: intOf(evidence, "max_age_num_blocks"),
      maxAgeDurationNs: intOf(evidence, "max_age_duration"),
      maxBytes: intOf(evidence, "max_bytes"),
    },
    validator: { pubKeyTypes: listOf(validator, "pub_key_types").map(String) },
    version: { app: version["app"] === undefined ? 0n : intOf(version, "app") },
    abci: {
      voteExtensionsEnableHeight:
        abci["vote_extensions_enable_height"] === undefined
          ? 0n
          : intOf(abci, "vote_extensions_enable_height"),
    },
  };
}

function parseValidator(json: unknown): GenesisDocValidator {
  const entry = fields(json, "validators", ["address", "pub_key", "power", "name"]);
  const key = fields(entry["pub_key"], "pub_key", ["type", "value"]);
  if (key["type"] !== KEY_TYPE) throw bad("pub_key.type", KEY_TYPE);
  const publicKey = bytesOf(textOf(key, "value"), "base64", "pub_key.value");
  if (publicKey.length !== 32) throw bad("pub_key.value", "32 bytes");
  const address = entry["address"];
  if (address !== undefined && address !== "" && address !== hex(ed25519Address(publicKey)))
    throw bad("address", "that of pub_key");
  const name = entry["name"] === undefined ? "" : textOf(entry, "name");
  return { publicKey, power: toVotingPower(intOf(entry, "power")), name };
}

function fields(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(where, "an object");
  for (const key of Object.keys(value))
    if (!known.includes(key)) throw bad(`${where}.${key}`, "no such field");
  return { ...value };
}

function textOf(from: Fields, name: string): string {
  const value = from[name];
  if (typeof value !== "string") throw bad(name, "a string");
  return value;
}

/** An int64, which CometBFT writes as a string. */
function intOf(from: Fields, name: string): bigint {
  const text = textOf(from, name);
  if (!/^-?\d{1,19}$/.test(text)) throw bad(name, "an integer as a string");
  const value = BigInt(text);
  if (value > MAX_INT64 || value < -MAX_INT64 - 1n) throw bad(name, "an int64");
  return value;
}

function listOf(from: Fields, name: string): readonly unknown[] {
  const value: unknown = from[name] ?? [];
  if (!Array.isArray(value)) throw bad(name, "a list");
  return value;
}

function bytesOf(text: string, encoding: "hex" | "base64", name: string): Uint8Array {
  const bytes = Buffer.from(text, encoding);
  const again = encoding === "hex" ? bytes.toString("hex").toUpperCase() : bytes.toString("base64");
  if (again !== (encoding === "hex" ? text.toUpperCase() : text)) throw bad(name, encoding);
  return new Uint8Array(bytes);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").toUpperCase();
}

function bad(name: string, expected: string): EdgeFailure {
  return new EdgeFailure("config", `genesis: ${name}: expected ${expected}`, { field: name });
}
