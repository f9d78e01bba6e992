import { MAX_DECIMAL_DIGITS, isScaledDecimal } from "./decimal.js";
import { CodecError } from "./errors.js";
import type { DecodeOptions, FieldTable, MessageValue, Value } from "./message.js";
import { readScalar, scalarDefault, wireTypeOf, writeScalar } from "./scalars.js";
import type { Scalar, ScalarKind } from "./scalars.js";
import { MAX_DEPTH, Reader, WIRE_BYTES, Writer } from "./wire.js";

/**
 * What runs behind every codec. A table is settled into plans once, when its codec is first used; then a message is written into one
 * buffer, and read where it lies. chain/testkit/reference-codec does the same the plain way, and judges.
 */

const tables = new WeakMap<object, TableCodec>();

/** Makes a codec known as the type of other messages' fields. */
export function registerTable(codec: object, table: TableCodec): void {
  tables.set(codec, table);
}

/** A field's table with everything that reading and writing would ask it again and again. */
class FieldPlan {
  readonly no: number;
  readonly name: string;
  readonly json: string;
  /** Undefined for a message. */
  readonly scalar: ScalarKind | undefined;
  readonly wire: number;
  readonly tag: number;
  readonly isRepeated: boolean;
  readonly isPacked: boolean;
  readonly isAlways: boolean;
  readonly isDecimal: boolean;
  /** Written even when it has its default. */
  readonly isExplicit: boolean;
  /** Place in the table. */
  readonly index: number;
  readonly #field: FieldTable;
  #codec: TableCodec | undefined;

  constructor(field: FieldTable, index: number) {
    this.#field = field;
    this.no = field.no;
    this.name = field.name;
    this.json = field.json;
    this.scalar = field.kind === "message" ? undefined : field.kind;
    this.wire = this.scalar === undefined ? WIRE_BYTES : wireTypeOf(this.scalar);
    this.isRepeated = field.repeated === true;
    this.isPacked = this.isRepeated && this.wire !== WIRE_BYTES;
    this.tag = (field.no << 3) | (this.isPacked ? WIRE_BYTES : this.wire);
    this.isAlways = field.always === true;
    this.isDecimal = field.decimal === true;
    this.isExplicit = field.optional === true || this.scalar === undefined;
    this.index = index;
  }

  /** The codec of a message, found when it is first met: tables may name each other in circles. */
  get codec(): TableCodec {
    if (this.#codec === undefined) {
      const codec = this.#field.type?.();
      this.#codec = codec && tables.get(codec);
      if (this.#codec === undefined) throw CodecError.TxDecode(`field ${this.name} has no message type`);
    }
    return this.#codec;
  }

  /** What stands in a message where the field is absent, as far as messages may share it. */
  get blank(): Value {
    if (this.isRepeated || this.isExplicit || this.scalar === undefined) return undefined;
    return scalarDefault(this.scalar);
  }
}

/** Which fields a message had so far, by place. */
class Seen {
  #low = 0;
  #high: Set<number> | undefined;

