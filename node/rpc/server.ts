/** The RPC service: CometBFT 0.38's JSON-RPC over HTTP POST, HTTP GET and WebSocket. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { ChainIndex } from "../indexer/index.js";
import type { Logger } from "../telemetry/log.js";
import { OPEN_TURNSTILE } from "../turnstile.js";
import type { Turnstile } from "../turnstile.js";
import { answer, callMethod, refuse, respond, toRpcError } from "./dispatch.js";
import type { Call, RpcRequest } from "./dispatch.js";
import { failed, invalidRequest, methodNotFound } from "./errors.js";
import { allowOrigin, close, listen, readBody, sendJson, sendText } from "./http.js";
import type { Address, Cors } from "./http.js";
import { createInclusionWaiter } from "./inclusion.js";
import type { InclusionWaiter } from "./inclusion.js";
import type { RpcMethod, RpcMethods } from "./method.js";
import { abciMethods } from "./methods/abci.js";
import { blockMethods } from "./methods/blocks.js";
import { consensusMethods } from "./methods/consensus.js";
import { evidenceMethods } from "./methods/evidence.js";
import { nodeMethods } from "./methods/node.js";
import { transactionMethods } from "./methods/transactions.js";
import type { RpcOptions } from "./options.js";
import { createSubscriptionHub } from "./subscriptions.js";
import type { SubscriptionHub } from "./subscriptions.js";
import type { ChainReader, EventFeed, Fitness, QueryDoor, RequestObserver, TxPool } from "./types.js";
import { createWebSocketDoor } from "./websocket.js";
import type { WebSocketDoor } from "./websocket.js";

/** What CometBFT puts on GET answers, whose request id is always -1. */
const GET_ID = -1;
/** Methods that there are on a websocket only. */
const SOCKET_METHODS: ReadonlySet<string> = new Set(["subscribe", "unsubscribe", "unsubscribe_all"]);
const CACHE_FOR_A_DAY = "public, max-age=86400";

export interface RpcDeps {
  readonly chain: ChainReader;
  readonly pool: TxPool;
  readonly index: ChainIndex;
  /** Events in an order in which what they tell of can already be searched: the indexer's feed. */
  readonly feed: EventFeed;
  readonly door: QueryDoor;
  readonly log: Logger;
  /** Where calls wait, so that blocks do not; all start at once without it. */
  readonly turnstile?: Turnstile;
  /** What GET /health tells load balancers: 503 with the reasons. Without it the answer is always that all is well. */
  readonly health?: () => Fitness;
  readonly observe?: RequestObserver;
}

export interface RpcServer {
  /** @throws EdgeFailure "config" when the address cannot be used. */
  start(): Promise<Address>;
  /** Ends every connection and subscription. */
  stop(): Promise<void>;
}

function methodsOf(deps: RpcDeps, inclusion: InclusionWaiter): RpcMethods {
  return new Map<string, RpcMethod>([
    ...nodeMethods(deps.chain),
    ...consensusMethods(deps.chain),
    ...blockMethods(deps.chain, deps.index),
    ...transactionMethods({ ...deps, inclusion }),
    ...abciMethods(deps.chain, deps.door),
    ...evidenceMethods(deps.pool),
  ]);
}

class JsonRpcServer implements RpcServer {
  readonly #deps: RpcDeps;
  readonly #options: RpcOptions;
  readonly #methods: RpcMethods;
  readonly #inclusion: InclusionWaiter;
  readonly #hub: SubscriptionHub;
  readonly #webSockets: WebSocketDoor;
  readonly #server: Server;
  readonly #cors: Cors;
  readonly #turnstile: Turnstile;

  constructor(deps: RpcDeps, options: RpcOptions) {
    this.#deps = deps;
    this.#turnstile = deps.turnstile ?? OPEN_TURNSTILE;
    this.#options = options;
    const waiting = { timeoutMs: options.commitTimeoutMs, maxWaiting: options.maxCommitWaiters };
    this.#inclusion = createInclusionWaiter(deps.feed, waiting);
    this.#methods = methodsOf(deps, this.#inclusion);
    this.#hub = createSubscriptionHub(deps.feed, options.webSocket);
    const { corsOrigins: origins, maxBatch, maxBodyBytes } = options;
    const webSocketDeps = {
      hub: this.#hub,
      call: this.#call,
      isQueued: this.#isQueued,
      maxBatch,
      maxMessageBytes: maxBodyBytes,
      mayConnect: (origin: string | undefined) =>
        origin === undefined || origins.includes("*") || origins.includes(origin),
      log: deps.log,
    };
    this.#webSockets = createWebSocketDoor(webSocketDeps, options.webSocket);
    this.#cors = { origins, methods: "GET, POST, OPTIONS", headers: "Content-Type, Accept, X-Requested-With" };
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.maxConnections = options.maxConnections;
    this.#server.requestTimeout = options.requestTimeoutMs;
    this.#server.headersTimeout = options.requestTimeoutMs;
    this.#server.on("upgrade", (request, socket, head) => this.#webSockets.upgrade(request, socket, head));
  }

