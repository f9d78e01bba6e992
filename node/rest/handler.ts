/** One REST call: from verb, URL and body to a query, and its answer in the SDK's JSON (cosmos-formats.md §2.2). */
import type { QueryResponse } from "../../chain/abci/index.js";
import { anyFromJson, anyToJson, createTypeRegistry, parseJsonBytes } from "../../chain/codec/index.js";
import type { AnyCodec, TypeRegistry } from "../../chain/codec/index.js";
import { Reject, toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { HEIGHT_HEADER, statusOfResponse } from "../grpc/index.js";
import type { QueryDoor } from "../rpc/index.js";
import { readPath, readQuery } from "./parameters.js";
import type { Draft } from "./parameters.js";
import type { FoundRoute, RestRoutes } from "./routes.js";
import { RestError, errorBody, httpStatusOf, unknownRoute } from "./status.js";

export interface RestCall {
  readonly verb: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The text of the height header, if there is one. */
  readonly height: string | undefined;
  /** Read only for routes that have a body. @throws RestError for one that is too long. */
  body(): Promise<Uint8Array>;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: string;
  /** At which the query was answered; undefined when it was not. */
  readonly height?: Height;
}

export interface RestDeps {
  readonly routes: RestRoutes;
  readonly door: QueryDoor;
  /** What an Any may hold. */
  readonly registry: TypeRegistry;
}

const NO_TYPES = createTypeRegistry([]);

function heightOf(text: string | undefined): Height {
  if (text === undefined) return toHeight(0n);
  if (!/^\d{1,18}$/.test(text)) throw new RestError("InvalidArgument", `invalid height header "${HEIGHT_HEADER}": ${JSON.stringify(text)}`);
  return toHeight(BigInt(text));
}

/** An empty body is the message of defaults, as for the gateway. */
async function readBodyInto(call: RestCall, field: string, draft: Draft): Promise<void> {
  const bytes = await call.body();
  const json = bytes.length === 0 ? {} : parseJsonBytes(bytes, bytes.length);
  if (field !== "*") draft[field] = json as Draft;
  else if (typeof json === "object" && json !== null && !Array.isArray(json)) Object.assign(draft, json);
  else throw new RestError("InvalidArgument", "the body is no JSON object");
}

async function requestOf(call: RestCall, { route, variables }: FoundRoute, registry: TypeRegistry): Promise<Uint8Array> {
  const { request: codec } = route.method;
  const { body } = route.rule;
  const draft: Draft = {};
  try {
    if (body !== undefined) await readBodyInto(call, body, draft);
    if (body !== "*") readQuery(codec, call.query, draft, variables);
    readPath(codec, variables, draft);
    return codec.encode(anyFromJson(codec, draft, { registry, unknown: "ignore" }) as never);
  } catch (error) {
    if (error instanceof Reject) throw new RestError("InvalidArgument", error.message);
    throw error;
  }
}

/** An Any of an old transaction may hold bytes that no longer decode: then all stay bytes. */
function answerJson(codec: AnyCodec, value: Uint8Array, registry: TypeRegistry): string {
  const message = codec.decode(value, { unknown: "ignore" });
  try {
    return JSON.stringify(anyToJson(codec, message, registry));
  } catch (error) {
    if (error instanceof Reject) return JSON.stringify(anyToJson(codec, message, NO_TYPES));
    throw error;
  }
}

function answerOf(response: QueryResponse, codec: AnyCodec, registry: TypeRegistry): RestAnswer {
  if (response.code !== 0) {
    const status = statusOfResponse(response);
    return { status: httpStatusOf(status.code), body: errorBody(status) };
  }
  const body = answerJson(codec, response.value, registry);
  return { status: 200, body, height: response.height };
}

/** @throws whatever is our own failure; what the caller did wrong is answered. */
export async function answerRest(call: RestCall, { routes, door, registry }: RestDeps): Promise<RestAnswer> {
  try {
    const found = routes.find(call.verb === "HEAD" ? "GET" : call.verb, call.path);
    if (found === undefined) throw unknownRoute();
    const height = heightOf(call.height);
    const data = await requestOf(call, found, registry);
    const response = await door.query({ path: found.route.query, data, height, prove: false });
    return answerOf(response, found.route.method.response, registry);
  } catch (error) {
    if (error instanceof RestError) return { status: error.http, body: errorBody(error.status) };
    throw error;
  }
}
