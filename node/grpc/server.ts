/** gRPC: every query service by its generated table, passed through as bytes to the query layer; and reflection. */
import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import type { Server as NetServer, Socket } from "node:net";
import { Metadata, Server, ServerCredentials, ServerInterceptingCall, status } from "@grpc/grpc-js";
import type {
  ServerInterceptor,
  ServerListener,
  ServiceDefinition,
  UntypedServiceImplementation,
  handleUnaryCall,
} from "@grpc/grpc-js";
import type { QueryResponse } from "../../chain/abci/index.js";
import type { ServiceTable } from "../../chain/codec/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { errorText, isFailure } from "../errors.js";
import { createRateLimit } from "../rate-limit.js";
import { listen } from "../rpc/index.js";
import type { Address, QueryDoor } from "../rpc/index.js";
import type { Logger } from "../telemetry/log.js";
import type { Turnstile } from "../turnstile.js";
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
  readonly maxConnections: number;
  /** Calls of one address; 0 sets no limit. */
  readonly requestsPerMinute: number;
  /** A connection without a call for so long is closed. */
  readonly idleMs: number;
}

export const DEFAULT_GRPC_OPTIONS: GrpcOptions = {
  host: "127.0.0.1",
  port: 9090,
  maxMessageBytes: 10 * 1024 * 1024,
  maxStreamsPerConnection: 100,
  maxConnections: 1_000,
  requestsPerMinute: 6_000,
  idleMs: 5 * 60_000,
};

/** A client that does not answer a ping for so long is gone, or takes nothing: its connection is closed. */
const PING_EVERY_MS = 60_000;
const PING_TIMEOUT_MS = 20_000;


export interface GrpcDeps {
  readonly door: QueryDoor;
  /** The query services of the modules and of the node. */
  readonly services: readonly ServiceTable[];
  /** What reflection serves. */
  readonly descriptors: Descriptors;
  readonly log: Logger;
  readonly turnstile: Turnstile;
  /** Milliseconds; only differences matter. */
  readonly now: () => number;
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

/** Host of "1.2.3.4:567" and "[::1]:567": a client may not multiply by its ports. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function handlerOf(path: string, { door, log, turnstile }: GrpcDeps): handleUnaryCall<Buffer, Buffer> {
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
      if (isFailure(error, "busy")) {
        callback({ code: status.RESOURCE_EXHAUSTED, details: error.message });
        return;
      }
      log.error("a query failed", { path, error: errorText(error) });
      callback({ code: status.INTERNAL, details: "internal error" });
    };
    turnstile.pass(() => door.query({ path, data: call.request, height, prove: false })).then(answer, fail);
  };
}

/** Refuses calls, reflection's too, of addresses that call too often. */
function limitCalls({ now }: GrpcDeps, perMinute: number): ServerInterceptor {
  const rate = createRateLimit(perMinute);
  const refusal = { code: status.RESOURCE_EXHAUSTED, details: "too many requests; try again in a minute", metadata: new Metadata() };
  return (_method, call) => {
    const listener: ServerListener = {
      onReceiveMetadata: (metadata, next) => {
        if (rate.take(hostOf(call.getPeer()), now())) next(metadata);
        else call.sendStatus(refusal);
      },
    };
    return new ServerInterceptingCall(call, { start: (next) => next(listener) });
  };
}

function implementationOf(service: ServiceTable, deps: GrpcDeps): UntypedServiceImplementation {
  return Object.fromEntries(service.methods.map(({ name }) => [name, handlerOf(`/${service.typeName}/${name}`, deps)]));
}

interface Listener {
  readonly net: NetServer;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Connections are accepted here, so that there is a bound on them; gRPC is spoken on each by `server`. */
function listenerOf(server: Server, { maxConnections }: GrpcOptions): Listener {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const net = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  net.maxConnections = maxConnections;
  const close = async (): Promise<void> => {
    if (!net.listening) return;
    const closed = new Promise<void>((resolve) => net.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { net, close };
}

/** Nothing listens before `start`. */
export function createGrpcServer(deps: GrpcDeps, options: GrpcOptions): GrpcServer {
  const server = new Server({
    "grpc.max_receive_message_length": options.maxMessageBytes,
    "grpc.max_send_message_length": options.maxMessageBytes,
    "grpc.max_concurrent_streams": options.maxStreamsPerConnection,
    "grpc.max_connection_idle_ms": options.idleMs,
    "grpc.keepalive_time_ms": PING_EVERY_MS,
    "grpc.keepalive_timeout_ms": PING_TIMEOUT_MS,
    interceptors: [limitCalls(deps, options.requestsPerMinute)],
  });
  for (const service of deps.services) server.addService(definitionOf(service), implementationOf(service, deps));
  addReflection(server, deps.descriptors, deps.services.map((s) => s.typeName));
  const listener = listenerOf(server, options);
  return {
    start: () => listen(listener.net, options),
    stop: () => {
      server.forceShutdown();
      return listener.close();
    },
  };
}
