import type { AnyCodec } from "./message.js";

/**
 * The SDK's JSON of a message (cosmos-formats.md §2.2), driven by the field tables: snake_case names, 64-bit integers as
 * decimal strings, enums by name, bytes in base64 with null for none, Any as {"@type", ...}, defaults always written.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Finds what stands behind the type URL of an Any. */
export interface TypeRegistry {
  find(typeUrl: string): AnyCodec | undefined;
}

/** Above this many nested messages or JSON levels both directions refuse, so that depth never depends on a stack. */
export const MAX_JSON_DEPTH = 64;

/** Knows no type: every Any is carried as {"@type", "value": base64}. */
export const EMPTY_REGISTRY: TypeRegistry = { find: () => undefined };

/** A registry of the codecs given, by "/package.Name". */
export function createTypeRegistry(codecs: Iterable<AnyCodec>): TypeRegistry {
  const byUrl = new Map<string, AnyCodec>();
  for (const codec of codecs) byUrl.set(`/${codec.typeName}`, codec);
  return { find: (typeUrl) => byUrl.get(typeUrl) };
}

/** Messages whose JSON is not an object of their fields. */
export type WellKnown = "any" | "timestamp" | "duration";

export function wellKnown(typeName: string): WellKnown | undefined {
  if (typeName === "google.protobuf.Any") return "any";
  if (typeName === "google.protobuf.Timestamp") return "timestamp";
  return typeName === "google.protobuf.Duration" ? "duration" : undefined;
}
