/**
 * Parameters of methods, from JSON (by name or by position) and from the query string of a GET (cosmos-formats.md §1.1).
 * Unknown names are ignored, absent ones are left out, an array has exactly as many items as the method has parameters.
 */
import { Buffer } from "node:buffer";
import { parseBase64, parseHex, utf8 } from "../../chain/primitives/index.js";
import { invalidParams } from "./errors.js";

/** `bytes` is base64 in JSON, `hex` is hex; in a GET both are 0x-hex or quoted text. */
export type ParamKind = "int" | "bool" | "string" | "bytes" | "hex";

interface KindTypes {
  readonly int: bigint;
  readonly bool: boolean;
  readonly string: string;
  readonly bytes: Uint8Array;
  readonly hex: Uint8Array;
}

/** Name -> kind; the order is that of positional parameters. */
export type ParamShape = Readonly<Record<string, ParamKind>>;
export type Args<S extends ParamShape> = { readonly [K in keyof S]?: KindTypes[S[K]] };
type AnyArgs = Readonly<Record<string, KindTypes[ParamKind]>>;

const MAX_INT_CHARS = 20;

function wrong(name: string, kind: ParamKind): never {
  throw invalidParams(`error converting json params to arguments: ${name} is not of type ${kind}`);
}

function readInt(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || value.length > MAX_INT_CHARS || !/^-?\d+$/.test(value)) return undefined;
  const int = BigInt(value);
  return int === BigInt.asIntN(64, int) ? int : undefined;
}

function readBytes(value: unknown, kind: "bytes" | "hex"): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return kind === "bytes" ? parseBase64(value) : parseHex(value.toLowerCase());
  } catch {
    return undefined;
  }
}

function fromJson(kind: ParamKind, value: unknown): KindTypes[ParamKind] | undefined {
  switch (kind) {
    case "int":
      return readInt(value);
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
      const counts = `expected ${names.length} parameters (${JSON.stringify(names)}), got ${params.length}`;
      throw invalidParams(`error converting json params to arguments: ${counts}`);
    }
    names.forEach((name, i) => given.set(name, (params as unknown[])[i]));
  } else if (typeof params === "object" && params !== null) {
    for (const name of names) if (Object.hasOwn(params, name)) given.set(name, Reflect.get(params, name));
  } else if (params !== undefined && params !== null) {
    throw invalidParams("error converting json params to arguments: params must be an object or an array");
  }
  const args: Record<string, KindTypes[ParamKind]> = {};
  for (const [name, kind] of Object.entries(shape)) {
    const value = given.get(name);
    if (value === undefined || value === null) continue;
    args[name] = fromJson(kind, value) ?? wrong(name, kind);
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

function fromUri(kind: ParamKind, text: string): KindTypes[ParamKind] | undefined {
  const quoted = unquote(text);
  const hex = /^0x((?:[0-9a-fA-F]{2})*)$/.exec(text)?.[1];
  switch (kind) {
    case "int":
      return readInt(quoted ?? text);
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "string":
      return hex === undefined ? quoted : Buffer.from(hex, "hex").toString("utf8");
    case "bytes":
    case "hex":
      if (hex !== undefined) return parseHex(hex.toLowerCase());
      return quoted === undefined ? undefined : utf8(quoted);
  }
}

/** Params in the query string of a GET: strings and raw bytes in double quotes, bytes also as 0x... @throws RpcError. */
export function argsFromUri(shape: ParamShape, query: URLSearchParams): AnyArgs {
  const args: Record<string, KindTypes[ParamKind]> = {};
  for (const [name, kind] of Object.entries(shape)) {
    const text = query.get(name);
    if (text === null || text === "") continue;
    args[name] = fromUri(kind, text) ?? wrong(name, kind);
  }
  return args;
}
