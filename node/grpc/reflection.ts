/**
 * Server reflection, v1 and v1alpha (the same messages under two names; grpcurl asks for the first, the SDK serves the
 * second): which services there are, and the files that define them.
 */
import { Buffer } from "node:buffer";
import { status } from "@grpc/grpc-js";
import type { Server, ServiceDefinition, handleBidiStreamingCall } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import type { Descriptors } from "./descriptors.js";

/** grpc/reflection/v1/reflection.proto, as far as it is answered: tags above are those of the original. */
const SOURCE = `
syntax = "proto3";
message ServerReflectionRequest {
  string host = 1;
  oneof message_request {
    string file_by_filename = 3;
    string file_containing_symbol = 4;
    ExtensionRequest file_containing_extension = 5;
    string all_extension_numbers_of_type = 6;
    string list_services = 7;
  }
}
message ExtensionRequest { string containing_type = 1; int32 extension_number = 2; }
message ServerReflectionResponse {
  string valid_host = 1;
  ServerReflectionRequest original_request = 2;
  oneof message_response {
    FileDescriptorResponse file_descriptor_response = 4;
    ListServiceResponse list_services_response = 6;
    ErrorResponse error_response = 7;
  }
}
message FileDescriptorResponse { repeated bytes file_descriptor_proto = 1; }
message ListServiceResponse { repeated ServiceResponse service = 1; }
message ServiceResponse { string name = 1; }
message ErrorResponse { int32 error_code = 1; string error_message = 2; }
`;

const { root } = protobuf.parse(SOURCE, { keepCase: true });
const Request = root.lookupType("ServerReflectionRequest");
const Response = root.lookupType("ServerReflectionResponse");

const NAMES = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
/** A client that follows every import itself asks once per file. */
const MAX_REQUESTS_PER_STREAM = 10_000;

interface RequestFields {
  readonly host?: string;
  readonly file_by_filename?: string;
  readonly file_containing_symbol?: string;
  readonly list_services?: string;
}

function failure(code: status, message: string): object {
  return { error_response: { error_code: code, error_message: message } };
}

/** The file and what it imports, directly and not. */
function filesFrom(name: string, descriptors: Descriptors): Uint8Array[] {
  const names = new Set([name]);
  for (const each of names) for (const imported of descriptors.imports(each)) names.add(imported);
  return [...names].flatMap((each) => descriptors.file(each) ?? []);
}

function fileResponse(name: string | undefined, asked: string, descriptors: Descriptors): object {
  if (name === undefined || descriptors.file(name) === undefined) return failure(status.NOT_FOUND, `not found: ${asked}`);
  return { file_descriptor_response: { file_descriptor_proto: filesFrom(name, descriptors) } };
}

/** The answer to one encoded ServerReflectionRequest. @throws when the bytes do not decode. */
export function answerReflection(bytes: Uint8Array, descriptors: Descriptors, services: readonly string[]): Uint8Array {
  const message = Request.decode(bytes);
  const request = Request.toObject(message, { oneofs: false }) as RequestFields;
  const answer = (): object => {
    const { file_by_filename: file, file_containing_symbol: symbol } = request;
    if (file !== undefined) return fileResponse(file, file, descriptors);
    if (symbol !== undefined) return fileResponse(descriptors.fileOfSymbol(symbol), symbol, descriptors);
    if (request.list_services !== undefined) {
      return { list_services_response: { service: [...services, ...NAMES].map((name) => ({ name })) } };
    }
    return failure(status.NOT_FOUND, "there are no extensions here");
  };
  const response = { valid_host: request.host ?? "", original_request: message, ...answer() };
  return Response.encode(Response.create(response)).finish();
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

/** Serves reflection about `services` under both names. */
export function addReflection(server: Server, descriptors: Descriptors, services: readonly string[]): void {
  const handle: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    let requests = 0;
    call.on("data", (bytes: Buffer) => {
      if (++requests > MAX_REQUESTS_PER_STREAM) return void call.end();
      try {
        call.write(Buffer.from(answerReflection(bytes, descriptors, services)));
      } catch {
        call.emit("error", { code: status.INVALID_ARGUMENT, details: "not a reflection request" });
      }
    });
    call.on("end", () => call.end());
    call.on("error", () => undefined);
  };
  for (const name of NAMES) {
    const definition: ServiceDefinition = {
      ServerReflectionInfo: {
        path: `/${name}/ServerReflectionInfo`,
        requestStream: true,
        responseStream: true,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    };
    server.addService(definition, { ServerReflectionInfo: handle });
  }
}
