/** Opens what clients reach from outside: the index, JSON-RPC, gRPC, REST and the blob gateway. Part of the composition root. */
import { fileURLToPath } from "node:url";
import { parseHex } from "../chain/primitives/index.js";
import { DEFAULT_BLOB_GATEWAY_OPTIONS, createBlobGateway } from "./blobs/http.js";
import { BLOB_PATH_ITEMS } from "./blobs/openapi.js";
import type { Blobs } from "./blobs/types.js";
import type { Home } from "./config/home.js";
import type { NodeSettings } from "./config/settings.js";
import type { Engine } from "./engine/index.js";
import { DEFAULT_GRPC_OPTIONS, createGrpcServer, createQueryDoor, loadDescriptors } from "./grpc/index.js";
import { createNullIndexer, createThreadedIndexer } from "./indexer/index.js";
import type { Indexer } from "./indexer/index.js";
import type { Instrumentation } from "./instrumentation.js";
import type { Identity, P2p } from "./p2p/index.js";
import { DEFAULT_RPC_OPTIONS, createEngineChain, createRpcServer } from "./rpc/index.js";
import type { ChainReader, QueryDoor, RpcOptions } from "./rpc/index.js";
import { DEFAULT_REST_OPTIONS, createPages, createRestServer, createRoutes } from "./rest/index.js";
import type { Mounted } from "./rest/index.js";
import { SERVICES } from "./services.js";
import { sendHealth } from "./telemetry/index.js";
import type { Health } from "./telemetry/index.js";
import type { Logger } from "./telemetry/log.js";
import { createTurnstile } from "./turnstile.js";
import type { Turnstile } from "./turnstile.js";
import { TYPE_REGISTRY } from "./type-registry.js";
import { createWalletPages } from "./wallet/index.js";
import { APP_VERSION, COMET_VERSION } from "./version.js";

export interface DoorDeps {
  readonly home: Home;
  readonly settings: NodeSettings;
  readonly identity: Identity;
  readonly engine: Engine;
  readonly p2p: P2p;
  readonly blobs: Blobs;
  readonly log: Logger;
  /** Grows as doors open. */
  readonly started: { readonly name: string; stop(): Promise<void> | void }[];
  readonly instruments: Instrumentation;
}

/** The .proto files travel with the repository, beside dist/ or the sources. */
const PROTO_DIR = fileURLToPath(new URL(import.meta.url.includes("/dist/node/") ? "../../proto" : "../proto", import.meta.url));

async function readerOf({ settings, identity, engine, p2p }: DoorDeps): Promise<ChainReader> {
  const { rpc, moniker } = settings;
  return createEngineChain({
    engine,
    identity: {
      id: parseHex(identity.nodeId),
      listenAddress: `tcp://${settings.p2p.host}:${settings.p2p.port}`,
      network: engine.status().chainId,
      version: COMET_VERSION,
      moniker,
      appVersion: (await engine.info()).appVersion,
      rpcAddress: `tcp://${rpc.host}:${rpc.port}`,
      isIndexed: settings.indexer !== "null",
    },
    nodeKey: identity.privateKey.publicKey.raw,
    netInfo: () =>
      engine.network?.() ?? {
        listeners: p2p.addresses(),
        peers: p2p
          .peers()
          .filter((p) => !p.isPrivate)
          .map((p) => ({ id: p.id, address: p.address, isOutbound: p.direction === "outbound", moniker: "" })),
      },
  });
}

async function openIndex({ home, settings, engine, log, started }: DoorDeps, chain: ChainReader): Promise<Indexer> {
  if (settings.indexer === "null") return createNullIndexer(engine);
  const indexer = createThreadedIndexer({ dir: home.indexDb, chain, feed: engine, log: log.child("indexer") });
  started.push({ name: "indexer", stop: () => indexer.stop() });
  await indexer.start();
  return indexer;
}

/** The step of the consensus that only waits. */
const BETWEEN_BLOCKS = "RoundStepNewHeight";

/** What calls go through: when each may start, and who answers. */
interface Inside {
  readonly door: QueryDoor;
  readonly turnstile: Turnstile;
}

function openTurnstile({ engine, started }: DoorDeps): Turnstile {
  const turnstile = createTurnstile();
  const unsubscribe = engine.subscribe((event) => {
    if (event.kind === "block") turnstile.setBusy(false);
    else if (event.kind === "round") turnstile.setBusy(event.step !== BETWEEN_BLOCKS);
  });
  started.push({ name: "turnstile", stop: unsubscribe });
  return turnstile;
}

