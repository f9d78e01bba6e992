/** `query block`, `query blocks` and `query block-results`. */
import { Option } from "commander";
import type { Command } from "commander";
import { toJson } from "../../../chain/codec/index.js";
import type { JsonValue } from "../../../chain/codec/index.js";
import { parseHex, toBase64 } from "../../../chain/primitives/index.js";
import { GetBlockByHeightRequest, GetBlockByHeightResponse, GetLatestBlockRequest, GetLatestBlockResponse } from "../../../proto/gen/cosmos/base/tendermint/v1beta1.js";
import { EdgeFailure } from "../../errors.js";
import { TYPES } from "../codecs.js";
import type { CommandContext } from "../common-options.js";
import type { Printable } from "../format-output.js";
import { printJson } from "../print-message.js";
import { readField, readObject } from "../rpc.js";
import type { Rpc } from "../rpc.js";
import { querySignal, rpcOf, withQuery } from "./module-query.js";
import type { QueryOptions } from "./module-query.js";
import { queryState } from "./query-state.js";
import { checkSearch, pageJson, parseTxHash, withSearch } from "./tx-queries.js";

const PATH = "/cosmos.base.tendermint.v1beta1.Service";

function parseBlockHeight(text: string): bigint {
  if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text);
  throw new EdgeFailure("malformed", `a height is a whole number from 1, got "${text.slice(0, 60)}"`);
}

function blockOf(block: GetBlockByHeightResponse["block"]): JsonValue {
  const json = toJson(GetBlockByHeightResponse, GetBlockByHeightResponse.create({ block }), TYPES) as { readonly block: JsonValue };
  return json.block;
}

async function blockAt(rpc: Rpc, height: bigint, signal: AbortSignal): Promise<JsonValue> {
  const request = GetBlockByHeightRequest.encode({ height });
  const bytes = await queryState(rpc, { path: `${PATH}/GetBlockByHeight`, request, height: 0n }, signal);
  return blockOf(GetBlockByHeightResponse.decode(bytes, { unknown: "ignore" }).block);
}

async function latestBlock(rpc: Rpc, signal: AbortSignal): Promise<JsonValue> {
  const bytes = await queryState(rpc, { path: `${PATH}/GetLatestBlock`, request: GetLatestBlockRequest.encode({}), height: 0n }, signal);
  return blockOf(GetLatestBlockResponse.decode(bytes, { unknown: "ignore" }).block);
}

/** Height of a block in CometBFT's JSON. */
function heightOf(block: unknown): bigint {
  return parseBlockHeight(readField(readObject(readObject(block, "a block")["header"], "a header"), "height"));
}

async function blockByHash(rpc: Rpc, text: string, signal: AbortSignal): Promise<JsonValue> {
  const hash = toBase64(parseHex(parseTxHash(text).toLowerCase()));
  const { block } = await rpc.call("block_by_hash", { hash }, signal);
  if (block === null || block === undefined) throw new EdgeFailure("not-found", `no block has the hash ${text}`);
  return blockAt(rpc, heightOf(block), signal);
}

function addBlock(query: Command, context: CommandContext): void {
  const command = query
    .command("block")
    .description("Query for a committed block by height, hash, or the last one")
    .argument("[key]", "height or hash, as --type says; the last block when left out")
    .addOption(new Option("--type <type>", "the type to be used when querying").choices(["height", "hash"]).default("height"))
    .addHelpText("after", "\nExample:\n  openledgerd query block --type=height 5\n  openledgerd query block --type=hash 0F2B...");
  withQuery(command).action(async (key: string | undefined, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<QueryOptions & { readonly type: "height" | "hash" }>();
    const [rpc, signal] = [rpcOf(options, context), querySignal()];
    const find = (text: string): Promise<JsonValue> => (options.type === "hash" ? blockByHash(rpc, text, signal) : blockAt(rpc, parseBlockHeight(text), signal));
    printJson(key === undefined ? await latestBlock(rpc, signal) : await find(key), options, context);
    context.done(0);
  });
}

function addBlocks(query: Command, context: CommandContext): void {
  const command = withSearch(query.command("blocks").description("Query for paginated blocks that match a set of events"));
  command.addHelpText("after", '\nExample:\n  openledgerd query blocks --query "block.height > 5" --page 1 --limit 30 --order_by desc');
  command.action(async (_: unknown, self: Command) => {
    const options = self.optsWithGlobals<QueryOptions & { readonly query: string; readonly page: number; readonly limit: number; readonly order_by: string }>();
    const [rpc, signal] = [rpcOf(options, context), querySignal()];
    const { page, limit, order_by } = options;
    const found = await rpc.call("block_search", { query: checkSearch(options), page: page.toString(), per_page: limit.toString(), order_by }, signal);
    const heights = (found["blocks"] as readonly unknown[]).slice(0, 100).map((item) => heightOf(readObject(item, "a block")["block"]));
    const blocks: JsonValue[] = [];
    for (const height of heights) blocks.push(await blockAt(rpc, height, signal));
    printJson({ ...pageJson(BigInt(readField(found, "total_count")), blocks.length, options), blocks }, options, context);
    context.done(0);
  });
}

function addResults(query: Command, context: CommandContext): void {
  const command = query
    .command("block-results")
    .description("Query for a committed block's results by height")
    .argument("[height]", "the last block when left out")
    .addHelpText("after", "\nExample:\n  openledgerd query block-results 5");
  withQuery(command).action(async (height: string | undefined, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<QueryOptions>();
    const params = height === undefined ? {} : { height: parseBlockHeight(height).toString() };
    printJson((await rpcOf(options, context).call("block_results", params, querySignal())) as Printable, options, context);
    context.done(0);
  });
}

export function addBlockQueries(query: Command, context: CommandContext): void {
  addBlock(query, context);
  addBlocks(query, context);
  addResults(query, context);
}
