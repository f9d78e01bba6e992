import { parseBase64 } from "../primitives/index.js";
import { CodecError } from "./errors.js";
import { MAX_JSON_DEPTH, wellKnown } from "./json.js";
import { scalarOf } from "./json-read.js";
import type { AnyCodec, Codec, FieldTable, MessageValue, Value } from "./message.js";
import type { Scalar } from "./scalars.js";
import { parseTimestamp } from "./time.js";

/** Finds the message that amino JSON calls by this name, or by its type URL where it has none. */
export interface AminoNames {
  find(name: string): AnyCodec | undefined;
}

/** The amino names of the codecs given. */
export function createAminoNames(codecs: Iterable<AnyCodec>): AminoNames {
  const byName = new Map<string, AnyCodec>();
  for (const codec of codecs) byName.set(codec.options.aminoName ?? `/${codec.typeName}`, codec);
  return { find: (name) => byName.get(name) };
}

interface Scope {
  readonly names: AminoNames;
  readonly depth: number;
}

type JsonMap = Readonly<Record<string, unknown>>;

const NANOS_PER_SECOND = 1_000_000_000n;

function objectOf(json: unknown, what: string): JsonMap {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw CodecError.Json(`${what}: not an object`);
  return json as JsonMap;
}

function textOf(json: unknown, what: string): string {
  if (typeof json !== "string") throw CodecError.Json(`${what}: not a string`);
  return json;
}

function durationOf(json: unknown): MessageValue {
  const text = textOf(json, "duration");
  if (!/^-?\d{1,19}$/.test(text)) throw CodecError.Json("duration: not nanoseconds");
  const total = BigInt(text);
  return { seconds: total / NANOS_PER_SECOND, nanos: Number(total % NANOS_PER_SECOND) };
}

function anyOf(json: unknown, scope: Scope): MessageValue {
  const { type, value } = objectOf(json, "Any");
  const name = textOf(type, "Any");
  const codec = scope.names.find(name);
  if (codec === undefined) throw CodecError.Json(`unknown amino name ${name.slice(0, 100)}`);
  return { typeUrl: `/${codec.typeName}`, value: codec.encode(messageOf(codec, value, scope) as never) };
}

function specialOf(codec: AnyCodec, json: unknown, scope: Scope): MessageValue {
  const encoding = codec.options.aminoEncoding;
  if (encoding === "key_field") {
    return { key: json === null ? new Uint8Array(0) : parseBase64(textOf(json, codec.typeName)) };
  }
  if (encoding !== "threshold_string") throw CodecError.Json(`${codec.typeName} has no amino JSON`);
  const { threshold, pubkeys } = objectOf(json, codec.typeName);
  const text = textOf(threshold, "threshold");
  if (!/^\d{1,9}$/.test(text) || !Array.isArray(pubkeys))
    throw CodecError.Json(`${codec.typeName}: bad threshold`);
  return { threshold: Number(text), publicKeys: pubkeys.map((key: unknown) => anyOf(key, scope)) };
}

function messageOf(codec: AnyCodec, json: unknown, outer: Scope): MessageValue {
  if (outer.depth >= MAX_JSON_DEPTH) throw CodecError.Json(`nested deeper than ${MAX_JSON_DEPTH} messages`);
  const scope = { names: outer.names, depth: outer.depth + 1 };
  switch (wellKnown(codec.typeName)) {
    case "any":
      return anyOf(json, scope);
    case "timestamp": {
      const { seconds, nanos } = parseTimestamp(textOf(json, "timestamp"));
      return { seconds, nanos };
    }
    case "duration":
      return durationOf(json);
    default:
      if (codec.options.aminoEncoding !== undefined) return specialOf(codec, json, scope);
      return fieldsOf(codec, objectOf(json, codec.typeName), scope);
  }
}

function fieldsOf(codec: AnyCodec, json: JsonMap, scope: Scope): MessageValue {
  const partial: Record<string, Value> = {};
  const read = new Set<string>();
  for (const field of codec.fields) {
    const wrapper = field.aminoOneof;
    const name = wrapper?.name ?? field.aminoName ?? field.json;
    if (!Object.hasOwn(json, name)) continue;
    read.add(name);
    const held = wrapper === undefined ? json[name] : memberOf(field, wrapper.type, json[name]);
    if (held !== null && held !== undefined) partial[field.name] = fieldOf(field, held, scope);
  }
  // eslint-disable-next-line determinism/core -- counts keys, whatever their order
  if (Object.keys(json).length !== read.size) throw CodecError.Json(`${codec.typeName}: unknown field`);
  return codec.create(partial as never) as MessageValue;
}

/** What a oneof holds for this member; undefined when it holds another, or nothing. */
function memberOf(field: FieldTable, type: string, json: unknown): unknown {
  if (json === null) return undefined;
  const wrapped = objectOf(json, field.json);
  if (wrapped["type"] !== type) return undefined;
  return objectOf(wrapped["value"], field.json)[field.aminoName ?? field.json];
}

function fieldOf(field: FieldTable, json: unknown, scope: Scope): Value {
  if (field.aminoEncoding === "inline_json")
    throw CodecError.Json(`${field.json}: inline JSON is not read back`);
  if (field.repeated !== true) return oneOf(field, json, scope);
  if (!Array.isArray(json)) throw CodecError.Json(`${field.json}: not an array`);
  return json.map((item: unknown) => oneOf(field, item, scope));
}

function oneOf(field: FieldTable, json: unknown, scope: Scope): Scalar | MessageValue {
  const type = field.type?.();
  if (type !== undefined) return messageOf(type, json, scope);
  // A given zero is written with its places; the bare digit stands for nothing.
  if (field.decimal === true && json === "0") return field.kind === "bytes" ? new Uint8Array(0) : "";
  return scalarOf(field, json);
}

/**
 * A message from its amino JSON, as a wallet gives back what it signed; writing it again gives the same JSON.
 *
 * @throws Reject sdk/35 on a shape that does not fit, sdk/18 on bad base64 or times.
 */
export function fromAminoJson<T>(codec: Codec<T>, json: unknown, names: AminoNames): T {
  return messageOf(codec, json, { names, depth: 0 }) as T;
}
