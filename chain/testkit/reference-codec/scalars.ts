import { EMPTY_BYTES, Fault } from "../../primitives/index.js";
import { CodecError } from "../../codec/errors.js";
import { WIRE_BYTES, WIRE_FIXED32, WIRE_FIXED64, WIRE_VARINT } from "./wire.js";
import type { Reader, Writer } from "./wire.js";

/** Floats are left out on purpose: none may reach the chain. */
export type ScalarKind =
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes"
  | "enum";

export type Scalar = number | bigint | boolean | string | Uint8Array;

export function wireTypeOf(kind: ScalarKind): number {
  switch (kind) {
    case "string":
    case "bytes":
      return WIRE_BYTES;
    case "fixed32":
    case "sfixed32":
      return WIRE_FIXED32;
    case "fixed64":
    case "sfixed64":
      return WIRE_FIXED64;
    default:
      return WIRE_VARINT;
  }
}

export function scalarDefault(kind: ScalarKind): Scalar {
  switch (kind) {
    case "bool":
      return false;
    case "string":
      return "";
    case "bytes":
      return EMPTY_BYTES;
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return 0n;
    default:
      return 0;
  }
}

function bounded(kind: ScalarKind, value: bigint, low: bigint, high: bigint): bigint {
  if (value < low || value > high) throw new Fault("integer out of range for its field", { kind, value });
  return value;
}

const I32 = 1n << 31n;
const I64 = 1n << 63n;

/** A value outside its field's range is our bug, so it is a Fault. */
export function writeScalar(writer: Writer, kind: ScalarKind, value: Scalar): void {
  if (kind === "string") return writer.string(value as string);
  if (kind === "bytes") return writer.bytes(value as Uint8Array);
  if (kind === "bool") return writer.varint32(value === true ? 1 : 0);
  const n = BigInt(value as number | bigint);
  switch (kind) {
    case "int32":
    case "enum":
      return writer.varint64(BigInt.asUintN(64, bounded(kind, n, -I32, I32 - 1n)));
    case "int64":
      return writer.varint64(BigInt.asUintN(64, bounded(kind, n, -I64, I64 - 1n)));
    case "uint32":
      return writer.varint64(bounded(kind, n, 0n, 2n * I32 - 1n));
    case "uint64":
      return writer.varint64(bounded(kind, n, 0n, 2n * I64 - 1n));
    case "sint32":
    case "sint64":
      return writer.varint64(BigInt.asUintN(64, n < 0n ? -2n * n - 1n : 2n * n));
    case "fixed32":
    case "sfixed32":
      return writer.fixed32(Number(BigInt.asUintN(32, n)));
    case "fixed64":
    case "sfixed64":
      return writer.fixed64(n);
    default:
      return kind satisfies never;
  }
}

function signed32(wide: bigint): number {
  const value = BigInt.asIntN(64, wide);
  if (value < -I32 || value >= I32) throw CodecError.TxDecode("integer does not fit 32 bits");
  return Number(value);
}

function unzigzag(wide: bigint): bigint {
  return (wide & 1n) === 1n ? -((wide + 1n) / 2n) : wide / 2n;
}

function readBool(reader: Reader): boolean {
  const value = reader.varint64();
  if (value > 1n) throw CodecError.TxDecode("a bool is 0 or 1");
  return value === 1n;
}

/** @throws Reject sdk/2 or sdk/18 on anything out of range. */
export function readScalar(reader: Reader, kind: ScalarKind): Scalar {
  switch (kind) {
    case "string":
      return reader.string();
    case "bytes":
      return reader.bytes();
    case "bool":
      return readBool(reader);
    case "int32":
    case "enum":
      return signed32(reader.varint64());
    case "int64":
      return BigInt.asIntN(64, reader.varint64());
    case "uint32":
      return reader.varint32();
    case "uint64":
      return reader.varint64();
    case "sint32":
      return signed32(unzigzag(reader.varint64()));
    case "sint64":
      return unzigzag(reader.varint64());
    case "fixed32":
      return reader.fixed32();
    case "sfixed32":
      return reader.fixed32() | 0;
    case "fixed64":
      return reader.fixed64();
    case "sfixed64":
      return BigInt.asIntN(64, reader.fixed64());
    default:
      return kind satisfies never;
  }
}
