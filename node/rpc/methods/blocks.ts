/** Methods about blocks: block, header (both also by hash), block_results, commit, validators, blockchain, block_search. */
import type { JsonObject, JsonValue } from "../../../chain/codec/index.js";
import { toHeight } from "../../../chain/primitives/index.js";
import type { Height } from "../../../chain/primitives/index.js";
import { QueryError } from "../../indexer/index.js";
import type { ChainIndex } from "../../indexer/index.js";
import { isFailure } from "../../errors.js";
import { failed } from "../errors.js";
import { blockResultsJson } from "../json-abci.js";
import { blockMetaJson, commitJson, headerJson, storedBlockJson, validatorJson } from "../json-chain.js";
import { defineMethod } from "../method.js";
import type { RpcMethod } from "../method.js";
import type { ChainReader, StoredBlock } from "../types.js";
import { available, checkPage, heightOf, pageOf, perPageOf } from "./heights.js";

const MAX_BLOCK_METAS = 20n;
const NO_BLOCK = { block_id: { hash: "", parts: { total: 0, hash: "" } }, block: null };
const CACHED = { cachedWith: "height" };

type Method = readonly [string, RpcMethod];

async function storedAt(chain: ChainReader, asked: bigint | undefined): Promise<StoredBlock> {
  const height = heightOf(chain, asked);
  return available(await chain.block(height), height, chain);
}

async function storedByHash(chain: ChainReader, hash: Uint8Array | undefined): Promise<StoredBlock | undefined> {
  const height = hash === undefined ? undefined : await chain.heightOfHash(hash);
  return height === undefined ? undefined : chain.block(height);
}

async function commitAt(chain: ChainReader, asked: bigint | undefined): Promise<JsonObject> {
  const { block } = await storedAt(chain, asked);
  const { height } = block.header;
  const { commit, isCanonical } = available(await chain.commit(height), height, chain);
  const signed = { header: headerJson(block.header), commit: commitJson(commit) };
  return { signed_header: signed, canonical: isCanonical };
}

async function resultsAt(chain: ChainReader, asked: bigint | undefined): Promise<JsonObject> {
  const height = heightOf(chain, asked);
  const results = await chain.results(height);
  if (results === undefined) throw failed(`could not find results for height #${height}`);
  return blockResultsJson(height, results);
}

interface ValidatorArgs {
  readonly height?: bigint;
  readonly page?: bigint;
  readonly per_page?: bigint;
}

async function validatorsAt(chain: ChainReader, args: ValidatorArgs): Promise<JsonObject> {
  const height = heightOf(chain, args.height, 1n);
  const { validators } = available(await chain.validators(height), height, chain);
  const perPage = perPageOf(args.per_page);
  checkPage(args.page, perPage, validators.length);
  const { offset, limit } = pageOf(args.page, perPage);
  const page = validators.slice(offset, offset + limit);
  return {
    block_height: height.toString(),
    validators: page.map(validatorJson),
    count: page.length.toString(),
    total: validators.length.toString(),
  };
}

/** Newest first, at most 20, from what is left of the range after clipping. */
async function blockchain(chain: ChainReader, low: bigint, high: bigint): Promise<JsonObject> {
  if (low < 0n || high < 0n) throw failed("heights must be non-negative");
  const [latest, earliest] = [chain.latestHeight(), chain.earliestHeight()];
  const max = high === 0n || high > latest ? latest : high;
  const wanted = low < earliest ? earliest : low;
  const min = wanted > max - MAX_BLOCK_METAS + 1n ? wanted : max - MAX_BLOCK_METAS + 1n;
  if (min > max) throw failed(`min height ${min} can't be greater than max height ${max}`);
  const metas: JsonValue[] = [];
  for (let height = max; height >= min && height > 0n; height--) {
    const stored = await chain.block(toHeight(height));
    if (stored !== undefined) metas.push(blockMetaJson(stored));
  }
  return { last_height: latest.toString(), block_metas: metas };
}

/** `asc`, `desc` or nothing. @throws RpcError -32603. */
export function orderOf(asked: string | undefined, fallback: "asc" | "desc"): "asc" | "desc" {
  if (asked === undefined || asked === "") return fallback;
  if (asked === "asc" || asked === "desc") return asked;
  throw failed("expected order_by to be either `asc` or `desc` or empty");
}

/** Runs a search; a query that is none is the caller's mistake. */
export async function searching<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof QueryError) throw failed(error.message);
    if (isFailure(error, "too-large")) throw failed(error.message);
    throw error;
  }
}

function blockSearch(chain: ChainReader, index: ChainIndex): RpcMethod {
  const params = { query: "string", page: "int", per_page: "int", order_by: "string" } as const;
  return defineMethod(params, async (args) => {
    const perPage = perPageOf(args.per_page);
    const options = { ...pageOf(args.page, perPage), order: orderOf(args.order_by, "desc") };
    const { total, items } = await searching(index.searchBlocks(args.query ?? "", options));
    checkPage(args.page, perPage, total);
    const load = async (height: Height): Promise<JsonObject> =>
      storedBlockJson(available(await chain.block(height), height, chain));
    return { blocks: await Promise.all(items.map(load)), total_count: total.toString() };
  });
}

export function blockMethods(chain: ChainReader, index: ChainIndex): readonly Method[] {
  const range = { minHeight: "int", maxHeight: "int" } as const;
  const paged = { height: "int", page: "int", per_page: "int" } as const;
  return [
    ["block", defineMethod({ height: "int" }, async (a) => storedBlockJson(await storedAt(chain, a.height)), CACHED)],
    [
      "block_by_hash",
      defineMethod({ hash: "bytes" }, async (a) => {
        const stored = await storedByHash(chain, a.hash);
        return stored === undefined ? NO_BLOCK : storedBlockJson(stored);
      }),
    ],
    [
      "header",
      defineMethod(
        { height: "int" },
        async (a) => ({ header: headerJson((await storedAt(chain, a.height)).block.header) }),
        CACHED,
      ),
    ],
    [
      "header_by_hash",
      defineMethod({ hash: "hex" }, async (a) => {
        const stored = await storedByHash(chain, a.hash);
        return { header: stored === undefined ? null : headerJson(stored.block.header) };
      }),
    ],
    ["block_results", defineMethod({ height: "int" }, (a) => resultsAt(chain, a.height), CACHED)],
    ["commit", defineMethod({ height: "int" }, (a) => commitAt(chain, a.height))],
    ["validators", defineMethod(paged, (a) => validatorsAt(chain, a), CACHED)],
    ["blockchain", defineMethod(range, ({ minHeight = 0n, maxHeight = 0n }) => blockchain(chain, minHeight, maxHeight))],
    ["block_search", blockSearch(chain, index)],
  ];
}
