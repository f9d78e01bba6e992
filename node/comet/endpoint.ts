/** Addresses as CometBFT writes them ("tcp://host:port", "unix:///path"), and which ones we choose where the settings leave it open. */
import { createServer } from "node:net";
import { EdgeFailure } from "../errors.js";

/** Where something listens. */
export type Endpoint =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** sockaddr_un holds 108 bytes on Linux and 104 elsewhere, a zero included. */
const MAX_SOCKET_PATH = 103;
const LOOPBACK = "127.0.0.1";

/** @throws EdgeFailure "config" naming the setting. */
export function parseEndpoint(text: string, place: string): Endpoint {
  const unix = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (unix !== undefined) return { kind: "unix", path: unix };
  const match = /^(?:tcp:\/\/)?(\[[0-9a-fA-F:]+\]|[^:/\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] !== undefined && port <= 65_535) return { kind: "tcp", host: match[1].replace(/^\[|\]$/g, ""), port };
  throw new EdgeFailure("config", `${place} must look like tcp://127.0.0.1:26658 or unix:///path, got "${text.slice(0, 100)}"`);
}

export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === "unix") return `unix://${endpoint.path}`;
  const { host, port } = endpoint;
  return `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** A port of loopback that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host: LOOPBACK }, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/**
 * The setting's address; where it is empty, a socket in CometBFT's home, which only this user can enter, or a free port of
 * loopback where that path is longer than a socket's may be.
 */
export async function chooseEndpoint(setting: string, place: string, socket: string): Promise<Endpoint> {
  if (setting !== "") return parseEndpoint(setting, place);
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH) return { kind: "unix", path: socket };
  return { kind: "tcp", host: LOOPBACK, port: await freePort() };
}
