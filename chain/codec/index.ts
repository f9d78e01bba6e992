export { createAminoNames, fromAminoJson } from "./amino-read.js";
export type { AminoNames } from "./amino-read.js";
export { aminoSignBytes } from "./amino-sign-doc.js";
export type { AminoFee, AminoSignDoc } from "./amino-sign-doc.js";
export { formatAminoJson } from "./amino-text.js";
export { anyToAminoJson, toAminoJson } from "./amino-write.js";
export { parseUopen } from "./amount.js";
export {
  formatAddress,
  formatConsensusAddress,
  formatOperatorAddress,
  parseAddress,
  parseConsensusAddress,
  parseOperatorAddress,
} from "./bech32.js";
export { ACCOUNT_PREFIX, CONSENSUS_PREFIX, OPERATOR_PREFIX } from "./bech32-prefixes.js";
export { formatDecimal, parseDecimal } from "./decimal.js";
export { CodecError } from "./errors.js";
export { EMPTY_REGISTRY, MAX_JSON_DEPTH, createTypeRegistry } from "./json.js";
export type { JsonObject, JsonValue, TypeRegistry } from "./json.js";
export { anyFromJson, fromJson, parseJsonBytes } from "./json-read.js";
export type { FromJsonOptions } from "./json-read.js";
export { anyToJson, toJson } from "./json-write.js";
export { defineMessage } from "./message.js";
export type {
  AddressKind,
  AnyCodec,
  Codec,
  DecodeOptions,
  FieldTable,
  HttpRule,
  MessageOptions,
  MethodTable,
  ServiceTable,
} from "./message.js";
export type { Scalar, ScalarKind } from "./scalars.js";
export {
  formatDuration,
  formatRfc3339Nano,
  formatTimestamp,
  fromTimestamp,
  parseDuration,
  parseRfc3339,
  parseTimestamp,
  toTimestamp,
} from "./time.js";
export type { TimestampParts } from "./time.js";
export { MAX_DEPTH, Reader, Writer } from "./wire.js";
export { MAX_VARINT_BYTES, encodeUvarint, encodeZigzag, putUvarint, putZigzag, readUvarint } from "./varint.js";
