/**
 * The query language of CometBFT's event system (libs/pubsub/query/syntax; cosmos-formats.md §1.5):
 * `conditions = cond {AND cond}`, `cond = tag (= | < | <= | > | >= | CONTAINS | EXISTS) [arg]`. Keywords are
 * case-sensitive; there is neither OR nor grouping. What is no query is refused in CometBFT's words.
 */
import { parseRfc3339 } from "../../chain/codec/index.js";
import { parseNumber } from "./decimal.js";
import type { Decimal } from "./decimal.js";
import { ScanError, Scanner } from "./scanner.js";
import type { Token, TokenKind } from "./scanner.js";

/** CometBFT's bound on the query of a subscription. */
const MAX_QUERY_CHARS = 512;
/** Each condition costs a scan, so their number is bounded too. */
export const MAX_CONDITIONS = 16;

export type Comparison = "=" | "<" | "<=" | ">" | ">=";

export type Argument =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: Decimal }
  /** Nanoseconds since the Unix epoch: midnight UTC of a `DATE`, which values that are days are compared with. */
  | { readonly kind: "date"; readonly value: bigint }
  /** The same of a `TIME`, which values that are RFC 3339 times are compared with. */
  | { readonly kind: "time"; readonly value: bigint };

export type Condition =
  | { readonly tag: string; readonly op: Comparison; readonly arg: Argument }
  | { readonly tag: string; readonly op: "CONTAINS"; readonly arg: string }
  | { readonly tag: string; readonly op: "EXISTS" };

export type Query = readonly Condition[];

/** A query that is no query; the message is CometBFT's. */
export class QueryError extends Error {
  override readonly name = "QueryError";
}

const OPERATORS: readonly TokenKind[] = [
  "<= operator",
  ">= operator",
  "< operator",
  "> operator",
  "= operator",
  "CONTAINS operator",
  "EXISTS operator",
];
const ORDERED: readonly TokenKind[] = ["number", "timestamp", "datestamp"];
const ARGUMENTS: Readonly<Record<Comparison | "CONTAINS", readonly TokenKind[]>> = {
  "=": [...ORDERED, "string"],
  "<": ORDERED,
  "<=": ORDERED,
  ">": ORDERED,
  ">=": ORDERED,
  CONTAINS: ["string"],
};

function listOf(kinds: readonly TokenKind[]): string {
  const last = kinds.at(-1) ?? "";
  return kinds.length === 1 ? last : `${kinds.slice(0, -1).join(", ")} or ${last}`;
}

function required(scanner: Scanner, kinds: readonly TokenKind[]): Token {
  let token: Token | undefined;
  try {
    token = scanner.next();
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    throw new QueryError(`offset ${scanner.start}: ${error.message}`);
  }
  if (token === undefined) throw new QueryError(`offset ${scanner.start}: EOF`);
  if (kinds.includes(token.kind)) return token;
  throw new QueryError(`offset ${scanner.start}: got ${token.kind}, wanted ${listOf(kinds)}`);
}

function argumentOf({ kind, text }: Token, start: number): Argument {
  if (kind === "string") return { kind, value: text };
  if (kind === "datestamp") return { kind: "date", value: parseRfc3339(`${text}T00:00:00Z`) };
  if (kind === "timestamp") return { kind: "time", value: parseRfc3339(text) };
  const value = parseNumber(text);
  if (value === undefined) throw new QueryError(`offset ${start}: the number is too long`);
  return { kind: "number", value };
}

function readCondition(scanner: Scanner): Condition {
  const tag = required(scanner, ["tag"]).text;
  const op = required(scanner, OPERATORS).text as Comparison | "CONTAINS" | "EXISTS";
  if (op === "EXISTS") return { tag, op };
  const token = required(scanner, ARGUMENTS[op]);
  if (op === "CONTAINS") return { tag, op, arg: token.text };
  return { tag, op, arg: argumentOf(token, scanner.start) };
}

/** The next AND; undefined at the end of the query, for which CometBFT also takes a string that never ends. */
function readAnd(scanner: Scanner): Token | undefined {
  try {
    return scanner.next();
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    return error.message === "EOF" ? undefined : { kind: "invalid token", text: "" };
  }
}

/** @throws QueryError on anything that is not a query, is longer than 512 characters or has over 16 conditions. */
export function parseQuery(text: string): Query {
  if (text.length > MAX_QUERY_CHARS) throw new QueryError("maximum query length exceeded");
  const scanner = new Scanner(text);
  const conditions = [readCondition(scanner)];
  for (let and = readAnd(scanner); and !== undefined; and = readAnd(scanner)) {
    // The 6 is CometBFT's own: its text prints the number of the operator.
    if (and.kind !== "AND operator") throw new QueryError(`offset ${scanner.start}: got ${and.kind}, want 6`);
    conditions.push(readCondition(scanner));
    if (conditions.length > MAX_CONDITIONS) throw new QueryError(`more than ${MAX_CONDITIONS} conditions`);
  }
  return conditions;
}

/** One text for all spellings of a query. */
export function formatQuery(query: Query): string {
  const argText = (condition: Condition): string => {
    if (condition.op === "EXISTS") return "";
    if (condition.op === "CONTAINS") return ` '${condition.arg}'`;
    const { kind, value } = condition.arg;
    return kind === "number" ? ` ${value.digits}e-${value.scale}` : ` ${kind} '${value}'`;
  };
  return query.map((c) => `${c.tag} ${c.op}${argText(c)}`).join(" AND ");
}
