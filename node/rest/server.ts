/**
 * The HTTP door: REST for every query service, and beside it whatever is mounted at a path of its own, behind one set of
 * limits. A client that sends or takes slower than the limits allow is disconnected.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { errorText, isFailure } from "../errors.js";
import { HEIGHT_HEADER } from "../grpc/index.js";
import { createRateLimit } from "../rate-limit.js";
import type { RateLimit } from "../rate-limit.js";
import { allowOrigin, close, listen, readBody, sendJson, sendText } from "../rpc/index.js";
import type { Address, Cors } from "../rpc/index.js";
import type { Logger } from "../telemetry/log.js";
import type { Turnstile } from "../turnstile.js";
import { answerRest } from "./handler.js";
import type { RestAnswer, RestCall, RestDeps } from "./handler.js";
import type { RestOptions } from "./options.js";
import type { Page } from "./pages.js";
import { RestError, errorBody } from "./status.js";

/** Something that answers under paths of its own; it ends the response. */
export interface Mounted {
  /** Of the paths that start with it, segment by segment. */
  readonly path: string;
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface RestServerDeps extends RestDeps {
  readonly mounted: readonly Mounted[];
  /** By exact path. */
  readonly pages: ReadonlyMap<string, Page>;
  readonly log: Logger;
  readonly turnstile: Turnstile;
  /** Milliseconds; only differences matter. */
  readonly now: () => number;
}

export interface RestServer {
  /** @throws EdgeFailure "config" when the address cannot be used. */
  start(): Promise<Address>;
  /** Ends every connection. */
  stop(): Promise<void>;
}

/** Both names under which the SDK's gateway gives the height. */
const HEIGHT_OUT = ["Grpc-Metadata-X-Cosmos-Block-Height", "X-Cosmos-Block-Height"] as const;

/** Headers are short: who takes longer is slow on purpose. */
const MAX_HEADERS_MS = 10_000;

function isUnder(pathname: string, { path }: Mounted): boolean {
  return pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`);
}

/** A target may be anything; only a path with its query is taken as one. */
function urlOf(target: string | undefined): URL | undefined {
  return target?.startsWith("/") === true && URL.canParse(`http://node${target}`) ? new URL(`http://node${target}`) : undefined;
}

/** Pages are whole in themselves: nothing is loaded from anywhere. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function sendPage(response: ServerResponse, { type, body }: Page): void {
  response.setHeader("Content-Security-Policy", PAGE_POLICY);
  response.setHeader("Cache-Control", "no-cache");
  sendText(response, 200, type, body);
}

class HttpDoor implements RestServer {
  readonly #deps: RestServerDeps;
  readonly #options: RestOptions;
  readonly #rate: RateLimit;
  readonly #cors: Cors;
  readonly #server: Server;

  constructor(deps: RestServerDeps, options: RestOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#rate = createRateLimit(options.requestsPerMinute);
    const headers = `Content-Type, Accept, X-Requested-With, ${HEIGHT_HEADER}`;
    const exposed = HEIGHT_OUT.join(", ");
    this.#cors = { origins: options.corsOrigins, methods: "GET, HEAD, POST, OPTIONS", headers };
    const arriving = {
      requestTimeout: options.timeoutMs,
      headersTimeout: Math.min(options.timeoutMs, MAX_HEADERS_MS),
      connectionsCheckingInterval: Math.min(options.timeoutMs, MAX_HEADERS_MS),
    };
    this.#server = createServer(arriving, (request, response) => {
      response.setHeader("Access-Control-Expose-Headers", exposed);
      void this.#serve(request, response);
    });
    this.#server.maxConnections = options.maxConnections;
    this.#server.setTimeout(options.timeoutMs);
  }

  start(): Promise<Address> {
    return listen(this.#server, this.#options);
  }

  stop(): Promise<void> {
    return close(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      allowOrigin(request, response, this.#cors);
      if (request.method === "OPTIONS") return void response.writeHead(204).end();
      if (!this.#rate.take(request.socket.remoteAddress ?? "", this.#deps.now())) {
        response.setHeader("Retry-After", "1");
        throw new RestError("ResourceExhausted", "too many requests; try again in a minute");
      }
      await this.#route(request, response);
    } catch (error) {
      this.#fail(response, error);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(request.url);
    if (url === undefined) throw new RestError("InvalidArgument", "the request target is no path");
    const mounted = this.#deps.mounted.find((m) => isUnder(url.pathname, m));
    if (mounted !== undefined) return mounted.serve(request, response);
    const page = request.method === "GET" || request.method === "HEAD" ? this.#deps.pages.get(url.pathname) : undefined;
    if (page !== undefined) {
      sendPage(response, page);
      return;
    }
    const answer = await this.#answer(request, response, url);
    if (answer.height !== undefined) for (const name of HEIGHT_OUT) response.setHeader(name, answer.height.toString());
    this.#expectTaken(response);
    sendJson(response, answer.status, answer.body);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<RestAnswer> {
    const header = request.headers[HEIGHT_HEADER];
    const call: RestCall = {
      verb: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      height: typeof header === "string" ? header : undefined,
      body: () => this.#body(request, response),
    };
    try {
      return await this.#deps.turnstile.pass(() => answerRest(call, this.#deps));
    } catch (error) {
      if (!isFailure(error, "busy")) throw error;
      response.setHeader("Retry-After", "1");
      throw new RestError("ResourceExhausted", error.message);
    }
  }

  async #body(request: IncomingMessage, response: ServerResponse): Promise<Uint8Array> {
    try {
      return await readBody(request, this.#options.maxBodyBytes);
    } catch (error) {
      response.setHeader("Connection", "close");
      const isTooLarge = isFailure(error, "too-large");
      if (isTooLarge) throw new RestError("ResourceExhausted", "http: request body too large", 413);
      throw new RestError("Canceled", "the request ended early");
    }
  }

  /** Who reads a byte now and then keeps the socket alive; the answer as a whole has its time too. */
  #expectTaken(response: ServerResponse): void {
    const timer = setTimeout(() => response.destroy(), this.#options.timeoutMs);
    timer.unref();
    response.once("close", () => clearTimeout(timer));
  }

  #fail(response: ServerResponse, error: unknown): void {
    if (response.headersSent) return void response.destroy();
    if (!(error instanceof RestError)) this.#deps.log.error("a REST call failed", { error: errorText(error) });
    const told = error instanceof RestError ? error : new RestError("Internal", "internal error");
    sendJson(response, told.http, errorBody(told.status));
  }
}

/** Nothing listens before `start`. */
export function createRestServer(deps: RestServerDeps, options: RestOptions): RestServer {
  return new HttpDoor(deps, options);
}
