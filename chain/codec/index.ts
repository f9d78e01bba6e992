export { CodecError } from "./errors.js";
export { defineMessage } from "./message.js";
export type { AnyCodec, Codec, DecodeOptions, FieldTable, MethodTable, ServiceTable } from "./message.js";
export type { Scalar, ScalarKind } from "./scalars.js";
export { MAX_DEPTH, Reader, Writer } from "./wire.js";