  /** False when it was there already. */
  add(index: number): boolean {
    if (index > 30) return this.#addHigh(index);
    const bit = 1 << index;
    if ((this.#low & bit) !== 0) return false;
    this.#low |= bit;
    return true;
  }

  has(index: number): boolean {
    return index > 30 ? this.#high?.has(index) === true : (this.#low & (1 << index)) !== 0;
  }

  #addHigh(index: number): boolean {
    this.#high ??= new Set();
    if (this.#high.has(index)) return false;
    this.#high.add(index);
    return true;
  }
}

/** One for all: encoding is synchronous, and nested calls write behind what is there. */
const shared = new Writer();

/** Field numbers up to here are found without a Map. */
const DENSE = 64;

export class TableCodec {
  readonly typeName: string;
  /** Ascending by number. */
  readonly fields: readonly FieldTable[];
  #plans: readonly FieldPlan[] | undefined;
  readonly #dense: (FieldPlan | undefined)[] = [];
  readonly #sparse = new Map<number, FieldPlan>();
  #repeated: readonly FieldPlan[] = [];
  #always: readonly FieldPlan[] = [];
  /** A message without anything, of which others are copies: all of a type share one hidden class. */
  #blank: MessageValue = {};

  constructor(typeName: string, fields: readonly FieldTable[]) {
    this.typeName = typeName;
    this.fields = [...fields].sort((a, b) => a.no - b.no);
  }

  create(partial: MessageValue = {}): MessageValue {
    const plans = this.#settled();
    const message = this.#empty();
    for (const plan of plans) {
      const given = partial[plan.name];
      if (given !== undefined) message[plan.name] = given;
      else if (plan.isAlways && !plan.isRepeated) message[plan.name] = plan.codec.create();
    }
    return message;
  }

  encode(message: MessageValue): Uint8Array {
    const from = shared.at;
    try {
      this.write(shared, message);
      return shared.since(from);
    } finally {
      shared.rewind(from);
    }
  }

  decode(bytes: Uint8Array, options: DecodeOptions = {}): MessageValue {
    return this.read(new Reader(bytes), options, 0);
  }

  write(writer: Writer, message: MessageValue): void {
    for (const plan of this.#settled()) {
      const value = message[plan.name];
      if (value !== undefined) writeField(writer, plan, value);
      else if (plan.isAlways) writeMessage(writer, plan, plan.codec.create());
    }
  }

  read(reader: Reader, options: DecodeOptions, depth: number): MessageValue {
    if (depth > MAX_DEPTH) throw CodecError.TxDecode(`nested deeper than ${MAX_DEPTH} messages`);
    this.#settled();
    const message = this.#empty();
    const seen = new Seen();
    const at: FieldAt = { wire: 0, options, depth, owner: this.typeName };
    let previous = 0;
    while (!reader.done) {
      const tag = reader.varint32();
      const no = tag >>> 3;
      if (options.ordered === true && no < previous) throw CodecError.TxDecode(`${this.typeName}: fields out of order`);
      previous = no;
      const plan = no < DENSE ? this.#dense[no] : this.#sparse.get(no);
      if (plan === undefined) {
        this.#unknown(reader, tag, options);
        continue;
      }
      const isFirst = seen.add(plan.index);
      at.wire = tag & 7;
      if (plan.isRepeated) readItems(reader, plan, at, message[plan.name] as (Scalar | MessageValue)[]);
      else if (isFirst) message[plan.name] = readOne(reader, plan, at);
      else throw CodecError.TxDecode(`${this.typeName}.${plan.json} stands twice`);
    }
    for (const plan of this.#always) if (!seen.has(plan.index)) message[plan.name] = plan.codec.create();
    return message;
  }

  #empty(): Record<string, Value> {
    const message: Record<string, Value> = { ...this.#blank };
    for (const plan of this.#repeated) message[plan.name] = [];
    return message;
  }

  #settled(): readonly FieldPlan[] {
    if (this.#plans !== undefined) return this.#plans;
    const plans = this.fields.map((field, i) => new FieldPlan(field, i));
    const blank: Record<string, Value> = {};
    for (const plan of plans) {
      blank[plan.name] = plan.blank;
      if (plan.no < DENSE) this.#dense[plan.no] = plan;
      else this.#sparse.set(plan.no, plan);
    }
    this.#blank = blank;
    this.#repeated = plans.filter((plan) => plan.isRepeated);
    this.#always = plans.filter((plan) => plan.isAlways && !plan.isRepeated);
    this.#plans = plans;
    return plans;
  }

  #unknown(reader: Reader, tag: number, options: DecodeOptions): void {
    const no = tag >>> 3;
    const mode = options.unknown ?? "reject";
    const skips = no > 0 && (mode === "ignore" || (mode === "non-critical" && (no & 1024) !== 0));
    if (!skips) throw CodecError.TxDecode(`${this.typeName}: unknown field ${no}`);
    reader.skip(tag & 7);
  }
}

function writeMessage(writer: Writer, plan: FieldPlan, value: MessageValue): void {
  writer.varint32(plan.tag);
  const from = writer.open();
  plan.codec.write(writer, value);
  writer.close(from);
}

function writeOne(writer: Writer, plan: FieldPlan, value: Scalar | MessageValue): void {
  if (plan.scalar === undefined) {
    writeMessage(writer, plan, value as MessageValue);
    return;
  }
  writer.varint32(plan.tag);
  writeScalar(writer, plan.scalar, value as Scalar);
}

function isDefault(value: Scalar): boolean {
  if (typeof value === "object") return value.length === 0;
  return value === 0 || value === 0n || value === false || value === "";
}

function writeField(writer: Writer, plan: FieldPlan, value: Scalar | MessageValue | readonly (Scalar | MessageValue)[]): void {
  if (plan.isRepeated) writeItems(writer, plan, value as readonly (Scalar | MessageValue)[]);
  else if (plan.isExplicit || !isDefault(value as Scalar)) writeOne(writer, plan, value as Scalar | MessageValue);
}

function writeItems(writer: Writer, plan: FieldPlan, items: readonly (Scalar | MessageValue)[]): void {
  if (!plan.isPacked) {
    for (const item of items) writeOne(writer, plan, item);
    return;
  }
  if (items.length === 0) return;
  writer.varint32(plan.tag);
  const from = writer.open();
  for (const item of items) writeScalar(writer, plan.scalar as ScalarKind, item as Scalar);
  writer.close(from);
}

/** The ASCII digits of a decimal field, be it text or bytes; "" for what is neither. */
export function decimalText(value: Scalar): string {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? String.fromCharCode(...value.subarray(0, MAX_DECIMAL_DIGITS + 1)) : "";
}

interface FieldAt {
  /** Of the field being read. */
  wire: number;
  readonly options: DecodeOptions;
  readonly depth: number;
  readonly owner: string;
}

function readOne(reader: Reader, plan: FieldPlan, at: FieldAt): Scalar | MessageValue {
  if (at.wire !== plan.wire) throw CodecError.TxDecode(`${at.owner}.${plan.json}: wire type ${at.wire}`);
  if (plan.scalar !== undefined) {
    const value = readScalar(reader, plan.scalar);
    if (plan.isDecimal && !isScaledDecimal(decimalText(value)))
      throw CodecError.TxDecode(`${at.owner}.${plan.json}: not a scaled decimal`);
    return value;
  }
  const { codec } = plan;
  const outer = reader.enter();
  const message = codec.read(reader, at.options, at.depth + 1);
  reader.leave(outer);
  return message;
}

function readItems(reader: Reader, plan: FieldPlan, at: FieldAt, items: (Scalar | MessageValue)[]): void {
  if (!plan.isPacked || at.wire !== WIRE_BYTES) {
    items.push(readOne(reader, plan, at));
    return;
  }
  const outer = reader.enter();
  while (!reader.done) items.push(readScalar(reader, plan.scalar as ScalarKind));
  reader.leave(outer);
}
