/** Small pieces that every HTTP door of the node shares: bounded bodies, CORS, answers. */
import { Buffer } from "node:buffer";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";
import { EdgeFailure } from "../errors.js";
import { GrowingBytes } from "../growing-bytes.js";

/** The whole body. @throws EdgeFailure "too-large" as soon as the limit is passed, "aborted" when the client goes. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw new EdgeFailure("too-large", "http: request body too large", { maxBytes });
  const body = new GrowingBytes();
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (body.length + chunk.length > maxBytes) throw new EdgeFailure("too-large", "http: request body too large", { maxBytes });
      body.push(chunk);
    }
  } catch (error) {
    if (error instanceof EdgeFailure) throw error;
    throw new EdgeFailure("aborted", "the client went away", {}, error);
  }
  return Buffer.from(body.take(body.length).buffer);
}

export interface Cors {
  readonly origins: readonly string[];
  readonly methods: string;
  readonly headers: string;
}

function allowedOrigin(origin: string | undefined, origins: readonly string[]): string | undefined {
  if (origins.includes("*")) return "*";
  return origin !== undefined && origins.includes(origin) ? origin : undefined;
}

/** Sets the headers that let a browser read the answer, if its origin may. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, cors: Cors): void {
  const origin = allowedOrigin(request.headers.origin, cors.origins);
  if (origin === undefined) return;
  response.setHeader("Access-Control-Allow-Origin", origin);
  if (origin !== "*") response.setHeader("Vary", "Origin");
  if (request.method !== "OPTIONS") return;
  response.setHeader("Access-Control-Allow-Methods", cors.methods);
  response.setHeader("Access-Control-Allow-Headers", cors.headers);
  response.setHeader("Access-Control-Max-Age", "600");
}

export function sendText(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.writableEnded || response.destroyed) return;
  const bytes = Buffer.from(body, "utf8");
  response.writeHead(status, { "Content-Type": type, "Content-Length": bytes.length, "X-Content-Type-Options": "nosniff" });
  response.end(bytes);
}

export function sendJson(response: ServerResponse, status: number, body: string): void {
  sendText(response, status, "application/json", body);
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Starts to listen. @throws EdgeFailure "config" when the address cannot be used. */
export async function listen(server: NetServer, at: Address): Promise<Address> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: unknown): void => {
      reject(new EdgeFailure("config", "cannot listen; is the port taken?", { host: at.host, port: at.port }, cause));
    };
    server.once("error", fail);
    server.listen(at.port, at.host, () => {
      server.off("error", fail);
      resolve();
    });
  });
  const bound = server.address() as AddressInfo;
  return { host: bound.address, port: bound.port };
}

/** Stops listening and ends every connection. */
export async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
