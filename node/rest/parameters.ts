/**
 * From the texts of a URL to the JSON form of a request message, as grpc-gateway reads them (cosmos-formats.md §2.2):
 * nested fields by dots, repeated ones by repetition, names in snake_case or camelCase. Unknown names are left alone, and
 * of several texts for one scalar the first counts.
 */
import type { AnyCodec, FieldTable } from "../../chain/codec/index.js";
import type { PathVariable } from "../../proto/path-template.js";
import { RestError } from "./status.js";

type Json = string | number | boolean | Json[] | { [name: string]: Json };
/** A message under construction, in the names of the .proto. */
export type Draft = Record<string, Json>;

/** Names deeper than this are of no request: pagination.limit has two. */
const MAX_FIELD_DEPTH = 8;
const WELL_KNOWN = new Set(["google.protobuf.Timestamp", "google.protobuf.Duration"]);

const RANGES: Readonly<Record<string, readonly [low: bigint, high: bigint]>> = {
  int32: [-(1n << 31n), (1n << 31n) - 1n],
  uint32: [0n, (1n << 32n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n],
};

function invalid(message: string): RestError {
  return new RestError("InvalidArgument", message);
}

/** "sfixed64" is read as an "int64" is. */
function widthOf(kind: string): string {
  return kind.replace("sint", "int").replace("sfixed", "int").replace(/^fixed/, "uint");
}

/** Go's words, which clients have seen for years. */
function integerOf(kind: string, text: string): string {
  const width = widthOf(kind);
  const [low, high] = RANGES[width] ?? [0n, 0n];
  const complain = (what: string): RestError =>
    invalid(`strconv.Parse${width.startsWith("u") ? "Uint" : "Int"}: parsing ${JSON.stringify(text)}: ${what}`);
  if (!/^[+-]?\d+$/.test(text)) throw complain("invalid syntax");
  if (text.length > 40) throw complain("value out of range");
  const value = BigInt(text.replace("+", ""));
  if (value < low || value > high) throw complain("value out of range");
  return value.toString();
}

function flagOf(text: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  throw invalid(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function enumOf(field: FieldTable, text: string): Json {
  const names = field.names?.() ?? {};
  if (Object.hasOwn(names, text)) return text;
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
  if (number !== undefined && Object.values(names).includes(number)) return number;
  throw invalid(`${JSON.stringify(text)} is not a valid value of ${field.json}`);
}

/** Both alphabets of base64, with or without padding, to the one with padding. */
function bytesOf(text: string): string {
  // A plus sign that a client forgot to escape arrives as a space.
  const bare = text.replaceAll(" ", "+").replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) throw invalid("illegal base64 data");
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, "=");
}

function valueOf(field: FieldTable, text: string): Json {
  switch (field.kind) {
    case "string":
      return text;
    case "bytes":
      return bytesOf(text);
    case "bool":
      return flagOf(text);
    case "enum":
      return enumOf(field, text);
    case "message":
      if (WELL_KNOWN.has(field.type?.().typeName ?? "")) return text;
      throw invalid(`unsupported parameter ${field.json}: name one of its fields`);
    default:
      return integerOf(field.kind, text);
  }
}

function fieldOf(codec: AnyCodec, name: string): FieldTable | undefined {
  return codec.fields.find((f) => f.json === name || f.name === name);
}

/** The fields that a dotted name passes, or undefined when there is no such field. */
function fieldsOf(codec: AnyCodec, path: readonly string[]): readonly FieldTable[] | undefined {
  if (path.length > MAX_FIELD_DEPTH) return undefined;
  const fields: FieldTable[] = [];
  let at: AnyCodec | undefined = codec;
  for (const name of path) {
    const field: FieldTable | undefined = at === undefined ? undefined : fieldOf(at, name);
    if (field === undefined) return undefined;
    fields.push(field);
    const type: AnyCodec | undefined = field.type?.();
    at = type === undefined || field.repeated === true || WELL_KNOWN.has(type.typeName) ? undefined : type;
  }
  return fields;
}

/** Writes the texts of one name, making the messages on the way. */
function put(fields: readonly FieldTable[], texts: readonly string[], draft: Draft): void {
  const last = fields.at(-1);
  const [first] = texts;
  if (last === undefined || first === undefined) return;
  const value = last.repeated === true ? texts.map((t) => valueOf(last, t)) : valueOf(last, first);
  let at = draft;
  for (const { json } of fields.slice(0, -1)) {
    const inner = Object.hasOwn(at, json) ? (at[json] as Draft) : {};
    at[json] = inner;
    at = inner;
  }
  at[last.json] = value;
}

/** @throws RestError "InvalidArgument" with the gateway's text for a parameter that does not fit. */
export function readPath(codec: AnyCodec, variables: readonly PathVariable[], draft: Draft): void {
  for (const { field, text } of variables) {
    const name = field.join(".");
    const fields = fieldsOf(codec, field);
    if (fields === undefined) throw invalid(`missing parameter ${name}`);
    try {
      put(fields, [text], draft);
    } catch (error) {
      const why = error instanceof RestError ? error.message : "";
      throw invalid(`type mismatch, parameter: ${name}, error: ${why}`);
    }
  }
}

/**
 * What the path gave already is not asked of the query.
 * @throws RestError "InvalidArgument" for a text that does not fit.
 */
export function readQuery(
  codec: AnyCodec,
  query: URLSearchParams,
  draft: Draft,
  given: readonly PathVariable[],
): void {
  const taken = new Set(given.map(({ field }) => field.join(".")));
  for (const name of new Set(query.keys())) {
    if (taken.has(name)) continue;
    const fields = fieldsOf(codec, name.replace(/\[\]$/, "").split("."));
    if (fields !== undefined) put(fields, query.getAll(name), draft);
  }
}
