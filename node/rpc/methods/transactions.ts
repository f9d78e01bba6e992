/** Methods about transactions: tx, tx_search, broadcast_tx_*, check_tx, unconfirmed_txs, num_unconfirmed_txs. */
import { merkleProofs, sha256 } from "../../../chain/crypto/index.js";
import type { FinalizeBlockResponse } from "../../../chain/abci/index.js";
import type { JsonObject } from "../../../chain/codec/index.js";
import { EMPTY_BYTES, toBase64, toUpperHex } from "../../../chain/primitives/index.js";
import type { ChainIndex, TxPlace } from "../../indexer/index.js";
import { failed } from "../errors.js";
import { NO_RESULT_JSON, broadcastJson, checkTxJson, txResultJson } from "../json-abci.js";
import { defineMethod } from "../method.js";
import type { RpcMethod } from "../method.js";
import type { ChainReader, StoredBlock, Submission, TxPool } from "../types.js";
import type { InclusionWaiter } from "../inclusion.js";
import { orderOf, searching } from "./blocks.js";
import { available, checkPage, pageOf, perPageOf } from "./heights.js";

export interface TransactionDeps {
  readonly chain: ChainReader;
  readonly index: ChainIndex;
  readonly pool: TxPool;
  readonly inclusion: InclusionWaiter;
}

interface Executed {
  readonly stored: StoredBlock;
  readonly results: FinalizeBlockResponse;
}

async function executedAt(chain: ChainReader, { height }: TxPlace): Promise<Executed> {
  const [stored, results] = await Promise.all([chain.block(height), chain.results(height)]);
  return { stored: available(stored, height, chain), results: available(results, height, chain) };
}

function proofJson(txs: readonly Uint8Array[], index: number): JsonObject {
  const { root, proofs } = merkleProofs(txs.map(sha256));
  const proof = proofs[index];
  const tx = txs[index];
  if (proof === undefined || tx === undefined) throw failed("the transaction is not in its block");
  return {
    root_hash: toUpperHex(root),
    data: toBase64(tx),
    proof: {
      total: proof.total.toString(),
      index: proof.index.toString(),
      leaf_hash: toBase64(proof.leafHash),
      aunts: proof.aunts.map(toBase64),
    },
  };
}

function txJson({ stored, results }: Executed, place: TxPlace, prove: boolean): JsonObject {
  const { txs } = stored.block;
  const tx = txs[place.index];
  const result = results.txResults[place.index];
  if (tx === undefined || result === undefined) throw failed("the index names a transaction that is not in its block");
  const body = {
    hash: toUpperHex(sha256(tx)),
    height: place.height.toString(),
    index: place.index,
    tx_result: txResultJson(result),
    tx: toBase64(tx),
  };
  return prove ? { ...body, proof: proofJson(txs, place.index) } : body;
}

function txByHash({ chain, index }: TransactionDeps): RpcMethod {
  return defineMethod({ hash: "bytes", prove: "bool" }, async ({ hash, prove = false }) => {
    if (hash === undefined || hash.length === 0) throw failed("transaction hash cannot be empty");
    const place = await index.findTx(hash);
    if (place === undefined) throw failed(`tx (${toUpperHex(hash)}) not found`);
    return txJson(await executedAt(chain, place), place, prove);
  });
}

function txSearch({ chain, index }: TransactionDeps): RpcMethod {
  const params = { query: "string", prove: "bool", page: "int", per_page: "int", order_by: "string" } as const;
  return defineMethod(params, async (args) => {
    const perPage = perPageOf(args.per_page);
    const options = { ...pageOf(args.page, perPage), order: orderOf(args.order_by, "asc") };
    const { total, items } = await searching(index.searchTxs(args.query ?? "", options));
    checkPage(args.page, perPage, total);
    const blocks = new Map<bigint, Promise<Executed>>();
    const load = (place: TxPlace): Promise<Executed> => {
      const known = blocks.get(place.height) ?? executedAt(chain, place);
      blocks.set(place.height, known);
      return known;
    };
    const txs = items.map(async (place) => txJson(await load(place), place, args.prove ?? false));
    return { txs: await Promise.all(txs), total_count: total.toString() };
  });
}

/** @throws RpcError -32603 when the mempool refused: "tx already exists in cache" and the like. */
function accepted(submission: Submission, before = ""): Extract<Submission, { kind: "checked" }>["response"] {
  if (submission.kind === "checked") return submission.response;
  throw failed(`${before}${submission.reason === "in-cache" ? "tx already exists in cache" : submission.message}`);
}

async function broadcastCommit(deps: TransactionDeps, tx: Uint8Array): Promise<JsonObject> {
  const waiting = deps.inclusion.expect(tx);
  try {
    const response = accepted(await deps.pool.submit(tx, { wantsEvents: true }), "error on broadcastTxCommit: ");
    const head = { check_tx: checkTxJson(response), hash: toUpperHex(sha256(tx)) };
    if (response.code !== 0) return { ...head, tx_result: NO_RESULT_JSON, height: "0" };
    const included = await waiting.result;
    if (included === undefined) throw failed("timed out waiting for tx to be included in a block");
    return { ...head, tx_result: txResultJson(included.result), height: included.height.toString() };
  } finally {
    waiting.cancel();
  }
}

function poolJson(pool: TxPool, txs: readonly Uint8Array[] | null): JsonObject {
  const { count, bytes } = pool.status();
  return {
    n_txs: (txs === null ? count : txs.length).toString(),
    total: count.toString(),
    total_bytes: bytes.toString(),
    txs: txs === null ? null : txs.map(toBase64),
  };
}

export function transactionMethods(deps: TransactionDeps): readonly (readonly [string, RpcMethod])[] {
  const { pool } = deps;
  const broadcast = { tx: "bytes" } as const;
  return [
    ["tx", txByHash(deps)],
    ["tx_search", txSearch(deps)],
    [
      "broadcast_tx_sync",
      defineMethod(
        broadcast,
        async (args) => {
          const tx = args.tx ?? EMPTY_BYTES;
          return broadcastJson(sha256(tx), accepted(await pool.submit(tx)));
        },
        { isQueued: true },
      ),
    ],
    [
      "broadcast_tx_async",
      defineMethod(
        broadcast,
        async (args) => {
          const tx = args.tx ?? EMPTY_BYTES;
          accepted(await pool.submit(tx));
          return broadcastJson(sha256(tx), undefined);
        },
        { isQueued: true },
      ),
    ],
    ["broadcast_tx_commit", defineMethod(broadcast, (args) => broadcastCommit(deps, args.tx ?? EMPTY_BYTES))],
    ["check_tx", defineMethod(broadcast, async (args) => checkTxJson(await pool.check(args.tx ?? EMPTY_BYTES)))],
    ["num_unconfirmed_txs", defineMethod({}, () => poolJson(pool, null))],
    [
      "unconfirmed_txs",
      defineMethod({ limit: "int" }, async ({ limit }) => poolJson(pool, await pool.list(perPageOf(limit)))),
    ],
  ];
}
