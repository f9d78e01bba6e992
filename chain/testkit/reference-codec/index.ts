import { isScaledDecimal } from "../../codec/decimal.js";
import { CodecError } from "../../codec/errors.js";
import { decimalText } from "../../codec/table-codec.js";
import type { AnyCodec, DecodeOptions, FieldTable, MessageValue, Value } from "../../codec/message.js";
import { scalarDefault, wireTypeOf } from "../../codec/scalars.js";
import type { Scalar, ScalarKind } from "../../codec/scalars.js";
import { MAX_DEPTH, WIRE_BYTES } from "../../codec/wire.js";
import { readScalar, writeScalar } from "./scalars.js";
import { Reader, Writer } from "./wire.js";

/**
 * The codec as it was first written: every field asks its table anew, every nested message has a buffer of its own. Slow and plain, and so
 * the judge of chain/codec/table-codec.ts, which must accept, refuse (with the same text) and write the same.
 */
export class ReferenceCodec {
  readonly typeName: string;
  readonly fields: readonly FieldTable[];

  constructor({ typeName, fields }: AnyCodec) {
    this.typeName = typeName;
    this.fields = [...fields].sort((a, b) => a.no - b.no);
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
      const field = this.fields.find((f) => f.no === no);
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

/** The reference for a generated codec. */
export function referenceOf(codec: AnyCodec): ReferenceCodec {
  return new ReferenceCodec(codec);
}

function tableOf(field: FieldTable): ReferenceCodec {
  const codec = field.type?.();
  if (codec === undefined) throw CodecError.TxDecode(`field ${field.name} has no message type`);
  return referenceOf(codec);
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

function tagged(writer: Writer, field: FieldTable, wire: number): void {
  writer.varint(BigInt(field.no) * 8n + BigInt(wire));
}

function writeOne(writer: Writer, field: FieldTable, value: Scalar | MessageValue): void {
  if (field.kind === "message") {
    tagged(writer, field, WIRE_BYTES);
    writer.bytes(tableOf(field).encode(value as MessageValue));
    return;
  }
  tagged(writer, field, wireTypeOf(field.kind));
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
      tagged(writer, field, WIRE_BYTES);
      writer.bytes(packed.finish());
    }
    return;
  }
  if (field.kind !== "message" && field.optional !== true && isDefault(value as Scalar)) return;
  writeOne(writer, field, value as Scalar | MessageValue);
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
