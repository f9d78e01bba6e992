/**
 * The blob gateway: bytes in, CID out, and back, for browsers and programs that do not speak IPFS.
 * `POST /openledger/blobs/v1` stores the body and answers {"cid","size"}; `GET` and `HEAD /openledger/blobs/v1/{cid}` give the
 * content, which is fetched from peers if it is not here. Errors are {"code","message"} with a FailureCode.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { EdgeFailure, errorText } from "../errors.js";
import type { FailureCode } from "../errors.js";
import { allowOrigin, close, listen, readBody, sendJson } from "../rpc/index.js";
import type { Address, Cors } from "../rpc/index.js";
import type { Logger } from "../telemetry/log.js";
import type { Blobs } from "./types.js";

const PATH = "/openledger/blobs/v1";
/** Letters and digits of any multibase; what it names is the blob store's to check. */
const CID = /^[A-Za-z0-9]{1,128}$/;

const STATUS: Readonly<Record<FailureCode, number>> = {
  "not-found": 404,
  timeout: 504,
  aborted: 499,
  busy: 429,
  "too-large": 413,
  malformed: 400,
  unreachable: 503,
  remote: 502,
  storage: 500,
  config: 500,
  "not-running": 503,
};

export interface BlobGatewayOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly corsOrigins: readonly string[];
  /** Largest blob that is taken or given. */
  readonly maxBytes: number;
  /** Requests that are served at the same time; each may hold one blob in memory. */
  readonly maxConcurrent: number;
  /** Requests of one address per minute. */
  readonly requestsPerMinute: number;
  readonly maxConnections: number;
  /** How long peers may take to bring a missing blob. */
  readonly fetchTimeoutMs: number;
}

/** 64 MiB blobs, eight at a time. */
export const DEFAULT_BLOB_GATEWAY_OPTIONS: BlobGatewayOptions = {
  host: "127.0.0.1",
  port: 1317,
  corsOrigins: [],
  maxBytes: 64 * 1024 * 1024,
  maxConcurrent: 8,
  requestsPerMinute: 600,
  maxConnections: 256,
  fetchTimeoutMs: 30_000,
};

export interface BlobGatewayDeps {
  readonly blobs: Pick<Blobs, "put" | "get" | "has" | "fetch">;
  readonly log: Logger;
  /** Milliseconds; only differences matter. */
  readonly now: () => number;
}

export interface BlobGateway {
  /** @throws EdgeFailure "config" when the address cannot be used. */
  start(): Promise<Address>;
  stop(): Promise<void>;
}

/** Tokens of one address: refilled evenly, up to a minute's worth. */
interface Bucket {
  tokens: number;
  at: number;
}

const MINUTE_MS = 60_000;
const MAX_BUCKETS = 4096;

class RateLimit {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  take(address: string, now: number): boolean {
    const bucket = this.#buckets.get(address) ?? { tokens: this.#perMinute, at: now };
    bucket.tokens = Math.min(this.#perMinute, bucket.tokens + ((now - bucket.at) / MINUTE_MS) * this.#perMinute);
    bucket.at = now;
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_BUCKETS && oldest !== undefined) this.#buckets.delete(oldest);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

class HttpGateway implements BlobGateway {
  readonly #deps: BlobGatewayDeps;
  readonly #options: BlobGatewayOptions;
  readonly #server: Server;
  readonly #cors: Cors;
  readonly #rate: RateLimit;
  readonly #stopping = new AbortController();
  #busy = 0;

  constructor(deps: BlobGatewayDeps, options: BlobGatewayOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#rate = new RateLimit(options.requestsPerMinute);
    this.#cors = { origins: options.corsOrigins, methods: "GET, HEAD, POST, OPTIONS", headers: "Content-Type" };
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.maxConnections = options.maxConnections;
    this.#server.headersTimeout = 10_000;
  }

  start(): Promise<Address> {
    return listen(this.#server, this.#options);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await close(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    allowOrigin(request, response, this.#cors);
    try {
      if (request.method === "OPTIONS") return void response.writeHead(204).end();
      this.#admit(request);
      this.#busy++;
      try {
        await this.#route(request, response);
      } finally {
        this.#busy--;
      }
    } catch (error) {
      this.#fail(response, error);
    }
  }

  #admit(request: IncomingMessage): void {
    if (!this.#rate.take(request.socket.remoteAddress ?? "", this.#deps.now())) {
      throw new EdgeFailure("busy", "too many requests; try again in a minute");
    }
    if (this.#busy >= this.#options.maxConcurrent) throw new EdgeFailure("busy", "the gateway is busy; try again");
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://node");
    const cid = pathname.startsWith(`${PATH}/`) ? pathname.slice(PATH.length + 1) : undefined;
    if (request.method === "POST" && pathname === PATH) return this.#put(request, response);
    if (cid === undefined) throw new EdgeFailure("not-found", `blobs live under ${PATH}`);
    if (request.method !== "GET" && request.method !== "HEAD") throw new EdgeFailure("malformed", "use GET, HEAD or POST");
    if (!CID.test(cid)) throw new EdgeFailure("malformed", "that is no CID");
    return this.#give(cid, request, response);
  }

  async #put(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await readBody(request, this.#options.maxBytes);
    if (bytes.length === 0) throw new EdgeFailure("malformed", "the body is empty");
    const { cid, size } = await this.#deps.blobs.put(bytes, { signal: this.#stopping.signal });
    sendJson(response, 201, JSON.stringify({ cid, size }));
  }

  async #give(cid: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { blobs } = this.#deps;
    const { maxBytes, fetchTimeoutMs } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(fetchTimeoutMs)]);
    if (!(await blobs.has(cid))) await blobs.fetch(cid, { maxBytes, signal });
    const bytes = await blobs.get(cid, { maxBytes, signal });
    // A CID never names other bytes. Active content must not run on this origin.
    response.writeHead(200, {
      "Content-Type": "application/octet-stream",
      "Content-Length": bytes.length,
      "Cache-Control": "public, max-age=31536000, immutable",
      "X-Content-Type-Options": "nosniff",
      ETag: `"${cid}"`,
    });
    response.end(request.method === "HEAD" ? undefined : bytes);
  }

  #fail(response: ServerResponse, error: unknown): void {
    const known = error instanceof EdgeFailure;
    if (!known) this.#deps.log.error("the blob gateway failed", { error: errorText(error) });
    const code: FailureCode = known ? error.code : "storage";
    const message = known ? error.message : "the blob store failed";
    if (response.headersSent) return void response.destroy();
    if (code === "too-large") response.setHeader("Connection", "close");
    if (code === "busy") response.setHeader("Retry-After", "1");
    sendJson(response, STATUS[code], JSON.stringify({ code, message }));
  }
}

/** The gateway over a blob store. Nothing listens before `start`. */
export function createBlobGateway(deps: BlobGatewayDeps, options: BlobGatewayOptions): BlobGateway {
  return new HttpGateway(deps, options);
}
