/** A field of a message from what stands on the command line. */
import type { AddressKind, FieldTable, JsonValue } from "../../../chain/codec/index.js";
import { UOPEN } from "../../../chain/primitives/index.js";
import { parseCoinsArgument } from "../coins-argument.js";
import { scalarJson, unfit } from "./scalar-json.js";
import { durationJson, timestampJson } from "./time-json.js";

/** What a field needs of the world around the command line. */
export interface FieldSources {
  /** A bech32 address of this kind, of an address or of a key's name. */
  address(text: string, kind: AddressKind): Promise<string>;
  /** Text of a file. @throws EdgeFailure "not-found". */
  file(path: string): string;
}

function coinJson(text: string): JsonValue {
  return { denom: UOPEN, amount: parseCoinsArgument(text, "it").toString() };
}

/** JSON that stands there itself, or in a file. */
function inlineJson(text: string, sources: FieldSources): JsonValue {
  const isInline = /^\s*[[{]/.test(text);
  const json = isInline ? text : sources.file(text);
  try {
    return JSON.parse(json) as JsonValue;
  } catch (cause) {
    throw unfit(`${isInline ? "" : `the file ${text} `}is no JSON: ${cause instanceof Error ? cause.message : ""}`);
  }
}

function messageJson(typeName: string, text: string, sources: FieldSources): JsonValue {
  switch (typeName) {
    case "cosmos.base.v1beta1.Coin":
      return coinJson(text);
    case "google.protobuf.Duration":
      return durationJson(text);
    case "google.protobuf.Timestamp":
      return timestampJson(text);
    default:
      return inlineJson(text, sources);
  }
}

async function oneJson(field: FieldTable, text: string, sources: FieldSources): Promise<JsonValue> {
  const type = field.type?.();
  if (type !== undefined) return messageJson(type.typeName, text, sources);
  if (field.address !== undefined) return sources.address(text, field.address);
  return scalarJson(field, text);
}

/** Coins may be given as one text, "1uopen,2uatom", as everywhere in Cosmos. */
function itemsOf(field: FieldTable, texts: readonly string[]): readonly string[] {
  const isCoins = field.type?.().typeName === "cosmos.base.v1beta1.Coin";
  return isCoins ? texts.flatMap((text) => text.split(",")).filter((text) => text !== "") : texts;
}

/**
 * JSON of a field for `fromJson`. A repeated field takes every text, and arrays of JSON whole.
 *
 * @throws EdgeFailure "malformed" on a value that does not fit, "not-found" on a file or key that is not there.
 */
export async function fieldJson(field: FieldTable, texts: readonly string[], sources: FieldSources): Promise<JsonValue> {
  if (field.repeated !== true) return oneJson(field, texts[0] ?? "", sources);
  const items: JsonValue[] = [];
  for (const text of itemsOf(field, texts)) items.push(await oneJson(field, text, sources));
  return items.flatMap((item) => (field.kind === "message" && Array.isArray(item) ? (item as readonly JsonValue[]) : [item]));
}

/** How a value of the field looks, for help: `<uopen>`. */
export function valueHint(field: FieldTable): string {
  const type = field.type?.().typeName;
  if (type === "cosmos.base.v1beta1.Coin") return "coins";
  if (type === "google.protobuf.Duration") return "duration";
  if (type === "google.protobuf.Timestamp") return "time";
  if (type !== undefined) return "json";
  if (field.address !== undefined) return field.address === "account" ? "address" : `${field.address}-address`;
  if (field.kind === "bytes") return field.decimal === true ? "decimal" : "hex";
  if (field.kind === "enum") return "choice";
  if (field.kind === "string") return field.decimal === true ? "decimal" : field.integer === true ? "n" : "text";
  return "n";
}
