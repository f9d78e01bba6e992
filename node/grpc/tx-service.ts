/** cosmos.tx.v1beta1.Service but for Simulate, which the application answers. */
import type { ExecTxResult } from "../../chain/abci/index.js";
import { formatRfc3339Nano } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { EMPTY_BYTES, Reject, parseHex, toUpperHex } from "../../chain/primitives/index.js";
import { TxResponse } from "../../proto/gen/cosmos/base/abci/v1beta1.js";
import * as pb from "../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../errors.js";
import { QueryError } from "../indexer/index.js";
import type { ChainIndex, TxPlace } from "../indexer/index.js";
import type { ChainReader, Submission, TxPool } from "../rpc/index.js";
import { blockAt, sliceOf, wireBlock } from "./comet-service.js";
import type { Slice } from "./comet-service.js";
import { StatusError, route } from "./service.js";
import type { Route } from "./service.js";

const PATH = "/cosmos.tx.v1beta1.Service";
const TX_URL = "/cosmos.tx.v1beta1.Tx";
const DEFAULT_LIMIT = 100n;

export interface TxServiceDeps {
  readonly chain: ChainReader;
  readonly index: ChainIndex;
  readonly pool: TxPool;
}

/** The SDK's codes for what the mempool refuses. */
const REFUSED: Readonly<Record<Extract<Submission, { kind: "refused" }>["reason"], number>> = {
  "in-cache": 19,
  full: 20,
  "too-large": 21,
  "not-ready": 18,
};

