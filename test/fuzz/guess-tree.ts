/** Bytes read as protobuf without knowing the type: what could be a message is taken for one. */
import { Reader, WIRE_BYTES, Writer } from "../../chain/codec/wire.js";
import type { WireField, WireMessage } from "../../chain/testkit/wire-tree.js";

const MAX_DEPTH = 12;
const MAX_FIELDS = 20_000;

export function varint(value: bigint): Uint8Array {
  const writer = new Writer();
  writer.varint64(value);
  return Uint8Array.from(writer.finish());
}

function contentOf(reader: Reader, wire: number, depth: number): WireField["content"] {
  if (wire === 0) return varint(reader.varint64());
  if (wire !== WIRE_BYTES) return Uint8Array.from(reader.take(wire === 1 ? 8 : 4));
  const bytes = Uint8Array.from(reader.bytes());
  return (bytes.length > 1 && depth < MAX_DEPTH ? guessTree(bytes, depth + 1) : undefined) ?? bytes;
}

/** undefined for what cannot be a message. */
export function guessTree(bytes: Uint8Array, depth = 0): WireMessage | undefined {
  const fields: WireField[] = [];
  try {
    const reader = new Reader(bytes);
    while (!reader.done) {
      const tag = reader.varint32();
      const [no, wire] = [tag >>> 3, tag & 7];
      const isPossible = no > 0 && (wire === 0 || wire === 1 || wire === 2 || wire === 5);
      if (!isPossible || fields.length >= MAX_FIELDS) return undefined;
      fields.push({ no, wire, content: contentOf(reader, wire, depth) });
    }
  } catch {
    return undefined;
  }
  return fields;
}
