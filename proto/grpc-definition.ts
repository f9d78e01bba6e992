import type { ServiceDefinition } from "@grpc/grpc-js";
import type { AnyCodec, ServiceTable } from "../chain/codec/index.js";

interface MethodDefinition {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestSerialize(message: unknown): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(message: unknown): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
}

/** Peers may be newer than we are, so fields that we do not know are skipped. */
function read(codec: AnyCodec, bytes: Buffer): unknown {
  return codec.decode(bytes, { unknown: "ignore" });
}

/** The stub's caller knows the type of `message`; the table does not. */
function write(codec: AnyCodec, message: unknown): Buffer {
  return Buffer.from(codec.encode(message as never));
}

/** What @grpc/grpc-js needs of a generated service, for servers and for clients alike. */
export function grpcDefinition(service: ServiceTable): ServiceDefinition {
  const methods = service.methods.map((m): [string, MethodDefinition] => [
    m.name,
    {
      path: `/${service.typeName}/${m.name}`,
      requestStream: m.clientStreaming === true,
      responseStream: m.serverStreaming === true,
      requestSerialize: (message) => write(m.request, message),
      requestDeserialize: (bytes) => read(m.request, bytes),
      responseSerialize: (message) => write(m.response, message),
      responseDeserialize: (bytes) => read(m.response, bytes),
    },
  ]);
  return Object.fromEntries(methods);
}
