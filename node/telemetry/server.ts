/** The listener for operators: GET /metrics and GET /health. Loopback unless configured otherwise. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { close, listen, sendJson, sendText } from "../rpc/index.js";
import type { Address } from "../rpc/index.js";
import type { Health } from "./health.js";
import type { Registry } from "./metrics.js";

export interface TelemetryServerDeps {
  readonly registry: Registry;
  readonly health: () => Health;
}

export interface TelemetryServer {
  /** @throws EdgeFailure "config" when the address cannot be used. */
  start(): Promise<Address>;
  stop(): Promise<void>;
}

/** Scrapers and balancers are few. */
const MAX_CONNECTIONS = 16;
const MAX_REQUEST_MS = 5_000;
const EXPOSITION = "text/plain; version=0.0.4; charset=utf-8";

/** 200, or 503 with the reasons. */
export function sendHealth(response: ServerResponse, health: Health): void {
  response.setHeader("Cache-Control", "no-store");
  const { isHealthy, ...facts } = health;
  sendJson(response, isHealthy ? 200 : 503, `${JSON.stringify({ status: isHealthy ? "ok" : "unavailable", ...facts })}\n`);
}

export function createTelemetryServer({ registry, health }: TelemetryServerDeps, at: Address): TelemetryServer {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? "/").split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") sendText(response, 405, "text/plain", "method not allowed\n");
    else if (path === "/metrics") sendText(response, 200, EXPOSITION, registry.text());
    else if (path === "/health") sendHealth(response, health());
    else sendText(response, 404, "text/plain", "there are /metrics and /health\n");
  };
  const server = createServer(serve);
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = MAX_REQUEST_MS;
  server.headersTimeout = MAX_REQUEST_MS;
  return { start: () => listen(server, at), stop: () => close(server) };
}
