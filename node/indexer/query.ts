/**
 * The query language of CometBFT's event system (libs/pubsub/query/syntax; cosmos-formats.md §1.5):
 * `conditions = cond {AND cond}`, `cond = tag (= | < | <= | > | >= | CONTAINS | EXISTS) [arg]`. Keywords are
 * case-sensitive; there is neither OR nor grouping.
 */
import { parseRfc3339 } from "../../chain/codec/index.js";
import { parseNumber } from "./decimal.js";
import type { Decimal } from "./decimal.js";

/** CometBFT's bound on the query of a subscription. */
export const MAX_QUERY_CHARS = 512;
/** Each condition costs a scan, so their number is bounded too. */
export const MAX_CONDITIONS = 16;

export type Comparison = "=" | "<" | "<=" | ">" | ">=";

export type Argument =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: Decimal }
  /** Nanoseconds since the Unix epoch; `DATE` stands for its midnight UTC. */
  | { readonly kind: "time"; readonly value: bigint };

export type Condition =
  | { readonly tag: string; readonly op: Comparison; readonly arg: Argument }
  | { readonly tag: string; readonly op: "CONTAINS"; readonly arg: string }
  | { readonly tag: string; readonly op: "EXISTS" };

export type Query = readonly Condition[];

/** A query that is no query, with the position where reading stopped. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly position: number;
  constructor(message: string, position: number) {
    super(`${message} at position ${position}`);
    this.position = position;
  }
}

const SPACE = /\s*/y;
const TAG = /[^\s"'()=<>]+/y;
const OPERATOR = /<=|>=|=|<|>|CONTAINS(?=[\s'])|EXISTS(?![^\s])/y;
const STRING = /'([^']*)'/y;
const NUMBER = /\d+(?:\.\d+)?(?![^\s])/y;
const DATE = /DATE\s+(\d{4}-\d{2}-\d{2})(?![^\s])/y;
const TIME = /TIME\s+(\S+)/y;
const AND = /AND(?=\s)/y;

class QueryReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isDone(): boolean {
    this.take(SPACE);
    return this.#at === this.#text.length;
  }

  /** The match at this very place, its last group if it has one. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found[1] ?? found[0];
  }

  word(pattern: RegExp): string | undefined {
    this.take(SPACE);
    return this.take(pattern);
  }

  fail(message: string): never {
    throw new QueryError(message, this.#at);
  }
}

function timeOf(reader: QueryReader, text: string): bigint {
  try {
    return parseRfc3339(text);
  } catch {
    return reader.fail(`${text} is not a time`);
  }
}

function readArgument(reader: QueryReader): Argument {
  const text = reader.word(STRING);
  if (text !== undefined) return { kind: "string", value: text };
  const number = reader.take(NUMBER);
  const value = number === undefined ? undefined : parseNumber(number);
  if (value !== undefined) return { kind: "number", value };
  const date = reader.take(DATE);
  if (date !== undefined) return { kind: "time", value: timeOf(reader, `${date}T00:00:00Z`) };
  const time = reader.take(TIME);
  if (time !== undefined) return { kind: "time", value: timeOf(reader, time) };
  return reader.fail("expected 'text', a number, DATE or TIME");
}

function readCondition(reader: QueryReader): Condition {
  const tag = reader.word(TAG) ?? reader.fail("expected a tag");
  const op = reader.word(OPERATOR);
  if (op === undefined) return reader.fail(`expected an operator after ${tag}`);
  if (op === "EXISTS") return { tag, op };
  const arg = readArgument(reader);
  if (op === "CONTAINS") {
    return arg.kind === "string" ? { tag, op, arg: arg.value } : reader.fail("CONTAINS takes 'text'");
  }
  if (op !== "=" && arg.kind === "string") return reader.fail(`${op} takes a number, DATE or TIME`);
  return { tag, op: op as Comparison, arg };
}

/** @throws QueryError on anything that is not a query, is longer than 512 characters or has over 16 conditions. */
export function parseQuery(text: string): Query {
  if (text.length > MAX_QUERY_CHARS) throw new QueryError("maximum query length exceeded", MAX_QUERY_CHARS);
  const reader = new QueryReader(text);
  const conditions = [readCondition(reader)];
  while (!reader.isDone) {
    if (reader.word(AND) === undefined) reader.fail("expected AND");
    conditions.push(readCondition(reader));
    if (conditions.length > MAX_CONDITIONS) reader.fail(`more than ${MAX_CONDITIONS} conditions`);
  }
  return conditions;
}
