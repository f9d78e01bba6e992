/** `query tx`, `query txs` and `query wait-tx`: transactions in blocks. */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import { toJson } from "../../../chain/codec/index.js";
import type { Codec } from "../../../chain/codec/index.js";
import { TxResponse } from "../../../proto/gen/cosmos/base/abci/v1beta1.js";
import { GetTxRequest, GetTxResponse, GetTxsEventRequest, GetTxsEventResponse, OrderBy } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure, isFailure } from "../../errors.js";
import { TYPES } from "../codecs.js";
import type { CommandContext } from "../common-options.js";
import { parseDurationNanos } from "../fields/time-json.js";
import { printJson } from "../print-message.js";
import type { Rpc } from "../rpc.js";
import { querySignal, rpcOf, withQuery } from "./module-query.js";
import type { QueryOptions } from "./module-query.js";
import { queryState } from "./query-state.js";

const POLL_MS = 250;
/** CometBFT's bound on a search's text. */
const MAX_QUERY = 512;

interface TxService<Q, R> {
  readonly method: "GetTx" | "GetTxsEvent";
  readonly request: Codec<Q>;
  readonly response: Codec<R>;
}

const GET_TX: TxService<GetTxRequest, GetTxResponse> = { method: "GetTx", request: GetTxRequest, response: GetTxResponse };
const SEARCH: TxService<GetTxsEventRequest, GetTxsEventResponse> = { method: "GetTxsEvent", request: GetTxsEventRequest, response: GetTxsEventResponse };

async function ask<Q, R>(rpc: Rpc, { method, request, response }: TxService<Q, R>, partial: Partial<Q>, signal: AbortSignal): Promise<R> {
  const path = `/cosmos.tx.v1beta1.Service/${method}`;
  const bytes = await queryState(rpc, { path, request: request.encode(request.create(partial)), height: 0n }, signal);
  return response.decode(bytes, { unknown: "ignore" });
}

/** 64 hex digits. @throws EdgeFailure "malformed". */
export function parseTxHash(text: string): string {
  const digits = text.replace(/^0x/i, "");
  if (/^[0-9a-f]{64}$/i.test(digits)) return digits.toUpperCase();
  throw new EdgeFailure("malformed", `a transaction's hash has 64 hex digits, got "${text.slice(0, 70)}"`);
}

/** @throws EdgeFailure "not-found" until a block holds it. */
async function txByHash(rpc: Rpc, hash: string, signal: AbortSignal): Promise<TxResponse> {
  const { txResponse } = await ask(rpc, GET_TX, { hash }, signal);
  if (txResponse === undefined) throw new EdgeFailure("malformed", "the node's answer holds no transaction");
  return txResponse;
}

type TxKey = "hash" | "acc_seq" | "signature";

async function findTx(rpc: Rpc, type: TxKey, text: string, signal: AbortSignal): Promise<TxResponse> {
  if (type === "hash") return txByHash(rpc, parseTxHash(text), signal);
  if (text.includes("'")) throw new EdgeFailure("malformed", `"${text.slice(0, 70)}" cannot be searched for`);
  if (type === "acc_seq" && !/^[a-z0-9]+\/\d+$/.test(text)) throw new EdgeFailure("malformed", "it looks like ADDRESS/SEQUENCE: open1.../7");
  const { txResponses } = await ask(rpc, SEARCH, { query: `tx.${type}='${text}'`, limit: 2n }, signal);
  const [found, ...more] = txResponses;
  if (found === undefined) throw new EdgeFailure("not-found", `no transaction with ${type} ${text}`);
  if (more.length > 0) throw new EdgeFailure("remote", `more than one transaction has ${type} ${text}; query txs lists them`);
  return found;
}

function addTx(query: Command, context: CommandContext): void {
  const command = query
    .command("tx")
    .description('Query for a transaction by hash, "<addr>/<seq>" combination or comma-separated signatures in a committed block')
    .argument("<key>", "hash, ADDRESS/SEQUENCE or a signature in base64, as --type says")
    .addOption(new Option("--type <type>", "the type to be used when querying tx").choices(["hash", "acc_seq", "signature"]).default("hash"))
    .addHelpText("after", "\nExample:\n  openledgerd query tx 92E4...  \n  openledgerd query tx --type=acc_seq open1.../7");
  withQuery(command).action(async (text: string, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<QueryOptions & { readonly type: TxKey }>();
    const found = await findTx(rpcOf(options, context), options.type, text, querySignal());
    printJson(toJson(TxResponse, found, TYPES), options, context);
    context.done(0);
  });
}

function parsePageNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a whole number from 1.");
}

