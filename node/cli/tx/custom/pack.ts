import { fromJson } from "../../../../chain/codec/index.js";
import type { Codec } from "../../../../chain/codec/index.js";
import { UOPEN } from "../../../../chain/primitives/index.js";
import type { Coin } from "../../../../proto/gen/cosmos/base/v1beta1.js";
import type { Any } from "../../../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../../../errors.js";
import { TYPES } from "../../codecs.js";
import { parseCoinsArgument } from "../../coins-argument.js";

/** What is left out takes its default. */
export function pack<T>(codec: Codec<T>, partial: Partial<T>): Any {
  return { typeUrl: `/${codec.typeName}`, value: codec.encode(codec.create(partial)) };
}

export function urlOf(codec: { readonly typeName: string }): string {
  return `/${codec.typeName}`;
}

/** @throws EdgeFailure "malformed" naming `place`. */
export function coinOf(text: string, place: string): Coin {
  return { denom: UOPEN, amount: parseCoinsArgument(text, place).toString() };
}

/** None for an empty text. */
export function coinsOf(text: string | undefined, place: string): readonly Coin[] {
  return text === undefined || text === "" ? [] : [coinOf(text, place)];
}

export type JsonMap = Readonly<Record<string, unknown>>;

/** An object of a JSON file, with no other fields than these. @throws EdgeFailure "malformed". */
export function jsonFile(text: string, path: string, fields: readonly string[]): JsonMap {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EdgeFailure("malformed", `${path} is no JSON: ${cause instanceof Error ? cause.message : ""}`, {}, cause);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new EdgeFailure("malformed", `${path} must hold a JSON object`);
  const unknown = Object.keys(json).find((name) => !fields.includes(name));
  if (unknown !== undefined) throw new EdgeFailure("malformed", `${path} has a field "${unknown}" that means nothing; there are ${fields.join(", ")}`);
  return json as JsonMap;
}

/** Text of a field, a number too; `fallback` where it is absent. @throws EdgeFailure "malformed". */
export function fieldText(json: JsonMap, name: string, fallback?: string): string {
  const value = json[name] ?? fallback;
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (typeof value === "string") return value;
  throw new EdgeFailure("malformed", value === undefined ? `the field "${name}" is missing` : `the field "${name}" must be a text`);
}

/** A packed message of JSON with its @type. @throws EdgeFailure "malformed" saying which type is not known, or which field is wrong. */
export function anyOfJson(json: unknown, what: string): Any {
  const url = (json as { readonly "@type"?: unknown } | null)?.["@type"];
  const codec = typeof url === "string" ? TYPES.find(url) : undefined;
  if (codec === undefined) throw new EdgeFailure("malformed", `${what}: this chain has no type ${typeof url === "string" ? url : "without @type"}`);
  const fields = Object.fromEntries(Object.entries(json as JsonMap).filter(([name]) => name !== "@type"));
  try {
    return { typeUrl: `/${codec.typeName}`, value: codec.encode(fromJson(codec as Codec<unknown>, fields, { registry: TYPES }) as never) };
  } catch (cause) {
    throw new EdgeFailure("malformed", `${what}, ${String(url)}: ${cause instanceof Error ? cause.message : ""}`, {}, cause);
  }
}
