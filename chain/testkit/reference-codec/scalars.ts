import { Fault } from "../../primitives/index.js";
import { CodecError } from "../../codec/errors.js";
import type { Scalar, ScalarKind } from "../../codec/scalars.js";
import type { Reader, Writer } from "./wire.js";

const I32 = 1n << 31n;
const I64 = 1n << 63n;

function bounded(kind: ScalarKind, value: bigint, low: bigint, high: bigint): bigint {
  if (value < low || value > high) throw new Fault("integer out of range for its field", { kind, value });
  return value;
}

/** A value outside its field's range is our bug, so it is a Fault. */
export function writeScalar(writer: Writer, kind: ScalarKind, value: Scalar): void {
  if (kind === "string") return writer.string(value as string);
  if (kind === "bytes") return writer.bytes(value as Uint8Array);
  const n = BigInt(value as number | bigint | boolean);
  switch (kind) {
    case "bool":
      return writer.varint(n);
    case "int32":
    case "enum":
      return writer.varint(BigInt.asUintN(64, bounded(kind, n, -I32, I32 - 1n)));
    case "int64":
      return writer.varint(BigInt.asUintN(64, bounded(kind, n, -I64, I64 - 1n)));
    case "uint32":
      return writer.varint(bounded(kind, n, 0n, 2n * I32 - 1n));
    case "uint64":
      return writer.varint(bounded(kind, n, 0n, 2n * I64 - 1n));
    case "sint32":
    case "sint64":
      return writer.varint(BigInt.asUintN(64, n < 0n ? -2n * n - 1n : 2n * n));
    case "fixed32":
    case "sfixed32":
      return writer.fixed(n, 4);
    case "fixed64":
    case "sfixed64":
      return writer.fixed(n, 8);
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
  const value = reader.varint();
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
      return signed32(reader.varint());
    case "int64":
      return BigInt.asIntN(64, reader.varint());
    case "uint32":
      return reader.varint32();
    case "uint64":
      return reader.varint();
    case "sint32":
      return signed32(unzigzag(reader.varint()));
    case "sint64":
      return unzigzag(reader.varint());
    case "fixed32":
      return Number(reader.fixed(4));
    case "sfixed32":
      return Number(BigInt.asIntN(32, reader.fixed(4)));
    case "fixed64":
      return reader.fixed(8);
    case "sfixed64":
      return BigInt.asIntN(64, reader.fixed(8));
    default:
      return kind satisfies never;
  }
}
