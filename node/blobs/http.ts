/**
 * The blob gateway: bytes in, CID out, and back, for browsers and programs that do not speak IPFS.
 * `POST /openledger/blobs/v1` stores the body and answers {"cid","size"}; `GET` and `HEAD /openledger/blobs/v1/{cid}` give the
 * content, which is fetched from peers if it is not here. Errors are {"code","message"} with a FailureCode. It is mounted
 * on the HTTP door of the node, whose limits on connections and requests it shares.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { EdgeFailure, errorText } from "../errors.js";
import type { FailureCode } from "../errors.js";
import { readBody, sendJson } from "../rpc/index.js";
import type { Logger } from "../telemetry/log.js";
import type { Blobs } from "./types.js";

/** Where the gateway is mounted. */
export const BLOB_PATH = "/openledger/blobs/v1";
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

/** Slowest pace at which a client may take a blob, bytes per millisecond, and what it has besides. */
const SLOWEST_PACE = 64;
const TAKE_GRACE_MS = 10_000;

/** Resolves when the client has the answer, or is gone: until then its blob is in memory, and counts. */
function taken(response: ServerResponse, size: number): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), TAKE_GRACE_MS + size / SLOWEST_PACE);
    response.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export interface BlobGatewayOptions {
  /** Largest blob that is taken or given. */
  readonly maxBytes: number;
  /** Requests that are served at the same time; each may hold one blob in memory. */
  readonly maxConcurrent: number;
  /** How long peers may take to bring a missing blob. */
  readonly fetchTimeoutMs: number;
}

/** 64 MiB blobs, eight at a time. */
export const DEFAULT_BLOB_GATEWAY_OPTIONS: BlobGatewayOptions = {
  maxBytes: 64 * 1024 * 1024,
  maxConcurrent: 8,
  fetchTimeoutMs: 30_000,
};

export interface BlobGatewayDeps {
  readonly blobs: Pick<Blobs, "put" | "get" | "has" | "fetch">;
  readonly log: Logger;
}

export interface BlobGateway {
  readonly path: string;
  /** Answers one request under the path; never rejects. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Gives up what is being fetched. */
  stop(): void;
}

class HttpGateway implements BlobGateway {
  readonly path = BLOB_PATH;
  readonly #deps: BlobGatewayDeps;
  readonly #options: BlobGatewayOptions;
  readonly #stopping = new AbortController();
  #busy = 0;

  constructor(deps: BlobGatewayDeps, options: BlobGatewayOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.#busy >= this.#options.maxConcurrent) throw new EdgeFailure("busy", "the gateway is busy; try again");
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

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://node");
    const cid = pathname.startsWith(`${BLOB_PATH}/`) ? pathname.slice(BLOB_PATH.length + 1) : undefined;
    if (request.method === "POST" && pathname === BLOB_PATH) return this.#put(request, response);
    if (cid === undefined) throw new EdgeFailure("not-found", `blobs live under ${BLOB_PATH}`);
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
    await taken(response, bytes.length);
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

/** The gateway over a blob store. */
export function createBlobGateway(deps: BlobGatewayDeps, options: BlobGatewayOptions): BlobGateway {
  return new HttpGateway(deps, options);
}