async function openGrpc({ settings, log, started }: DoorDeps, inside: Inside): Promise<number | undefined> {
  const { enabled, ...limits } = settings.grpc;
  if (!enabled) return undefined;
  const descriptors = loadDescriptors(PROTO_DIR);
  const server = createGrpcServer(
    { ...inside, services: SERVICES, descriptors, log: log.child("grpc"), now: () => performance.now() },
    { ...DEFAULT_GRPC_OPTIONS, ...limits },
  );
  const { port } = await server.start();
  started.push({ name: "grpc", stop: () => server.stop() });
  return port;
}

/** What load balancers ask, at the port that they already know. */
function healthPage(health: () => Health): Mounted {
  return {
    path: "/health",
    serve(_, response) {
      sendHealth(response, health());
      return Promise.resolve();
    },
  };
}

/** What the HTTP door shows beside the queries. */
interface RestExtras {
  readonly rpcPort: number;
  readonly health: () => Health;
}

async function openRest({ settings, engine, blobs, log, started }: DoorDeps, inside: Inside, { rpcPort, health }: RestExtras): Promise<number | undefined> {
  const { enabled, maxBlobBytes, publicRest, publicRpc, ...limits } = settings.api;
  if (!enabled) return undefined;
  const gateway = createBlobGateway(
    { blobs, log: log.child("gateway") },
    { ...DEFAULT_BLOB_GATEWAY_OPTIONS, maxBytes: maxBlobBytes },
  );
  started.push({ name: "gateway", stop: () => gateway.stop() });
  const { chainId } = engine.status();
  const wallet = createWalletPages({
    ...{ chainId, publicRest, publicRpc },
    name: `OpenLedger ${chainId}`,
    gasPriceMicro: settings.minGasPriceMicro,
    rpcPort,
  });
  const routes = createRoutes(SERVICES);
  const pages = createPages(routes, { title: "OpenLedger", version: APP_VERSION, mounted: BLOB_PATH_ITEMS });
  const shown = { routes, pages, registry: TYPE_REGISTRY, mounted: [gateway, wallet, healthPage(health)] };
  const deps = { ...inside, ...shown, log: log.child("rest"), now: () => performance.now() };
  const server = createRestServer(deps, { ...DEFAULT_REST_OPTIONS, ...limits });
  const { port } = await server.start();
  started.push({ name: "rest", stop: () => server.stop() });
  return port;
}

/** Where the doors listen; undefined for one that the settings keep shut. */
export interface OpenDoors {
  readonly rpcPort: number;
  readonly grpcPort: number | undefined;
  readonly apiPort: number | undefined;
  readonly metricsPort: number | undefined;
}

/** Opens every door of the settings; each is added to `started` as it opens. */
export async function openDoors(deps: DoorDeps): Promise<OpenDoors> {
  const { settings, engine, p2p, log, started, instruments } = deps;
  const chain = await readerOf(deps);
  const index = await openIndex(deps, chain);
  const door = createQueryDoor({
    chain,
    index,
    log: log.child("queries"),
    pool: engine.pool,
    build: { name: "openledger", version: APP_VERSION, gitCommit: "" },
    config: {
      minimumGasPrice: `${formatMicro(settings.minGasPriceMicro)}uopen`,
      pruningKeepRecent: settings.keepRecent.toString(),
      pruningInterval: "1",
    },
  });
  const inside = { door, turnstile: openTurnstile(deps) };
  const watched = { engine, p2p, index };
  const health = instruments.health(watched);
  const observe = instruments.requests("rpc");
  const measured = { health, ...(observe === undefined ? {} : { observe }) };
  const rpc = createRpcServer(
    { chain, pool: engine.pool, index, feed: index, ...inside, ...measured, log: log.child("rpc") },
    rpcOptions(settings.rpc),
  );
  const { port } = await rpc.start();
  started.push({ name: "rpc", stop: () => rpc.stop() });
  const observed = (name: "grpc" | "rest"): typeof inside => ({ ...inside, door: instruments.door(door, SERVICES, name) });
  const grpcPort = await openGrpc(deps, observed("grpc"));
  const apiPort = await openRest(deps, observed("rest"), { rpcPort: port, health });
  const metricsPort = await instruments.open(watched, health);
  return { rpcPort: port, grpcPort, apiPort, metricsPort };
}

function rpcOptions({ maxSubscriptionClients, maxSubscriptionsPerClient, ...rpc }: NodeSettings["rpc"]): RpcOptions {
  const { webSocket } = DEFAULT_RPC_OPTIONS;
  return {
    ...DEFAULT_RPC_OPTIONS,
    ...rpc,
    maxCommitWaiters: maxSubscriptionClients,
    webSocket: { ...webSocket, maxClients: maxSubscriptionClients, maxSubscriptionsPerClient },
  };
}

function formatMicro(micro: bigint): string {
  const fraction = (micro % 1_000_000n).toString().padStart(6, "0");
  return `${micro / 1_000_000n}.${fraction}`;
}
