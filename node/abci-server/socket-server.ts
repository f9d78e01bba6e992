/** ABCI over TCP or a unix socket. */
import { chmodSync, existsSync, unlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { EdgeFailure, errorText } from "../errors.js";
import { formatAbciAddress } from "./address.js";
import type { AbciAddress } from "./address.js";
import { Connection } from "./connection.js";
import type { ConnectionDeps } from "./connection.js";
import type { AbciServer } from "./types.js";

export interface SocketServerOptions {
  readonly address: AbciAddress;
  readonly maxConnections: number;
}

/** All but what each connection has of its own. */
export type SocketServerDeps = Omit<ConnectionDeps, "line">;

class SocketServer implements AbciServer {
  readonly #options: SocketServerOptions;
  readonly #deps: SocketServerDeps;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  constructor(options: SocketServerOptions, deps: SocketServerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#take(socket));
    this.#server.maxConnections = options.maxConnections;
    this.#server.on("drop", () => deps.log.warn("connection refused: too many are open", { limit: options.maxConnections }));
  }

  async start(): Promise<{ readonly address: string }> {
    const { address } = this.#options;
    if (address.kind === "unix") await removeStaleSocket(address.path);
    await listen(this.#server, address);
    this.#server.on("error", (error) => this.#deps.log.warn("a connection could not be taken", { reason: errorText(error) }));
    if (address.kind === "unix") chmodSync(address.path, 0o660);
    const taken = this.#server.address();
    const port = typeof taken === "object" && taken !== null ? taken.port : 0;
    return { address: formatAbciAddress(address.kind === "unix" ? address : { ...address, port }) };
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#connections].map((connection) => connection.stop()));
    await closed;
  }

  #take(socket: Socket): void {
    const connection = new Connection(socket, { ...this.#deps, line: { isNew: true } });
    this.#connections.add(connection);
    this.#deps.log.info("connection opened", { open: this.#connections.size });
    void connection.run().finally(() => {
      this.#connections.delete(connection);
      this.#deps.log.info("connection ended", { open: this.#connections.size });
    });
  }
}

function listen(server: Server, address: AbciAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => reject(new EdgeFailure("config", "cannot listen for CometBFT", { address: formatAbciAddress(address) }, cause));
    server.once("error", failed);
    const where = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port };
    server.listen(where, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

/** What a killed process leaves behind; a socket that somebody answers on is not ours to remove. */
async function removeStaleSocket(path: string): Promise<void> {
  if (!existsSync(path) || (await isAnswered(path))) return;
  unlinkSync(path);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}

export function createSocketServer(options: SocketServerOptions, deps: SocketServerDeps): AbciServer {
  return new SocketServer(options, deps);
}