/** TxRaw and Tx have the same bytes. undefined for what is no transaction, such as the injected extended commit. */
function decodeTx(bytes: Uint8Array): pb.Tx | undefined {
  try {
    return pb.Tx.decode(bytes, { unknown: "ignore" });
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

interface Found {
  readonly tx: pb.Tx | undefined;
  readonly response: TxResponse;
}

function responseOf(tx: Uint8Array, result: ExecTxResult, at: { readonly height: bigint; readonly timestamp: string }): TxResponse {
  return TxResponse.create({
    height: at.height,
    txhash: toUpperHex(sha256(tx)),
    codespace: result.codespace,
    code: result.code,
    data: toUpperHex(result.data),
    rawLog: result.log,
    info: result.info,
    gasWanted: result.gasWanted,
    gasUsed: result.gasUsed,
    tx: { typeUrl: TX_URL, value: tx },
    timestamp: at.timestamp,
    events: result.events,
  });
}

async function load(chain: ChainReader, { height, index }: TxPlace): Promise<Found> {
  const [stored, results] = await Promise.all([chain.block(height), chain.results(height)]);
  const bytes = stored?.block.txs[index];
  const result = results?.txResults[index];
  if (stored === undefined || bytes === undefined || result === undefined) {
    throw new StatusError("NotFound", `the block of height ${height} is not available`);
  }
  const timestamp = formatRfc3339Nano(stored.block.header.time);
  return { tx: decodeTx(bytes), response: responseOf(bytes, result, { height, timestamp }) };
}

async function getTx({ chain, index }: TxServiceDeps, text: string): Promise<pb.GetTxResponse> {
  if (text === "") throw new StatusError("InvalidArgument", "tx hash cannot be empty");
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new StatusError("InvalidArgument", "the hash is not 64 hex digits");
  const place = await index.findTx(parseHex(text.toLowerCase()));
  if (place === undefined) throw new StatusError("NotFound", `tx not found: ${text}`);
  const { tx, response } = await load(chain, place);
  return { tx, txResponse: response };
}

/** page and limit, else pagination.offset and .limit: the SDK ignores the latter, which explorers send (§2.3). */
function sliceOfSearch(request: pb.GetTxsEventRequest): Slice {
  if (request.page === 0n && request.limit === 0n) return sliceOf(request.pagination);
  const limit = request.limit === 0n ? DEFAULT_LIMIT : request.limit > DEFAULT_LIMIT ? DEFAULT_LIMIT : request.limit;
  const page = request.page === 0n ? 1n : request.page;
  const offset = page > 1_000_000_000n ? Number.MAX_SAFE_INTEGER / 2 : Number((page - 1n) * limit);
  return { offset, limit: Number(limit) };
}

async function searchTxs(deps: TxServiceDeps, request: pb.GetTxsEventRequest): Promise<pb.GetTxsEventResponse> {
  const query = request.query === "" ? request.events.join(" AND ") : request.query;
  if (query === "") throw new StatusError("InvalidArgument", "query cannot be empty");
  const order = request.orderBy === pb.OrderBy.ORDER_BY_DESC ? "desc" : "asc";
  try {
    const { total, items } = await deps.index.searchTxs(query, { ...sliceOfSearch(request), order });
    const found = await Promise.all(items.map((place) => load(deps.chain, place)));
    return {
      txs: found.flatMap(({ tx }) => (tx === undefined ? [] : [tx])),
      txResponses: found.map(({ response }) => response),
      pagination: undefined,
      total: BigInt(total),
    };
  } catch (error) {
    if (error instanceof QueryError) throw new StatusError("InvalidArgument", `failed to parse query: ${error.message}`);
    if (error instanceof EdgeFailure && error.code === "too-large") {
      throw new StatusError("ResourceExhausted", error.message);
    }
    throw error;
  }
}

async function broadcast(pool: TxPool, { txBytes, mode }: pb.BroadcastTxRequest): Promise<pb.BroadcastTxResponse> {
  if (txBytes.length === 0) throw new StatusError("InvalidArgument", "invalid empty tx");
  if (mode !== pb.BroadcastMode.BROADCAST_MODE_SYNC && mode !== pb.BroadcastMode.BROADCAST_MODE_ASYNC) {
    throw new StatusError("InvalidArgument", "unsupported return type unspecified; supported types: sync, async");
  }
  const txhash = toUpperHex(sha256(txBytes));
  const submission = await pool.submit(txBytes);
  if (submission.kind === "refused") {
    const code = REFUSED[submission.reason];
    return { txResponse: TxResponse.create({ txhash, code, codespace: "sdk", rawLog: submission.message }) };
  }
  const isAsync = mode === pb.BroadcastMode.BROADCAST_MODE_ASYNC;
  const { code, codespace, log, data } = submission.response;
  if (isAsync) return { txResponse: TxResponse.create({ txhash }) };
  return { txResponse: TxResponse.create({ txhash, code, codespace, rawLog: log, data: toUpperHex(data) }) };
}

/** Places of a page: from the offset on, or back from it when reversed, as the SDK counts. */
function placesOf(count: number, { offset, limit }: Slice, isReverse: boolean): readonly number[] {
  if (!isReverse) return Array.from({ length: Math.max(0, Math.min(limit, count - offset)) }, (_, i) => offset + i);
  return Array.from({ length: Math.min(limit, offset) }, (_, i) => offset - i);
}

async function blockWithTxs(chain: ChainReader, request: pb.GetBlockWithTxsRequest): Promise<pb.GetBlockWithTxsResponse> {
  const { height, pagination } = request;
  const latest = chain.latestHeight();
  if (height < 1n || height > latest) {
    const bounds = `height must not be less than 1 or greater than the current height ${latest}`;
    throw new StatusError("InvalidArgument", `requested height ${height} but ${bounds}: invalid height`);
  }
  const stored = await blockAt(chain, height);
  const slice = sliceOf(pagination);
  const { txs } = stored.block;
  if (txs.length > 0 && slice.offset >= txs.length) {
    const page = `offset ${slice.offset} and limit ${slice.limit}`;
    throw new StatusError("InvalidArgument", `out of range: cannot paginate ${txs.length} txs with ${page}: invalid request`);
  }
  const { hash, parts } = stored.id;
  return {
    txs: placesOf(txs.length, slice, pagination?.reverse === true).flatMap((i) => decodeTx(txs[i] ?? EMPTY_BYTES) ?? []),
    blockId: { hash, partSetHeader: parts },
    block: wireBlock(stored),
    pagination: { nextKey: EMPTY_BYTES, total: BigInt(txs.length) },
  };
}

export function txRoutes(deps: TxServiceDeps): readonly Route[] {
  return [
    route(`${PATH}/GetTx`, { request: pb.GetTxRequest, response: pb.GetTxResponse }, ({ hash }) => getTx(deps, hash)),
    route(
      `${PATH}/GetTxsEvent`,
      { request: pb.GetTxsEventRequest, response: pb.GetTxsEventResponse },
      (request) => searchTxs(deps, request),
    ),
    route(
      `${PATH}/BroadcastTx`,
      { request: pb.BroadcastTxRequest, response: pb.BroadcastTxResponse },
      (request) => broadcast(deps.pool, request),
    ),
    route(
      `${PATH}/GetBlockWithTxs`,
      { request: pb.GetBlockWithTxsRequest, response: pb.GetBlockWithTxsResponse },
      (request) => blockWithTxs(deps.chain, request),
    ),
  ];
}
