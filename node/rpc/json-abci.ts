/** ABCI messages as CometBFT's RPC writes them: protobuf JSON with defaults written, also inside other results. */
import type {
  CheckTxResponse,
  Event,
  ExecTxResult,
  FinalizeBlockResponse,
  InfoResponse,
  QueryResponse,
  ValidatorUpdate,
} from "../../chain/abci/index.js";
import type { JsonObject } from "../../chain/codec/index.js";
import { toBase64, toUpperHex } from "../../chain/primitives/index.js";
import { bytesJson, consensusParamsJson, orNull } from "./json-chain.js";

export function eventJson({ type, attributes }: Event): JsonObject {
  return { type, attributes: attributes.map(({ key, value, index }) => ({ key, value, index })) };
}

type ResultFields = Pick<ExecTxResult, "code" | "data" | "log" | "gasWanted" | "gasUsed" | "events" | "codespace">;

function resultJson(result: ResultFields, info: string): JsonObject {
  return {
    code: result.code,
    data: bytesJson(result.data),
    log: result.log,
    info,
    gas_wanted: result.gasWanted.toString(),
    gas_used: result.gasUsed.toString(),
    events: result.events.map(eventJson),
    codespace: result.codespace,
  };
}

export function txResultJson(result: ExecTxResult): JsonObject {
  return resultJson(result, result.info);
}

export function checkTxJson(response: CheckTxResponse): JsonObject {
  return resultJson(response, "");
}

/** The result of a transaction that was never executed. */
export const NO_RESULT_JSON: JsonObject = {
  code: 0,
  data: null,
  log: "",
  info: "",
  gas_wanted: "0",
  gas_used: "0",
  events: [],
  codespace: "",
};

export function infoJson(info: InfoResponse): JsonObject {
  return {
    data: info.data,
    version: info.version,
    app_version: info.appVersion.toString(),
    last_block_height: info.lastBlockHeight.toString(),
    last_block_app_hash: toBase64(info.lastBlockAppHash),
  };
}

/** `proofOps` alone is in camelCase: upstream gave every other field a JSON name. */
export function queryJson(response: QueryResponse): JsonObject {
  const ops = response.proofOps.map(({ type, key, data }) => ({ type, key: bytesJson(key), data: bytesJson(data) }));
  return {
    code: response.code,
    log: response.log,
    info: response.info,
    index: response.index.toString(),
    key: bytesJson(response.key),
    value: bytesJson(response.value),
    proofOps: ops.length === 0 ? null : { ops },
    height: response.height.toString(),
    codespace: response.codespace,
  };
}

export function validatorUpdateJson({ publicKey, power }: ValidatorUpdate): JsonObject {
  const value = { ed25519: toBase64(publicKey) };
  return {
    pub_key: { Sum: { type: "tendermint.crypto.PublicKey_Ed25519", value } },
    power: power.toString(),
  };
}

export function listOrNull<T>(items: readonly T[], json: (item: T) => JsonObject): readonly JsonObject[] | null {
  return items.length === 0 ? null : items.map(json);
}

/** `block_results`. */
export function blockResultsJson(height: bigint, results: FinalizeBlockResponse): JsonObject {
  return {
    height: height.toString(),
    txs_results: listOrNull(results.txResults, txResultJson),
    finalize_block_events: listOrNull(results.events, eventJson),
    validator_updates: listOrNull(results.validatorUpdates, validatorUpdateJson),
    consensus_param_updates: orNull(results.consensusParamUpdates, consensusParamsJson),
    app_hash: toBase64(results.appHash),
  };
}

/** `result_finalize_block` of the NewBlock event: there upstream leaves out what is empty, but for validator updates. */
export function finalizeBlockJson(results: FinalizeBlockResponse): JsonObject {
  const { events, txResults, validatorUpdates, consensusParamUpdates, appHash } = results;
  return {
    ...(events.length === 0 ? {} : { events: events.map(eventJson) }),
    ...(txResults.length === 0 ? {} : { tx_results: txResults.map(txResultJson) }),
    validator_updates: validatorUpdates.map(validatorUpdateJson),
    ...(consensusParamUpdates === null ? {} : { consensus_param_updates: consensusParamsJson(consensusParamUpdates) }),
    app_hash: toBase64(appHash),
  };
}

/** `broadcast_tx_*`. `data` stays empty: CosmJS reads this hex field as base64 (cosmos-formats.md §1.3). */
export function broadcastJson(hash: Uint8Array, response: CheckTxResponse | undefined): JsonObject {
  return {
    code: response?.code ?? 0,
    data: "",
    log: response?.log ?? "",
    codespace: response?.codespace ?? "",
    hash: toUpperHex(hash),
  };
}
