import { Reader, WIRE_BYTES, Writer } from "../codec/wire.js";
import type { AnyCodec, FieldTable, TypeRegistry } from "../codec/index.js";
import { encodeUvarint } from "../codec/index.js";
import { concatBytes, parseUtf8 } from "../primitives/index.js";

/** Protobuf bytes as a tree, to be changed where a codec would not, and written again with lengths that fit. */

export interface WireField {
  readonly no: number;
  readonly wire: number;
  /** Fields of a message; otherwise the bytes that follow the tag, without a length. */
  readonly content: WireMessage | Uint8Array;
}

export type WireMessage = readonly WireField[];

function readContent(reader: Reader, wire: number): Uint8Array {
  if (wire === WIRE_BYTES) return reader.bytes();
  if (wire === 0) {
    const writer = new Writer();
    writer.varint64(reader.varint64());
    return writer.finish();
  }
  return reader.take(wire === 1 ? 8 : 4);
}

/** What an Any holds, where its type is known. */
function typeOf(codec: AnyCodec, field: FieldTable, before: readonly WireField[], types: TypeRegistry): AnyCodec | undefined {
  if (codec.typeName !== "google.protobuf.Any" || field.name !== "value") return field.type?.();
  const url = before.find((f) => f.no === 1)?.content;
  return url instanceof Uint8Array ? types.find(parseUtf8(url)) : undefined;
}

/** Reads a message of this type, and what its fields and Anys hold. */
export function readTree(codec: AnyCodec, bytes: Uint8Array, types: TypeRegistry): WireMessage {
  const reader = new Reader(bytes);
  const fields: WireField[] = [];
  while (!reader.done) {
    const tag = reader.varint32();
    const [no, wire] = [tag >>> 3, tag & 7];
    const raw = readContent(reader, wire);
    const field = codec.fields.find((f) => f.no === no);
    const inner = field === undefined ? undefined : typeOf(codec, field, fields, types);
    fields.push({ no, wire, content: inner === undefined ? raw : readTree(inner, raw, types) });
  }
  return fields;
}

export function writeTree(message: WireMessage): Uint8Array {
  const parts = message.flatMap(({ no, wire, content }) => {
    const bytes = content instanceof Uint8Array ? content : writeTree(content);
    const tag = encodeUvarint(no * 8 + wire);
    return wire === WIRE_BYTES ? [tag, encodeUvarint(bytes.length), bytes] : [tag, bytes];
  });
  return concatBytes(...parts);
}

/** Every message in the tree, itself first, as a way to change that one alone. */
export function eachMessage(root: WireMessage): ((change: (m: WireMessage) => WireMessage) => WireMessage)[] {
  const here = (change: (m: WireMessage) => WireMessage): WireMessage => change(root);
  const below = root.flatMap((field, i) => {
    if (field.content instanceof Uint8Array) return [];
    return eachMessage(field.content).map(
      (inner) => (change: (m: WireMessage) => WireMessage) => root.with(i, { ...field, content: inner(change) }),
    );
  });
  return [here, ...below];
}
