import { toBase64 } from "../primitives/index.js";
import { formatDecimal } from "./decimal.js";
import { CodecError } from "./errors.js";
import { EMPTY_REGISTRY, MAX_JSON_DEPTH, wellKnown } from "./json.js";
import type { JsonObject, JsonValue, TypeRegistry } from "./json.js";
import { decimalText } from "./table-codec.js";
import type { AnyCodec, Codec, FieldTable, MessageValue, Value } from "./message.js";
import type { Scalar } from "./scalars.js";
import { formatDuration, formatTimestamp } from "./time.js";
import type { TimestampParts } from "./time.js";

interface Scope {
  readonly registry: TypeRegistry;
  readonly depth: number;
}

/** Names by number of one enum table; made once. */
const enumNames = new WeakMap<object, ReadonlyMap<number, string>>();

function nameOf(field: FieldTable, value: number): JsonValue {
  const table = field.names?.() ?? {};
  let names = enumNames.get(table);
  if (names === undefined) {
    // eslint-disable-next-line determinism/core -- an enum of the sources; names are looked up, not walked
    names = new Map(Object.entries(table).map(([name, number]) => [number, name]));
    enumNames.set(table, names);
  }
  return names.get(value) ?? value;
}

function scalarJson(field: FieldTable, value: Scalar): JsonValue {
  if (field.kind === "enum") return nameOf(field, value as number);
  if (field.nullable === true && (value as string | Uint8Array).length === 0) return null;
  if (field.decimal === true) return formatDecimal(decimalText(value));
  if (field.integer === true) return decimalText(value) || "0";
  if (value instanceof Uint8Array) return value.length === 0 ? null : toBase64(value);
  if (typeof value === "bigint") return value.toString();
  return value;
}

function anyJson(value: MessageValue, scope: Scope): JsonObject {
  const typeUrl = value["typeUrl"] as string;
  const bytes = value["value"] as Uint8Array;
  const codec = scope.registry.find(typeUrl);
  if (codec === undefined) return { "@type": typeUrl, value: toBase64(bytes) };
  const inner = messageJson(codec, codec.decode(bytes, { unknown: "ignore" }) as MessageValue, scope);
  if (wellKnown(codec.typeName) !== undefined) return { "@type": typeUrl, value: inner };
  return { "@type": typeUrl, ...(inner as JsonObject) };
}

function messageJson(codec: AnyCodec, value: MessageValue, outer: Scope): JsonValue {
  const scope = { registry: outer.registry, depth: outer.depth + 1 };
  if (scope.depth > MAX_JSON_DEPTH) throw CodecError.Json(`nested deeper than ${MAX_JSON_DEPTH} messages`);
  switch (wellKnown(codec.typeName)) {
    case "any":
      return anyJson(value, scope);
    case "timestamp":
      return formatTimestamp(value as object as TimestampParts);
    case "duration":
      return formatDuration(value as object as TimestampParts);
    default:
      return fieldsJson(codec, value, scope);
  }
}

function fieldsJson(codec: AnyCodec, value: MessageValue, scope: Scope): JsonObject {
  const out: Record<string, JsonValue> = {};
  for (const field of codec.fields) {
    const held = value[field.name];
    if (held === undefined && (field.oneof === true || field.kind !== "message")) continue;
    out[field.json] = held === undefined ? null : fieldJson(field, held, scope);
  }
  return out;
}

function fieldJson(field: FieldTable, held: Exclude<Value, undefined>, scope: Scope): JsonValue {
  if (field.repeated !== true) return oneJson(field, held as Scalar | MessageValue, scope);
  return (held as readonly (Scalar | MessageValue)[]).map((item) => oneJson(field, item, scope));
}

function oneJson(field: FieldTable, held: Scalar | MessageValue, scope: Scope): JsonValue {
  const type = field.type?.();
  return type === undefined
    ? scalarJson(field, held as Scalar)
    : messageJson(type, held as MessageValue, scope);
}

/**
 * The JSON form of a message. An Any whose type is unknown keeps its bytes as base64 under "value".
 *
 * @throws Reject sdk/35 when nested too deep, sdk/2 when an Any does not decode.
 */
export function toJson<T>(codec: Codec<T>, message: T, registry: TypeRegistry = EMPTY_REGISTRY): JsonValue {
  return messageJson(codec, message as object as MessageValue, { registry, depth: 0 });
}

/** `toJson` for a message behind a type URL: the value that `codec.decode` gave. */
export function anyToJson(
  codec: AnyCodec,
  message: unknown,
  registry: TypeRegistry = EMPTY_REGISTRY,
): JsonValue {
  return messageJson(codec, message as MessageValue, { registry, depth: 0 });
}