interface SearchOptions extends QueryOptions {
  readonly query: string;
  readonly page: number;
  readonly limit: number;
  readonly order_by: "asc" | "desc";
}

/** Adds --query, --page, --limit and --order_by, as the SDK's searches have them. */
export function withSearch(command: Command): Command {
  return withQuery(command)
    .requiredOption("--query <conditions>", "conditions joined by AND, like \"message.sender='open1...' AND tx.height>5\"")
    .option("--page <n>", "page of results, from 1", parsePageNumber, 1)
    .option("--limit <n>", "most results on a page, at most 100", parsePageNumber, 100)
    .addOption(new Option("--order_by <order>", "the ordering semantics (asc|dsc)").argParser((text) => orderOf(text)).default("asc"));
}

function orderOf(text: string): "asc" | "desc" {
  if (text === "asc") return "asc";
  if (text === "desc" || text === "dsc") return "desc";
  throw new InvalidArgumentError("asc or dsc.");
}

/** @throws EdgeFailure "malformed" on a search that no node takes. */
export function checkSearch({ query }: { readonly query: string }): string {
  if (query.length <= MAX_QUERY && query.trim() !== "") return query;
  throw new EdgeFailure("malformed", `--query has 1 to ${MAX_QUERY} letters`);
}

function addTxs(query: Command, context: CommandContext): void {
  const command = withSearch(query.command("txs").description("Query for paginated transactions that match a set of events"));
  command.addHelpText("after", "\nExample:\n  openledgerd query txs --query \"message.sender='open1...' AND message.action='/cosmos.bank.v1beta1.MsgSend'\" --page 1 --limit 30");
  command.action(async (_: unknown, self: Command) => {
    const options = self.optsWithGlobals<SearchOptions>();
    const [page, limit] = [BigInt(options.page), BigInt(options.limit)];
    const orderBy = options.order_by === "desc" ? OrderBy.ORDER_BY_DESC : OrderBy.ORDER_BY_ASC;
    const found = await ask(rpcOf(options, context), SEARCH, { query: checkSearch(options), page, limit, orderBy }, querySignal());
    const txs = found.txResponses.map((tx) => toJson(TxResponse, tx, TYPES));
    printJson({ ...pageJson(found.total, txs.length, options), txs }, options, context);
    context.done(0);
  });
}

/** The frame of a search's result, as the SDK prints it. */
export function pageJson(total: bigint, count: number, { page, limit }: Pick<SearchOptions, "page" | "limit">): Readonly<Record<string, string>> {
  return {
    total_count: total.toString(),
    count: count.toString(),
    page_number: page.toString(),
    page_total: ((total + BigInt(limit) - 1n) / BigInt(limit)).toString(),
    limit: limit.toString(),
  };
}

/** Until a block holds it. @throws EdgeFailure "timeout". */
async function waitForTx(rpc: Rpc, hash: string, timeoutMs: number): Promise<TxResponse> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await txByHash(rpc, hash, querySignal());
    } catch (error) {
      if (!isFailure(error, "not-found")) throw error;
    }
    if (Date.now() >= end) throw new EdgeFailure("timeout", `no block took ${hash} in time; it may still: ask again, or wait longer with --timeout`);
    await sleep(Math.min(POLL_MS, Math.max(end - Date.now(), 1)));
  }
}

function addWait(query: Command, context: CommandContext): void {
  const command = query
    .command("wait-tx")
    .alias("event-query-tx-for")
    .description("Wait for a transaction to be included in a block; the hash may stand on standard input, as `tx ... --output json` prints it")
    .argument("[hash]")
    .option("--timeout <duration>", "how long to wait", "15s")
    .addHelpText("after", "\nExample:\n  openledgerd query wait-tx 92E4... --timeout 30s\n  openledgerd tx bank send ... --yes --output json | openledgerd query wait-tx");
  withQuery(command).action(async (given: string | undefined, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<QueryOptions & { readonly timeout: string }>();
    const hash = parseTxHash(given ?? hashIn(await context.terminal.line("")));
    const timeoutMs = Number(parseDurationNanos(options.timeout) / 1_000_000n);
    printJson(toJson(TxResponse, await waitForTx(rpcOf(options, context), hash, timeoutMs), TYPES), options, context);
    context.done(0);
  });
}

/** A hash, or the JSON of what a broadcast answered. */
function hashIn(line: string): string {
  return /"txhash":"([0-9A-Fa-f]{64})"/.exec(line)?.[1] ?? line.trim();
}

export function addTxQueries(query: Command, context: CommandContext): void {
  addTx(query, context);
  addTxs(query, context);
  addWait(query, context);
}
