import { toBase64 } from "../primitives/index.js";
import { formatDecimal } from "./decimal.js";
import { CodecError } from "./errors.js";
import { MAX_JSON_DEPTH, wellKnown } from "./json.js";
import type { JsonObject, JsonValue, TypeRegistry } from "./json.js";
import { parseJsonBytes } from "./json-read.js";
import { decimalText } from "./table-codec.js";
import type { AnyCodec, Codec, FieldTable, MessageValue, Value } from "./message.js";
import type { Scalar } from "./scalars.js";
import { formatRfc3339Nano, fromTimestamp } from "./time.js";
import type { TimestampParts } from "./time.js";

/**
 * Amino JSON of a message, which SIGN_MODE_LEGACY_AMINO_JSON signs (cosmos-formats.md §7.2), by the rules of the SDK's
 * x/tx: what is empty is left out unless its field says otherwise, enums are numbers, 64-bit integers are texts, an Any
 * is {type, value} with the amino name of what is inside, durations are nanoseconds.
 */

interface Scope {
  readonly registry: TypeRegistry;
  readonly depth: number;
}

const NANOS_PER_SECOND = 1_000_000_000n;
/** The seconds of a Go time.Duration, less one. */
const MAX_DURATION_SECONDS = (1n << 63n) / NANOS_PER_SECOND - 1n;
/** JSON text inside a bytes field; no message comes near. */
const MAX_INLINE_BYTES = 1 << 20;

function deeper(scope: Scope): Scope {
  if (scope.depth >= MAX_JSON_DEPTH) throw CodecError.Json(`nested deeper than ${MAX_JSON_DEPTH} messages`);
  return { registry: scope.registry, depth: scope.depth + 1 };
}

function scalarJson(field: FieldTable, value: Scalar): JsonValue {
  if (field.decimal === true) {
    const digits = decimalText(value);
    return digits === "" ? "0" : formatDecimal(digits);
  }
  if (field.integer === true && value === "") return "0";
  if (value instanceof Uint8Array) {
    return value.length === 0 && field.repeated !== true ? null : toBase64(value);
  }
  return typeof value === "bigint" ? value.toString() : value;
}

/** A key is its bytes alone; a threshold is text here, though 32-bit integers are numbers elsewhere. */
function specialJson(codec: AnyCodec, value: MessageValue, scope: Scope): JsonValue {
  const encoding = codec.options.aminoEncoding;
  if (encoding === "key_field") {
    const key = value["key"];
    if (key instanceof Uint8Array) return key.length === 0 ? null : toBase64(key);
  }
  if (encoding === "threshold_string") {
    const keys = value["publicKeys"] as readonly MessageValue[];
    const threshold = value["threshold"] as number;
    return { pubkeys: keys.map((key) => anyJson(key, scope)), threshold: threshold.toString() };
  }
  throw CodecError.Json(`${codec.typeName} has no amino JSON`);
}

function durationJson({ seconds, nanos }: TimestampParts): string {
  if (seconds > MAX_DURATION_SECONDS || seconds < -MAX_DURATION_SECONDS)
    throw CodecError.Json("duration out of range");
  return (seconds * NANOS_PER_SECOND + BigInt(nanos)).toString();
}

function anyJson(value: MessageValue, outer: Scope): JsonObject {
  const scope = deeper(outer);
  const typeUrl = value["typeUrl"] as string;
  const codec = scope.registry.find(typeUrl);
  if (codec === undefined) throw CodecError.Json(`unable to resolve type URL ${typeUrl.slice(0, 100)}`);
  const inner = codec.decode(value["value"] as Uint8Array) as MessageValue;
  return { type: codec.options.aminoName ?? typeUrl, value: messageJson(codec, inner, scope) };
}

function messageJson(codec: AnyCodec, value: MessageValue, scope: Scope): JsonValue {
  switch (wellKnown(codec.typeName)) {
    case "any":
      return anyJson(value, scope);
    case "timestamp":
      return formatRfc3339Nano(fromTimestamp(value as object as TimestampParts));
    case "duration":
      return durationJson(value as object as TimestampParts);
    default:
      if (codec.options.aminoEncoding !== undefined) return specialJson(codec, value, scope);
      return fieldsJson(codec, value, deeper(scope));
  }
}

function isEmpty(field: FieldTable, held: Value): boolean {
  if (held === undefined) return true;
  if (Array.isArray(held)) return held.length === 0;
  if (field.optional === true || field.kind === "message") return false;
  return held === 0 || held === 0n || held === false || held === "" || (held as Uint8Array).length === 0;
}

/** An unset oneof is null under its own name; a set one is wrapped in the type of its member. */
function oneofJson(codec: AnyCodec, value: MessageValue, out: Record<string, JsonValue>, scope: Scope): void {
  for (const field of codec.fields) {
    if (field.oneof !== true) continue;
    const wrapper = field.aminoOneof;
    if (wrapper === undefined) throw CodecError.Json(`${codec.typeName} has no amino JSON`);
    const held = value[field.name];
    if (held === undefined) out[wrapper.name] ??= null;
    else
      out[wrapper.name] = { type: wrapper.type, value: { [nameOf(field)]: fieldJson(field, held, scope) } };
  }
}

function nameOf(field: FieldTable): string {
  return field.aminoName ?? field.json;
}

function fieldsJson(codec: AnyCodec, value: MessageValue, scope: Scope): JsonObject {
  const out: Record<string, JsonValue> = {};
  oneofJson(codec, value, out, scope);
  for (const field of codec.fields) {
    if (field.oneof === true) continue;
    const held = value[field.name];
    if (isEmpty(field, held) && field.keepEmpty !== true) continue;
    if (held === undefined) throw CodecError.Json(`${codec.typeName}.${field.json} may not be left out`);
    out[nameOf(field)] = fieldJson(field, held, scope);
  }
  return out;
}

/** JSON inside JSON, as CosmWasm's messages carry it. */
function inlineJson(value: Value): JsonValue {
  if (!(value instanceof Uint8Array)) throw CodecError.Json("inline JSON must be bytes");
  return parseJsonBytes(value, MAX_INLINE_BYTES) as JsonValue;
}

function fieldJson(field: FieldTable, held: Exclude<Value, undefined>, scope: Scope): JsonValue {
  if (field.aminoEncoding === "inline_json") return inlineJson(held);
  if (field.repeated !== true) return oneJson(field, held as Scalar | MessageValue, scope);
  const items = held as readonly (Scalar | MessageValue)[];
  if (items.length === 0) return field.aminoEncoding === "legacy_coins" ? [] : null;
  return items.map((item) => oneJson(field, item, scope));
}

function oneJson(field: FieldTable, held: Scalar | MessageValue, scope: Scope): JsonValue {
  const type = field.type?.();
  return type === undefined
    ? scalarJson(field, held as Scalar)
    : messageJson(type, held as MessageValue, scope);
}

/**
 * The amino JSON of a message: what stands under `value` in a sign document.
 *
 * @throws Reject sdk/35 on what has no amino JSON, such as an Any of an unknown type; sdk/2 when an Any does not decode.
 */
export function toAminoJson<T>(codec: Codec<T>, message: T, registry: TypeRegistry): JsonValue {
  return messageJson(codec, message as object as MessageValue, { registry, depth: 0 });
}

/** `{type, value}` of a packed message. @throws as toAminoJson. */
export function anyToAminoJson(
  any: { readonly typeUrl: string; readonly value: Uint8Array },
  registry: TypeRegistry,
): JsonObject {
  return anyJson({ typeUrl: any.typeUrl, value: any.value }, { registry, depth: 0 });
}
