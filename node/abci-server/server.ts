/** Chooses the transport. */
import { toHeight } from "../../chain/primitives/index.js";
import { parseAbciAddress } from "./address.js";
import { createGrpcServer } from "./grpc-server.js";
import { holdAfter } from "./halt.js";
import { createSocketServer } from "./socket-server.js";
import { DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_FRAME_BYTES } from "./types.js";
import type { AbciServer, AbciServerDeps, AbciServerOptions } from "./types.js";

/**
 * Our application as CometBFT 0.38 reaches it: `proxy_app` is the address that start() gives, and `abci` is "socket" for tcp
 * and unix, "grpc" for grpc.
 * @throws EdgeFailure "config" on an address of another form.
 */
export function createAbciServer(given: AbciServerDeps, options: AbciServerOptions): AbciServer {
  const { maxFrameBytes = DEFAULT_MAX_FRAME_BYTES, maxConnections = DEFAULT_MAX_CONNECTIONS } = options;
  const address = parseAbciAddress(options.address);
  const log = given.log.child("abci");
  const onFatal = (error: unknown): void => {
    log.error("the application failed", { error });
    given.onFatal?.(error);
  };
  const deps = { app: holdAfter(given.app, options.haltHeight ?? toHeight(0n), log), snapshots: given.snapshots, log, onFatal, maxFrameBytes };
  if (address.kind === "grpc") return createGrpcServer({ address, maxMessageBytes: maxFrameBytes }, deps);
  return createSocketServer({ address, maxConnections }, deps);
}
