import { MAX_DECIMAL_DIGITS, isScaledDecimal } from "./decimal.js";
import { CodecError } from "./errors.js";
import { readScalar, scalarDefault, wireTypeOf, writeScalar } from "./scalars.js";
import type { Scalar, ScalarKind } from "./scalars.js";
import { MAX_DEPTH, Reader, WIRE_BYTES, Writer } from "./wire.js";

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

class TableCodec {
  readonly typeName: string;
  readonly fields: readonly FieldTable[];
  private readonly byNumber: ReadonlyMap<number, FieldTable>;

  constructor(typeName: string, fields: readonly FieldTable[]) {
    this.typeName = typeName;
    this.fields = [...fields].sort((a, b) => a.no - b.no);
    this.byNumber = new Map(fields.map((f) => [f.no, f]));
  }

  create(partial: MessageValue = {}): MessageValue {
    const message: Record<string, Value> = {};
    for (const field of this.fields) {
      const given = partial[field.name];
      message[field.name] = given === undefined ? defaultOf(field) : given;
    }
    return message;
  }

  encode(message: MessageValue): Uint8Array {
    const writer = new Writer();
    for (const field of this.fields) writeField(writer, field, message[field.name]);
    return writer.finish();
  }

  decode(bytes: Uint8Array, options: DecodeOptions = {}, depth = 0): MessageValue {
    if (depth > MAX_DEPTH) throw CodecError.TxDecode(`nested deeper than ${MAX_DEPTH} messages`);
    const reader = new Reader(bytes);
    const message: Record<string, Value> = {};
    let previous = 0;
    while (!reader.done) {
      const tag = reader.varint32();
      const no = tag >>> 3;
      if (options.ordered === true && no < previous) throw CodecError.TxDecode(`${this.typeName}: fields out of order`);
      previous = no;
      const field = this.byNumber.get(no);
      if (field === undefined) this.unknown(reader, tag, options);
      else readField(reader, { field, wire: tag & 7, options, depth, owner: this.typeName }, message);
    }
    for (const field of this.fields) if (message[field.name] === undefined) message[field.name] = defaultOf(field);
    return message;
  }

  private unknown(reader: Reader, tag: number, options: DecodeOptions): void {
    const no = tag >>> 3;
    const mode = options.unknown ?? "reject";
    const skips = no > 0 && (mode === "ignore" || (mode === "non-critical" && (no & 1024) !== 0));
    if (!skips) throw CodecError.TxDecode(`${this.typeName}: unknown field ${no}`);
    reader.skip(tag & 7);
  }
}

interface FieldAt {
  readonly field: FieldTable;
  readonly wire: number;
  readonly options: DecodeOptions;
  readonly depth: number;
  readonly owner: string;
}

const tables = new WeakMap<object, TableCodec>();

function tableOf(field: FieldTable): TableCodec {
  const codec = field.type?.();
  const table = codec && tables.get(codec);
  if (table === undefined) throw CodecError.TxDecode(`field ${field.name} has no message type`);
  return table;
}

function defaultOf(field: FieldTable): Value {
  if (field.repeated === true) return [];
  if (field.always === true) return tableOf(field).create();
  if (field.optional === true || field.kind === "message") return undefined;
  return scalarDefault(field.kind);
}

function isPacked(field: FieldTable): boolean {
  return field.repeated === true && field.kind !== "message" && field.kind !== "string" && field.kind !== "bytes";
}

function writeOne(writer: Writer, field: FieldTable, value: Scalar | MessageValue): void {
  if (field.kind === "message") {
    writer.varint32((field.no << 3) | WIRE_BYTES);
    writer.bytes(tableOf(field).encode(value as MessageValue));
    return;
  }
  writer.varint32((field.no << 3) | wireTypeOf(field.kind));
  writeScalar(writer, field.kind, value as Scalar);
}

function isDefault(value: Scalar): boolean {
  return value === 0 || value === 0n || value === false || value === "" || (value instanceof Uint8Array && value.length === 0);
}

function writeField(writer: Writer, field: FieldTable, value: Value): void {
  if (value === undefined) {
    if (field.always === true) writeOne(writer, field, tableOf(field).create());
    return;
  }
  if (field.repeated === true) {
    const items = value as readonly (Scalar | MessageValue)[];
    if (!isPacked(field)) {
      for (const item of items) writeOne(writer, field, item);
    } else if (items.length > 0) {
      const packed = new Writer();
      for (const item of items) writeScalar(packed, field.kind as ScalarKind, item as Scalar);
      writer.varint32((field.no << 3) | WIRE_BYTES);
      writer.bytes(packed.finish());
    }
    return;
  }
  if (field.kind !== "message" && field.optional !== true && isDefault(value as Scalar)) return;
  writeOne(writer, field, value as Scalar | MessageValue);
}

/** The ASCII digits of a decimal field, be it text or bytes; "" for what is neither. */
export function decimalText(value: Scalar): string {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? String.fromCharCode(...value.subarray(0, MAX_DECIMAL_DIGITS + 1)) : "";
}

function readOne(reader: Reader, at: FieldAt): Scalar | MessageValue {
  const { field } = at;
  const expected = field.kind === "message" ? WIRE_BYTES : wireTypeOf(field.kind);
  if (at.wire !== expected) throw CodecError.TxDecode(`${at.owner}.${field.json}: wire type ${at.wire}`);
  if (field.kind !== "message") {
    const value = readScalar(reader, field.kind);
    if (field.decimal === true && !isScaledDecimal(decimalText(value)))
      throw CodecError.TxDecode(`${at.owner}.${field.json}: not a scaled decimal`);
    return value;
  }
  return tableOf(field).decode(reader.bytes(), at.options, at.depth + 1);
}

function readField(reader: Reader, at: FieldAt, message: Record<string, Value>): void {
  const { field } = at;
  const before = message[field.name];
  if (field.repeated !== true) {
    if (before !== undefined) throw CodecError.TxDecode(`${at.owner}.${field.json} stands twice`);
    message[field.name] = readOne(reader, at);
    return;
  }
  const items = (before ?? []) as (Scalar | MessageValue)[];
  if (isPacked(field) && at.wire === WIRE_BYTES) {
    const packed = new Reader(reader.bytes());
    while (!packed.done) items.push(readScalar(packed, field.kind as ScalarKind));
  } else {
    items.push(readOne(reader, at));
  }
  message[field.name] = items;
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
  tables.set(codec, table);
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

