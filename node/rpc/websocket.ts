/** The WebSocket door: the same methods, and subscriptions (cosmos-formats.md §1.4). */
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { RawData, WebSocket } from "ws";
import type { JsonValue } from "../../chain/codec/index.js";
import type { Logger } from "../telemetry/log.js";
import { UNREADABLE, answer, refuse } from "./dispatch.js";
import type { Call, Dispatcher, RpcRequest } from "./dispatch.js";
import { RpcError, failed, parseError, serverError } from "./errors.js";
import type { WebSocketOptions } from "./options.js";
import { argsFromJson } from "./params.js";
import type { ClientSubscriptions, SubscriptionHub } from "./subscriptions.js";

const PATHS: ReadonlySet<string> = new Set(["/websocket", "/v1/websocket"]);

export interface WebSocketDeps {
  readonly hub: SubscriptionHub;
  readonly call: Call;
  readonly isQueued: Dispatcher["isQueued"];
  readonly maxBatch: number;
  readonly maxMessageBytes: number;
  /** Whether a browser on this origin may connect; programs send none. */
  readonly mayConnect: (origin: string | undefined) => boolean;
  readonly log: Logger;
}

export interface WebSocketDoor {
  /** Takes over an HTTP upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stop(): void;
}

function queryOf(params: unknown): string {
  // Keplr adds page, per_page and order_by to the names; they mean nothing here.
  const { query } = argsFromJson({ query: "string" }, params);
  return typeof query === "string" ? query : "";
}

/** On a websocket CometBFT calls params that do not fit an internal error. */
async function asInternal<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RpcError && error.code === -32602 ? failed(error.data) : error;
  }
}

class Client {
  readonly #socket: WebSocket;
  readonly #deps: WebSocketDeps;
  readonly #options: WebSocketOptions;
  readonly #subscriptions: ClientSubscriptions;
  readonly #dispatcher: Dispatcher;
  #inFlight = 0;
  #isAlive = true;

  constructor(socket: WebSocket, deps: WebSocketDeps, options: WebSocketOptions) {
    this.#socket = socket;
    this.#deps = deps;
    this.#options = options;
    this.#subscriptions = deps.hub.client((text) => this.#send(text));
    this.#dispatcher = { call: (request) => asInternal(() => this.#call(request)), isQueued: deps.isQueued, maxBatch: deps.maxBatch, log: deps.log };
    socket.on("message", (data) => {
      this.#receive(data).catch((error: unknown) => {
        deps.log.error("a websocket message was not answered", { error });
        socket.terminate();
      });
    });
    socket.on("pong", () => (this.#isAlive = true));
    socket.on("error", (error) => deps.log.debug("a websocket failed", { error: error.message }));
    socket.on("close", () => this.#subscriptions.end());
  }

  /** Ends the connection if nothing came since the last ping. */
  ping(): void {
    if (!this.#isAlive) return this.#socket.terminate();
    this.#isAlive = false;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  async #receive(data: RawData): Promise<void> {
    this.#isAlive = true;
    const text = Array.isArray(data) ? Buffer.concat(data).toString("utf8") : Buffer.from(data as Buffer).toString("utf8");
    if (this.#inFlight >= this.#options.maxInFlight) {
      this.#send(JSON.stringify(refuse(null, serverError("too many requests in flight"))));
      return;
    }
    this.#inFlight++;
    try {
      // CometBFT takes no batches here.
      if (/^\s*\[/.test(text)) { this.#send(JSON.stringify(refuse(null, parseError(UNREADABLE)))); return; }
      const { text: answered } = await answer(text, this.#dispatcher);
      if (answered !== undefined) this.#send(answered);
    } finally {
      this.#inFlight--;
    }
  }

  async #call(request: RpcRequest): Promise<JsonValue> {
    switch (request.method) {
      case "subscribe":
        this.#subscriptions.subscribe(queryOf(request.params), request.id);
        return {};
      case "unsubscribe":
        this.#subscriptions.unsubscribe(queryOf(request.params));
        return {};
      case "unsubscribe_all":
        this.#subscriptions.unsubscribeAll();
        return {};
      default:
        return this.#deps.call(request);
    }
  }

  #send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#options.maxBufferedBytes) {
      this.#deps.log.info("a slow websocket client was disconnected", { buffered: this.#socket.bufferedAmount });
      this.#subscriptions.end();
      this.#socket.terminate();
      return;
    }
    this.#socket.send(text);
  }
}

/** The listener has let go of the socket: what becomes of it is ours to see to, whatever the client does. */
function reject(socket: Duplex, status: string): void {
  socket.on("error", () => undefined);
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** WebSocket connections on the listener that hands its upgrades over. */
export function createWebSocketDoor(deps: WebSocketDeps, options: WebSocketOptions): WebSocketDoor {
  const server = new WebSocketServer({ noServer: true, maxPayload: deps.maxMessageBytes, clientTracking: true });
  const clients = new Map<WebSocket, Client>();
  const timer = setInterval(() => {
    for (const client of clients.values()) client.ping();
  }, options.pingIntervalMs);
  timer.unref();

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (!PATHS.has(path)) return reject(socket, "404 Not Found");
    if (!deps.mayConnect(request.headers.origin)) return reject(socket, "403 Forbidden");
    if (clients.size >= options.maxClients) return reject(socket, "503 Service Unavailable");
    server.handleUpgrade(request, socket, head, (webSocket) => {
      clients.set(webSocket, new Client(webSocket, deps, options));
      webSocket.on("close", () => clients.delete(webSocket));
    });
  };

  const stop = (): void => {
    clearInterval(timer);
    for (const webSocket of clients.keys()) webSocket.terminate();
    server.close();
  };
  return { upgrade, stop };
}
