/** gRPC: every query service by its generated table, passed through as bytes to the query layer; and reflection. */
import { Buffer } from "node:buffer";
import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { ServiceDefinition, UntypedServiceImplementation, handleUnaryCall } from "@grpc/grpc-js";
import type { QueryResponse } from "../../chain/abci/index.js";
import type { ServiceTable } from "../../chain/codec/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Address, QueryDoor } from "../rpc/index.js";
import type { Logger } from "../telemetry/log.js";
import { addReflection } from "./reflection.js";
import { statusOfResponse } from "./status.js";
import type { Descriptors } from "./descriptors.js";

/** In and out: the height that a query is answered at. */
export const HEIGHT_HEADER = "x-cosmos-block-height";

export interface GrpcOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly maxMessageBytes: number;
  readonly maxStreamsPerConnection: number;
}

export const DEFAULT_GRPC_OPTIONS: GrpcOptions = {
  host: "127.0.0.1",
  port: 9090,
  maxMessageBytes: 10 * 1024 * 1024,
  maxStreamsPerConnection: 100,
};

export interface GrpcDeps {
  readonly door: QueryDoor;
  /** The query services of the modules and of the node. */
  readonly services: readonly ServiceTable[];
  /** What reflection serves. */
  readonly descriptors: Descriptors;
  readonly log: Logger;
}

export interface GrpcServer {
  /** @throws EdgeFailure "config" when the address cannot be used. */
  start(): Promise<Address>;
  stop(): Promise<void>;
}

/** @returns undefined when the header is there and is no height. */
function heightOf(metadata: Metadata): Height | undefined {
  const [value] = metadata.get(HEIGHT_HEADER);
  if (value === undefined) return toHeight(0n);
  const text = value.toString();
  return /^\d{1,18}$/.test(text) ? toHeight(BigInt(text)) : undefined;
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

function definitionOf(service: ServiceTable): ServiceDefinition {
  const methods = service.methods.map(({ name }) => {
    const path = `/${service.typeName}/${name}`;
    const serialize = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };
    return [name, { path, requestStream: false, responseStream: false, ...serialize }] as const;
  });
  return Object.fromEntries(methods);
}

function handlerOf(path: string, { door, log }: GrpcDeps): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const height = heightOf(call.metadata);
    if (height === undefined) {
      callback({ code: status.INVALID_ARGUMENT, details: `invalid height header "${HEIGHT_HEADER}"` });
      return;
    }
    const answer = (response: QueryResponse): void => {
      if (response.code !== 0) {
        callback(statusOfResponse(response));
        return;
      }
      const metadata = new Metadata();
      metadata.set(HEIGHT_HEADER, response.height.toString());
      call.sendMetadata(metadata);
      callback(null, Buffer.from(response.value));
    };
    const fail = (error: unknown): void => {
      log.error("a query failed", { path, error: errorText(error) });
      callback({ code: status.INTERNAL, details: "the query failed" });
    };
    door.query({ path, data: call.request, height, prove: false }).then(answer, fail);
  };
}

function implementationOf(service: ServiceTable, deps: GrpcDeps): UntypedServiceImplementation {
  return Object.fromEntries(service.methods.map(({ name }) => [name, handlerOf(`/${service.typeName}/${name}`, deps)]));
}

/** Nothing listens before `start`. */
export function createGrpcServer(deps: GrpcDeps, options: GrpcOptions): GrpcServer {
  const server = new Server({
    "grpc.max_receive_message_length": options.maxMessageBytes,
    "grpc.max_send_message_length": options.maxMessageBytes,
    "grpc.max_concurrent_streams": options.maxStreamsPerConnection,
  });
  for (const service of deps.services) server.addService(definitionOf(service), implementationOf(service, deps));
  addReflection(server, deps.descriptors, deps.services.map((s) => s.typeName));
  const start = (): Promise<Address> =>
    new Promise((resolve, reject) => {
      const { host, port } = options;
      server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (cause, bound) => {
        if (cause === null) resolve({ host, port: bound });
        else reject(new EdgeFailure("config", "cannot listen; is the port taken?", { host, port }, cause));
      });
    });
  const stop = (): Promise<void> => {
    server.forceShutdown();
    return Promise.resolve();
  };
  return { start, stop };
}
