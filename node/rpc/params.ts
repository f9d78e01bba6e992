/**
 * Parameters of methods, from JSON (by name or by position) and from the query string of a GET (cosmos-formats.md §1.1).
 * Unknown names are ignored, absent ones are left out, an array has exactly as many items as the method has parameters.
 */
import { Buffer } from "node:buffer";
import type { JsonValue } from "../../chain/codec/index.js";
import { parseHex, utf8 } from "../../chain/primitives/index.js";
import { invalidParams } from "./errors.js";

/**
 * `bytes` is base64 in JSON, `hex` is hex; in a GET both are 0x-hex or quoted text. `uint` has no sign, `json` is anything.
 */
export type ParamKind = "int" | "uint" | "bool" | "string" | "bytes" | "hex" | "json";

interface KindTypes {
  readonly int: bigint;
  readonly uint: bigint;
  readonly bool: boolean;
  readonly string: string;
  readonly bytes: Uint8Array;
  readonly hex: Uint8Array;
  readonly json: JsonValue;
}

/** Name -> kind; the order is that of positional parameters. */
export type ParamShape = Readonly<Record<string, ParamKind>>;
export type Args<S extends ParamShape> = { readonly [K in keyof S]?: KindTypes[S[K]] };
type AnyArgs = Readonly<Record<string, KindTypes[ParamKind]>>;

const MAX_INT_CHARS = 20;
const FROM_JSON = "error converting json params to arguments: ";
const FROM_HTTP = "error converting http params to arguments: ";

/** What was read; undefined stands for nothing that fits the kind. */
type Read = KindTypes[ParamKind] | undefined;

function readInt(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || value.length > MAX_INT_CHARS || !/^-?\d+$/.test(value)) return undefined;
  const int = BigInt(value);
  return int === BigInt.asIntN(64, int) ? int : undefined;
}

function readUint(value: unknown): bigint | undefined {
  const int = readInt(value);
  return int === undefined || int < 0n ? undefined : int;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What parseBase64 accepts, read natively: every transaction comes this way. */
function readBase64(text: string): Uint8Array | undefined {
  return BASE64.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
}

function readBytes(value: unknown, kind: "bytes" | "hex"): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return kind === "bytes" ? readBase64(value) : parseHex(value.toLowerCase());
  } catch {
    return undefined;
  }
}

function fromJson(kind: ParamKind, value: unknown): Read {
  switch (kind) {
    case "int":
      return readInt(value);
    case "uint":
      return readUint(value);
    case "json":
      return value as JsonValue;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "string":
      return typeof value === "string" ? value : undefined;
    case "bytes":
    case "hex":
      return readBytes(value, kind);
  }
}

/** Params of a JSON-RPC request. @throws RpcError -32602. */
export function argsFromJson(shape: ParamShape, params: unknown): AnyArgs {
  const names = Object.keys(shape);
  const given = new Map<string, unknown>();
  if (Array.isArray(params)) {
    if (params.length !== names.length) {
      throw invalidParams(`${FROM_JSON}expected ${names.length} parameters ([${names.join(" ")}]), got ${params.length}`);
    }
    names.forEach((name, i) => given.set(name, (params as unknown[])[i]));
  } else if (typeof params === "object" && params !== null) {
    for (const name of names) if (Object.hasOwn(params, name)) given.set(name, Reflect.get(params, name));
  } else if (params !== undefined && params !== null) {
    throw invalidParams(`${FROM_JSON}unknown type for JSON params: ${typeof params}. Expected map or array`);
  }
  const args: Record<string, KindTypes[ParamKind]> = {};
  for (const [name, kind] of Object.entries(shape)) {
    const value = given.get(name);
    if (value === undefined || value === null) continue;
    const read = fromJson(kind, value);
    if (read === undefined) throw invalidParams(`${FROM_JSON}${name} is not of type ${kind}`);
    args[name] = read;
  }
  return args;
}

function unquote(text: string): string | undefined {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function fromUri(kind: ParamKind, text: string): Read {
  const quoted = unquote(text);
  const hex = /^0[xX]((?:[0-9a-fA-F]{2})*)$/.exec(text)?.[1];
  switch (kind) {
    case "int":
      return readInt(quoted ?? text);
    case "uint":
      return readUint(quoted ?? text);
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "string":
      return hex === undefined ? quoted : Buffer.from(hex, "hex").toString("utf8");
    case "bytes":
    case "hex":
      if (hex !== undefined) return parseHex(hex.toLowerCase());
      return quoted === undefined ? undefined : utf8(quoted);
    case "json":
      return readJson(text);
  }
}

function readJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Params in the query string of a GET: strings and raw bytes in double quotes, bytes also as 0x... @throws RpcError. */
export function argsFromUri(shape: ParamShape, query: URLSearchParams): AnyArgs {
  const args: Record<string, KindTypes[ParamKind]> = {};
  for (const [name, kind] of Object.entries(shape)) {
    const text = query.get(name);
    if (text === null || text === "") continue;
    const read = fromUri(kind, text);
    if (read === undefined) throw invalidParams(`${FROM_HTTP}${name} is not of type ${kind}`);
    args[name] = read;
  }
  return args;
}
