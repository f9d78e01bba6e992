/**
 * ABCI over gRPC (service tendermint.abci.ABCI, plaintext). CometBFT sends no Flush here, and asks each call for itself, so that
 * there is no order to keep beyond that of its own waiting.
 */
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { ServiceDefinition, UntypedHandleCall, handleUnaryCall } from "@grpc/grpc-js";
import { ABCIService } from "../../proto/gen/tendermint/abci.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import { formatAbciAddress } from "./address.js";
import type { AbciAddress } from "./address.js";
import { LENIENT, begin } from "./answer.js";
import type { AnswerDeps } from "./answer.js";
import type { MethodName } from "./methods.js";
import type { AbciServer } from "./types.js";

export interface GrpcServerOptions {
  readonly address: AbciAddress & { readonly kind: "grpc" };
  readonly maxMessageBytes: number;
}

/** CometBFT keeps its connections for ever; calls in progress have so long to end. */
const STOP_MS = 1_000;

const asIs = (bytes: Buffer): Buffer => bytes;

interface MethodOfService {
  readonly name: string;
  readonly request: AnyCodec;
  readonly response: AnyCodec;
}

const METHODS_OF_SERVICE: readonly MethodOfService[] = ABCIService.methods;

/** "CheckTx" is the member checkTx of Request and of Response. */
function memberOf(method: string): MethodName {
  return (method.charAt(0).toLowerCase() + method.slice(1)) as MethodName;
}

function handlerOf({ name, request, response }: MethodOfService, deps: AnswerDeps): handleUnaryCall<Buffer, Buffer> {
  const member = memberOf(name);
  return (call, callback) => {
    const refuse = (code: status, error: unknown): void => {
      deps.log.warn("call refused", { method: name, reason: errorText(error) });
      callback({ code, details: errorText(error) });
    };
    const read = (): never => request.decode(call.request, LENIENT) as never;
    try {
      begin(member, read, deps)
        .then(({ response: { exception, [member]: answer } }) => {
          if (exception === undefined) callback(null, Buffer.from(response.encode(answer as never)));
          else callback({ code: status.INTERNAL, details: exception.error });
        })
        .catch((error: unknown) => refuse(status.INTERNAL, error));
    } catch (error) {
      refuse(status.INVALID_ARGUMENT, error);
    }
  };
}

function definition(): ServiceDefinition {
  const serialize = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };
  return Object.fromEntries(
    METHODS_OF_SERVICE.map(({ name }) => [
      name,
      { path: `/${ABCIService.typeName}/${name}`, requestStream: false, responseStream: false, ...serialize },
    ]),
  );
}

export function createGrpcServer({ address, maxMessageBytes }: GrpcServerOptions, given: Omit<AnswerDeps, "line">): AbciServer {
  const deps = { ...given, line: { isNew: true } };
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  const handlers = METHODS_OF_SERVICE.map((method): [string, UntypedHandleCall] => [method.name, handlerOf(method, deps)]);
  server.addService(definition(), Object.fromEntries(handlers));
  const target = formatAbciAddress(address).slice("grpc://".length);
  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.bindAsync(target, ServerCredentials.createInsecure(), (cause, port) => {
          if (cause === null) resolve({ address: formatAbciAddress({ ...address, port }) });
          else reject(new EdgeFailure("config", "cannot listen for CometBFT", { address: formatAbciAddress(address) }, cause));
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
        setTimeout(() => server.forceShutdown(), STOP_MS).unref();
      }),
  };
}
