import type { Scalar, ScalarKind } from "./scalars.js";
import { TableCodec, registerTable } from "./table-codec.js";

/**
 * Table-driven protobuf codecs. proto/gen holds one table per message, made from the .proto sources; the same table is
 * the run-time descriptor for JSON and the command line. Two rules differ from an off-the-shelf generator (ADR 0001):
 * gogoproto non-nullable sub-messages are always written, and decoding is strict.
 */

export interface FieldTable {
  readonly no: number;
  /** camelCase: the property in TypeScript. */
  readonly name: string;
  /** snake_case: the name in JSON and in the .proto. */
  readonly json: string;
  readonly kind: ScalarKind | "message";
  readonly repeated?: true;
  /** Sub-message that is always present and always written (gogoproto.nullable = false). */
  readonly always?: true;
  /** proto3 `optional`, a oneof member, or a nullable sub-message: undefined when absent. */
  readonly optional?: true;
  /** Member of a oneof: left out of JSON when absent. */
  readonly oneof?: true;
  /** A LegacyDec, text or bytes: scaled by 10^18 on the wire, a decimal text in JSON (cosmos-formats.md §2.2). */
  readonly decimal?: true;
  /** (cosmos_proto.scalar) = "cosmos.Int": decimal digits; nothing means zero in amino JSON. */
  readonly integer?: true;
  /** A decimal or integer that may be left out: the empty text is none, not zero. */
  readonly nullable?: true;
  /** What kind of address the text is. */
  readonly address?: AddressKind;
  /** Interface that the message inside an Any must implement. */
  readonly accepts?: string;
  /** (amino.dont_omitempty): written in amino JSON even when empty. */
  readonly keepEmpty?: true;
  /** The name in amino JSON, where it is not `json`. */
  readonly aminoName?: string;
  /** (amino.encoding), such as "legacy_coins" and "inline_json". */
  readonly aminoEncoding?: string;
  /** Member of a oneof in amino JSON: {[name]: {type, value: {field}}}. */
  readonly aminoOneof?: { readonly name: string; readonly type: string };
  readonly type?: () => AnyCodec;
  /** Name -> number, for kind "enum". */
  readonly names?: () => Readonly<Record<string, number>>;
}

/** Bech32 address of an account, of a validator's operator, or of a consensus key. */
export type AddressKind = "account" | "validator" | "consensus";

/** What the options of a message say beyond its fields. */
export interface MessageOptions {
  /** (amino.name): the type of the message in amino JSON. */
  readonly aminoName?: string;
  /** (amino.message_encoding), such as "key_field". */
  readonly aminoEncoding?: string;
  /** Fields that hold the addresses of who must sign, in the names of the .proto. */
  readonly signers?: readonly string[];
  /** Interfaces as which the message may stand in an Any. */
  readonly implements?: readonly string[];
}

export interface DecodeOptions {
  /** `non-critical` skips unknown fields whose number has bit 11 set (ADR-020), `ignore` skips all. Default reject. */
  readonly unknown?: "reject" | "non-critical" | "ignore";
  /** Require ascending field numbers (ADR-027). */
  readonly ordered?: boolean;
}

export interface Codec<T> {
  readonly typeName: string;
  readonly fields: readonly FieldTable[];
  readonly options: MessageOptions;
  encode(message: T): Uint8Array;
  /** @throws Reject sdk/2 unless the bytes are a strict encoding; sdk/18 on invalid UTF-8. */
  decode(bytes: Uint8Array, options?: DecodeOptions): T;
  /** The message with defaults for whatever is left out. */
  create(partial?: Partial<T>): T;
}

/** A codec whose message type is not known statically, as found behind a type URL or inside a field table. */
export interface AnyCodec {
  readonly typeName: string;
  readonly fields: readonly FieldTable[];
  readonly options: MessageOptions;
  encode(message: never): Uint8Array;
  decode(bytes: Uint8Array, options?: DecodeOptions): unknown;
  create(partial?: never): unknown;
}

/** What a field may hold at run time. */
export type Value = Scalar | MessageValue | undefined | readonly (Scalar | MessageValue)[];
export interface MessageValue {
  readonly [name: string]: Value;
}

/**
 * A codec from its table. The cast is the one place where a table's shape and the generated interface are equated; the
 * generator writes both from one source.
 */
export function defineMessage<T>(
  typeName: string,
  fields: readonly FieldTable[],
  options: MessageOptions = {},
): Codec<T> {
  const table = new TableCodec(typeName, fields);
  const codec: Codec<T> = {
    typeName,
    fields: table.fields,
    options,
    encode: (message) => table.encode(message as MessageValue),
    decode: (bytes, given) => table.decode(bytes, given) as T,
    create: (partial) => table.create(partial as MessageValue | undefined) as T,
  };
  registerTable(codec, table);
  return codec;
}

/** One way to call a method by HTTP (google.api.http). */
export interface HttpRule {
  readonly verb: "GET" | "PUT" | "POST" | "DELETE" | "PATCH";
  /** Template such as "/cosmos/bank/v1beta1/denoms_metadata/{denom=**}". */
  readonly path: string;
  /** "*": the body is the request; a field's name: the body is that field. */
  readonly body?: string;
}

/** One method of a service; the path is `/<service>/<name>`. */
export interface MethodTable {
  readonly name: string;
  readonly request: AnyCodec;
  readonly response: AnyCodec;
  readonly serverStreaming?: true;
  readonly clientStreaming?: true;
  readonly http?: readonly HttpRule[];
}

export interface ServiceTable {
  readonly typeName: string;
  /** Requests are messages of transactions, not queries. */
  readonly msg?: true;
  readonly methods: readonly MethodTable[];
}

