/** JSON-RPC 2.0 over any transport: single requests, batches, notifications, errors (cosmos-formats.md §1.1). */
import { Fault } from "../../chain/primitives/index.js";
import type { JsonValue } from "../../chain/codec/index.js";
import type { Logger } from "../telemetry/log.js";
import { errorText } from "../errors.js";
import { RpcError, failed, invalidRequest, methodNotFound, parseError } from "./errors.js";
import type { RpcMethods } from "./method.js";

export type RequestId = string | number;

export interface RpcRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: unknown;
}

export interface RpcResponse {
  readonly jsonrpc: "2.0";
  readonly id?: RequestId;
  readonly result?: JsonValue;
  readonly error?: RpcError;
}

/** What a transport adds: methods of its own (subscriptions) come before those of the node. */
export type Call = (request: RpcRequest) => Promise<JsonValue>;

export function respond(id: RequestId, result: JsonValue): RpcResponse {
  return { jsonrpc: "2.0", id, result };
}

/** @param id null for what could not be read: it is left out of the answer, as CometBFT does. */
export function refuse(id: RequestId | null, error: RpcError): RpcResponse {
  return id === null ? { jsonrpc: "2.0", error } : { jsonrpc: "2.0", id, error };
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

/** How CometBFT begins what it says of a text that is no request. */
export const UNREADABLE = "error unmarshaling request: ";

/** undefined for a notification, which is not answered; so is one whose id is null. @throws RpcError -32700. */
function readRequest(value: unknown): RpcRequest | undefined {
  if (value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) throw parseError(`${UNREADABLE}a request is an object`);
  const { id, method = "", params } = value as Readonly<Record<string, unknown>>;
  if (typeof method !== "string") throw parseError(`${UNREADABLE}method is not a text`);
  if (id === undefined || id === null) return undefined;
  if (typeof id !== "string" && typeof id !== "number") throw parseError(`${UNREADABLE}the id is neither text nor number`);
  if (typeof id === "number" && !Number.isInteger(id)) throw parseError(`${UNREADABLE}the id is no whole number`);
  return { id, method, params };
}

export interface Dispatcher {
  readonly call: Call;
  /** Calls of these methods may wait together; each other one waits for all before it. */
  readonly isQueued: (method: string) => boolean;
  readonly maxBatch: number;
  readonly log: Logger;
}

async function answerOne(request: RpcRequest, { call, log }: Dispatcher): Promise<RpcResponse> {
  try {
    return respond(request.id, await call(request));
  } catch (error) {
    return refuse(request.id, toRpcError(error, log, request.method));
  }
}

/** What goes back. `status` is for HTTP: CometBFT answers 500 to what is no request at all, and 200 to everything else. */
export interface Answer {
  readonly status: 200 | 500;
  /** undefined when nothing is to be answered. */
  readonly text: string | undefined;
  /** What was asked, if it was one request that succeeded. */
  readonly cacheable: RpcRequest | undefined;
}

const unreadable = (error: RpcError): Answer => ({ status: 500, text: JSON.stringify(refuse(null, error)), cacheable: undefined });

/** @throws RpcError when any part of the text is no request. */
function readRequests(text: string): { readonly requests: readonly RpcRequest[]; readonly count: number } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw parseError(`${UNREADABLE}${error instanceof Error ? error.message : ""}`);
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return { requests: values.flatMap((v) => readRequest(v) ?? []), count: values.length };
}

/** One by one, so that a batch costs no more at a time than a request; what waits in a queue of its own waits together. */
async function answerAll(requests: readonly RpcRequest[], dispatcher: Dispatcher): Promise<readonly RpcResponse[]> {
  const answers: Promise<RpcResponse>[] = [];
  for (const request of requests) {
    if (!dispatcher.isQueued(request.method)) await Promise.all(answers);
    answers.push(answerOne(request, dispatcher));
  }
  return Promise.all(answers);
}

/** Answers a request or a batch. Never rejects. */
export async function answer(text: string, dispatcher: Dispatcher): Promise<Answer> {
  let read: ReturnType<typeof readRequests>;
  try {
    read = readRequests(text);
  } catch (error) {
    return unreadable(toRpcError(error, dispatcher.log, ""));
  }
  if (read.count > dispatcher.maxBatch) {
    const surplus = invalidRequest(`batch request exceeds maximum (${dispatcher.maxBatch}) allowed number of requests`);
    return { status: 200, text: JSON.stringify(refuse(null, surplus)), cacheable: undefined };
  }
  const responses = await answerAll(read.requests, dispatcher);
  const [first] = responses;
  if (first === undefined) return { status: 200, text: undefined, cacheable: undefined };
  if (responses.length > 1) return { status: 200, text: JSON.stringify(responses), cacheable: undefined };
  return { status: 200, text: JSON.stringify(first), cacheable: first.error === undefined ? read.requests[0] : undefined };
}