  start(): Promise<Address> {
    return listen(this.#server, this.#options);
  }

  async stop(): Promise<void> {
    this.#webSockets.stop();
    this.#hub.stop();
    this.#inclusion.stop();
    await close(this.#server);
  }

  readonly #call: Call = (request: RpcRequest) =>
    this.#timed(request.method, () => {
      if (this.#isQueued(request.method)) return callMethod(this.#methods, request);
      return this.#turnstile.pass(async () => callMethod(this.#methods, request));
    });

  readonly #isQueued = (method: string): boolean => this.#methods.get(method)?.isQueued === true;

  /** Names that are no method's are counted together: clients choose them. */
  async #timed<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const { observe, log } = this.#deps;
    if (observe === undefined) return work();
    const method = this.#methods.has(name) ? name : "unknown";
    const from = performance.now();
    const tell = (status: string): void => observe(method, status, (performance.now() - from) / 1_000);
    try {
      const result = await work();
      tell("ok");
      return result;
    } catch (error) {
      tell(toRpcError(error, log, name).code.toString());
      throw error;
    }
  }

  /** CometBFT's answer while all is well. */
  #checkFit(name: string): Fitness | undefined {
    const fitness = name === "health" ? this.#deps.health?.() : undefined;
    return fitness?.isHealthy === false ? fitness : undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      allowOrigin(request, response, this.#cors);
      const url = new URL(request.url ?? "/", "http://node");
      if (request.method === "OPTIONS") sendText(response, 204, "text/plain", "");
      else if (request.method === "POST" && url.pathname === "/") await this.#post(request, response);
      else if (request.method === "GET" || request.method === "HEAD" || request.method === "POST") await this.#get(url, response);
      else sendText(response, 405, "text/plain", "method not allowed");
    } catch (error) {
      const rpcError = toRpcError(error, this.#deps.log, "");
      sendJson(response, 500, JSON.stringify(refuse(null, rpcError)));
    }
  }

  /** Errors of methods are answered with 200: CosmJS does not read the body of anything else. */
  async #post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body: string;
    try {
      body = (await readBody(request, this.#options.maxBodyBytes)).toString("utf8");
    } catch (error) {
      response.setHeader("Connection", "close");
      const text = error instanceof Error ? error.message : "";
      sendJson(response, 400, JSON.stringify(refuse(null, invalidRequest(`error reading request body: ${text}`))));
      return;
    }
    if (body === "") { this.#list(response); return; }
    const dispatcher = { call: this.#call, isQueued: this.#isQueued, maxBatch: this.#options.maxBatch, log: this.#deps.log };
    const { status, text, cacheable } = await answer(body, dispatcher);
    const isCacheable = cacheable !== undefined && this.#methods.get(cacheable.method)?.isCacheable(cacheable) === true;
    if (isCacheable) response.setHeader("Cache-Control", CACHE_FOR_A_DAY);
    if (text === undefined) sendText(response, status, "text/plain", "");
    else sendJson(response, status, text);
  }

  async #get(url: URL, response: ServerResponse): Promise<void> {
    if (url.pathname === "/") { this.#list(response); return; }
    const name = url.pathname.slice(1).replace(/^v1\//, "");
    const method = this.#methods.get(name);
    if (method === undefined && SOCKET_METHODS.has(name)) {
      sendJson(response, 404, JSON.stringify(refuse(GET_ID, methodNotFound()))); return;
    }
    if (method === undefined) { sendText(response, 404, "text/plain; charset=utf-8", "404 page not found\n"); return; }
    const unfit = this.#checkFit(name);
    if (unfit !== undefined) {
      sendJson(response, 503, JSON.stringify(refuse(GET_ID, failed(unfit.reasons.join("; ")))));
      return;
    }
    try {
      const result = await this.#timed(name, () => this.#turnstile.pass(async () => method.callUri(url.searchParams)));
      if (method.isCacheable({ query: url.searchParams })) response.setHeader("Cache-Control", CACHE_FOR_A_DAY);
      sendJson(response, 200, JSON.stringify(respond(GET_ID, result)));
    } catch (error) {
      sendJson(response, 500, JSON.stringify(refuse(GET_ID, toRpcError(error, this.#deps.log, name))));
    }
  }

  /** The page of methods that a browser gets. */
  #list(response: ServerResponse): void {
    const links = [...this.#methods].map(([name, { params }]) => {
      const query = Object.keys(params).map((param) => `${param}=_`);
      const place = query.length === 0 ? `/${name}` : `/${name}?${query.join("&amp;")}`;
      return `<a href="${place}">${place}</a><br>`;
    });
    const page = `<html><body>Available endpoints:<br>${links.join("\n")}</body></html>\n`;
    sendText(response, 200, "text/html; charset=utf-8", page);
  }
}

/** The RPC over its ports. Nothing listens before `start`. */
export function createRpcServer(deps: RpcDeps, options: RpcOptions): RpcServer {
  return new JsonRpcServer(deps, options);
}
