import { parseBase64, parseUtf8, utf8 } from "../primitives/index.js";
import { parseDecimal } from "./decimal.js";
import { CodecError } from "./errors.js";
import { EMPTY_REGISTRY, MAX_JSON_DEPTH, wellKnown } from "./json.js";
import type { TypeRegistry } from "./json.js";
import type { AnyCodec, Codec, FieldTable, MessageValue, Value } from "./message.js";
import type { Scalar, ScalarKind } from "./scalars.js";
import { parseDuration, parseTimestamp } from "./time.js";

export interface FromJsonOptions {
  readonly registry?: TypeRegistry;
  /** Names that the message does not have. Default "reject"; REST bodies are tolerant. */
  readonly unknown?: "reject" | "ignore";
}

interface Scope {
  readonly registry: TypeRegistry;
  readonly ignoreUnknown: boolean;
  readonly depth: number;
}

const INTEGER_RANGE: Partial<Record<ScalarKind, readonly [low: bigint, high: bigint]>> = {
  int32: [-(1n << 31n), (1n << 31n) - 1n],
  sint32: [-(1n << 31n), (1n << 31n) - 1n],
  sfixed32: [-(1n << 31n), (1n << 31n) - 1n],
  uint32: [0n, (1n << 32n) - 1n],
  fixed32: [0n, (1n << 32n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
  sint64: [-(1n << 63n), (1n << 63n) - 1n],
  sfixed64: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n],
  fixed64: [0n, (1n << 64n) - 1n],
};

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Decimal text or a safe integer; never a rounded number. */
function integer(field: FieldTable, json: unknown): bigint {
  if (typeof json === "number" && Number.isSafeInteger(json)) return BigInt(json);
  if (typeof json === "string" && /^-?\d{1,20}$/.test(json)) return BigInt(json);
  throw CodecError.Json(`${field.json}: not an integer`);
}

function integerOf(field: FieldTable, kind: ScalarKind, json: unknown): Scalar {
  const range = INTEGER_RANGE[kind];
  const value = integer(field, json);
  if (range === undefined || value < range[0] || value > range[1])
    throw CodecError.Json(`${field.json}: out of range`);
  return kind.endsWith("64") ? value : Number(value);
}

function enumOf(field: FieldTable, json: unknown): number {
  const names = field.names?.() ?? {};
  if (typeof json === "string" && Object.hasOwn(names, json)) return names[json] as number;
  const value = integer(field, json);
  if (value < -(1n << 31n) || value >= 1n << 31n) throw CodecError.Json(`${field.json}: out of range`);
  return Number(value);
}

function textOf(field: FieldTable, json: unknown): string {
  if (typeof json !== "string" || !json.isWellFormed()) throw CodecError.Json(`${field.json}: not a string`);
  return json;
}

/** A whole number that the wire carries as its decimal text (math.Int of the SDK). */
function wholeOf(field: FieldTable, json: unknown): string {
  const text = textOf(field, json);
  if (!/^-?\d{1,78}$/.test(text)) throw CodecError.Json(`${field.json}: not a whole number`);
  return text;
}

/** One scalar from its JSON form. @throws Reject sdk/35 when it does not fit, sdk/18 on bad base64. */
export function scalarOf(field: FieldTable, json: unknown): Scalar {
  switch (field.kind) {
    case "string":
      return field.decimal === true ? parseDecimal(textOf(field, json)) : textOf(field, json);
    case "bytes":
      if (field.decimal === true) return utf8(parseDecimal(textOf(field, json)));
      return field.integer === true ? utf8(wholeOf(field, json)) : parseBase64(textOf(field, json));
    case "bool":
      if (typeof json !== "boolean") throw CodecError.Json(`${field.json}: not a boolean`);
      return json;
    case "enum":
      return enumOf(field, json);
    case "message":
      throw CodecError.Json(`${field.json}: message without a type`);
    default:
      return integerOf(field, field.kind, json);
  }
}

function anyOf(json: unknown, scope: Scope): MessageValue {
  if (!isObject(json) || typeof json["@type"] !== "string") throw CodecError.Json("Any without @type");
  const { "@type": typeUrl, ...rest } = json;
  const codec = scope.registry.find(typeUrl);
  if (codec === undefined) {
    const value = rest["value"];
    // eslint-disable-next-line determinism/core -- counts keys, whatever their order
    if (typeof value !== "string" || Object.keys(rest).length !== 1)
      throw CodecError.Json(`unable to resolve ${typeUrl}`);
    return { typeUrl, value: parseBase64(value) };
  }
  const inner = wellKnown(codec.typeName) === undefined ? rest : rest["value"];
  return { typeUrl, value: codec.encode(messageOf(codec, inner, scope) as never) };
}

function fieldOf(field: FieldTable, json: unknown, scope: Scope): Value {
  if (field.repeated !== true) return oneOf(field, json, scope);
  if (!Array.isArray(json)) throw CodecError.Json(`${field.json}: not an array`);
  return json.map((item: unknown) => oneOf(field, item, scope));
}

function oneOf(field: FieldTable, json: unknown, scope: Scope): Scalar | MessageValue {
  const type = field.type?.();
  return type === undefined ? scalarOf(field, json) : messageOf(type, json, scope);
}

function fieldsOf(codec: AnyCodec, json: Readonly<Record<string, unknown>>, scope: Scope): MessageValue {
  const partial: Record<string, Value> = {};
  let known = 0;
  for (const field of codec.fields) {
    const hasOwn = Object.hasOwn(json, field.json);
    const hasCamel = field.name !== field.json && Object.hasOwn(json, field.name);
    if (hasOwn && hasCamel) throw CodecError.Json(`${field.json} stands twice`);
    if (!hasOwn && !hasCamel) continue;
    known++;
    const held = hasOwn ? json[field.json] : json[field.name];
    if (held !== null) partial[field.name] = fieldOf(field, held, scope);
  }
  // eslint-disable-next-line determinism/core -- counts keys, whatever their order
  if (!scope.ignoreUnknown && Object.keys(json).length !== known) {
    throw CodecError.Json(`${codec.typeName}: unknown field`);
  }
  return codec.create(partial as never) as MessageValue;
}

function messageOf(codec: AnyCodec, json: unknown, outer: Scope): MessageValue {
  const scope = { ...outer, depth: outer.depth + 1 };
  if (scope.depth > MAX_JSON_DEPTH) throw CodecError.Json(`nested deeper than ${MAX_JSON_DEPTH} messages`);
  switch (wellKnown(codec.typeName)) {
    case "any":
      return anyOf(json, scope);
    case "timestamp":
    case "duration": {
      if (typeof json !== "string") throw CodecError.Json(`${codec.typeName}: not a string`);
      const parts = wellKnown(codec.typeName) === "timestamp" ? parseTimestamp(json) : parseDuration(json);
      return { seconds: parts.seconds, nanos: parts.nanos };
    }
    default:
      if (!isObject(json)) throw CodecError.Json(`${codec.typeName}: not an object`);
      return fieldsOf(codec, json, scope);
  }
}

/**
 * A message from its JSON form, as `toJson` writes it; names may also be camelCase, enums and integers may be numbers
 * or texts, and what is missing or null takes its default.
 *
 * @throws Reject sdk/35 on a shape that does not fit, sdk/18 on bad base64, times or durations.
 */
export function fromJson<T>(codec: Codec<T>, json: unknown, options: FromJsonOptions = {}): T {
  return anyFromJson(codec, json, options) as T;
}

/** `fromJson` for a codec found behind a type URL or in a service table. */
export function anyFromJson(codec: AnyCodec, json: unknown, options: FromJsonOptions = {}): unknown {
  const scope = {
    registry: options.registry ?? EMPTY_REGISTRY,
    ignoreUnknown: options.unknown === "ignore",
    depth: 0,
  };
  return messageOf(codec, json, scope);
}

/** Bytes to a JSON value. @throws Reject sdk/35 when longer than `maxBytes` or not JSON, sdk/18 on invalid UTF-8. */
export function parseJsonBytes(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) throw CodecError.Json(`longer than ${maxBytes} bytes`);
  const text = parseUtf8(bytes);
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw CodecError.Json("not JSON");
  }
}
