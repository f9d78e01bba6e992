/** JSON-RPC 2.0 over any transport: single requests, batches, notifications, errors (cosmos-formats.md §1.1). */
import { Fault } from "../../chain/primitives/index.js";
import type { JsonValue } from "../../chain/codec/index.js";
import type { Logger } from "../telemetry/log.js";
import { errorText } from "../errors.js";
import { RpcError, failed, invalidRequest, methodNotFound, parseError } from "./errors.js";
import type { RpcMethods } from "./method.js";

export type RequestId = string | number | null;

export interface RpcRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: unknown;
}

export interface RpcResponse {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly result?: JsonValue;
  readonly error?: RpcError;
}

/** What a transport adds: methods of its own (subscriptions) come before those of the node. */
export type Call = (request: RpcRequest) => Promise<JsonValue>;

export function respond(id: RequestId, result: JsonValue): RpcResponse {
  return { jsonrpc: "2.0", id, result };
}

export function refuse(id: RequestId, error: RpcError): RpcResponse {
  return { jsonrpc: "2.0", id, error };
}

/** An RpcError for whatever a method threw. Faults are ours: they are logged, and callers learn no more than that. */
export function toRpcError(error: unknown, log: Logger, method: string): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof Fault) log.error("a method failed", { method, error });
  else log.debug("a method failed", { method, error: errorText(error) });
  return failed(error instanceof Error ? error.message : "unknown failure");
}

/** Calls a method of the table. @throws RpcError -32601 and whatever the method throws. */
export function callMethod(methods: RpcMethods, request: RpcRequest): Promise<JsonValue> {
  const method = methods.get(request.method);
  if (method === undefined) throw methodNotFound();
  return Promise.resolve(method.callJson(request.params));
}

/** undefined for a notification, which is not answered. @throws RpcError -32600. */
function readRequest(value: unknown): RpcRequest | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalidRequest("not an object");
  const { jsonrpc, id, method, params } = value as Readonly<Record<string, unknown>>;
  if (jsonrpc !== undefined && jsonrpc !== "2.0") throw invalidRequest("jsonrpc must be 2.0");
  if (id !== undefined && id !== null && typeof id !== "string" && typeof id !== "number") {
    throw invalidRequest("id must be a string or a number");
  }
  if (typeof method !== "string" || method === "") throw invalidRequest("method is missing");
  return id === undefined ? undefined : { id: id, method, params };
}

export interface Dispatcher {
  readonly call: Call;
  readonly maxBatch: number;
  readonly log: Logger;
}

async function answerOne(value: unknown, { call, log }: Dispatcher): Promise<RpcResponse | undefined> {
  let request: RpcRequest | undefined;
  try {
    request = readRequest(value);
  } catch (error) {
    return refuse(null, toRpcError(error, log, ""));
  }
  if (request === undefined) return undefined;
  try {
    return respond(request.id, await call(request));
  } catch (error) {
    return refuse(request.id, toRpcError(error, log, request.method));
  }
}

/** One by one, so that a batch costs no more at a time than a request. */
async function answerBatch(batch: readonly unknown[], dispatcher: Dispatcher): Promise<RpcResponse[]> {
  const responses: RpcResponse[] = [];
  for (const value of batch) {
    const response = await answerOne(value, dispatcher);
    if (response !== undefined) responses.push(response);
  }
  return responses;
}

/** The text of the answer; undefined when nothing is to be answered. Never rejects. */
export async function answerText(text: string, dispatcher: Dispatcher): Promise<string | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return JSON.stringify(refuse(null, parseError(error instanceof Error ? error.message : "")));
  }
  if (!Array.isArray(value)) {
    const response = await answerOne(value, dispatcher);
    return response === undefined ? undefined : JSON.stringify(response);
  }
  if (value.length === 0) return JSON.stringify(refuse(null, invalidRequest("the batch is empty")));
  if (value.length > dispatcher.maxBatch) {
    const text = `batch request exceeds maximum (${dispatcher.maxBatch}) allowed number of requests`;
    return JSON.stringify(refuse(null, invalidRequest(text)));
  }
  const responses = await answerBatch(value, dispatcher);
  if (responses.length === 0) return undefined;
  return JSON.stringify(responses.length === 1 ? responses[0] : responses);
}
