/** What is measured of a running node, and where it is shown. Part of the composition root. */
import type { AppConnection } from "./app/index.js";
import type { ServiceTable } from "../chain/codec/index.js";
import type { NodeSettings } from "./config/settings.js";
import type { Engine } from "./engine/index.js";
import type { Indexer } from "./indexer/index.js";
import type { P2p } from "./p2p/index.js";
import type { SignerStatus } from "./privval/index.js";
import type { QueryDoor } from "./rpc/index.js";
import type { SidecarClient } from "./sidecar-client/index.js";
import type { TaskStats } from "./tasks/types.js";
import {
  Registry,
  createHealthCheck,
  createTelemetryServer,
  observedDoor,
  requestObserver,
  sidecarTimer,
  timedApplication,
  watchChain,
  watchEconomy,
  watchIndex,
  watchP2p,
  watchPool,
  watchProcess,
  watchSigner,
  watchTasks,
} from "./telemetry/index.js";
import type { Door, Health, RequestObserver } from "./telemetry/index.js";
import { APP_VERSION, COMET_VERSION } from "./version.js";

/** A node without a block for so long is not asked: several timeouts of an unlucky height. */
const STALLED_MS = 60_000;

export interface Watched {
  readonly engine: Engine;
  readonly p2p: P2p;
  readonly index: Indexer;
}

/** Measures where the settings want it; otherwise everything is passed on as it is. */
export class Instrumentation {
  readonly #settings: NodeSettings;
  readonly #registry: Registry | undefined;
  readonly #observe: ((door: Door) => RequestObserver) | undefined;
  readonly #timeSidecar: ((client: SidecarClient) => SidecarClient) | undefined;
  readonly #stops: (() => Promise<void> | void)[] = [];
  #tasks: (() => TaskStats) | undefined;
  #signer: (() => SignerStatus) | undefined;

  constructor(settings: NodeSettings, chainId: string) {
    this.#settings = settings;
    this.#registry = settings.instrumentation.enabled ? new Registry({ chain_id: chainId }) : undefined;
    this.#observe = this.#registry === undefined ? undefined : requestObserver(this.#registry);
    this.#timeSidecar = this.#registry === undefined ? undefined : sidecarTimer(this.#registry);
  }

  application(app: AppConnection): AppConnection {
    return this.#registry === undefined ? app : timedApplication(app, this.#registry, this.#settings.instrumentation.namespace);
  }

  sidecar(client: SidecarClient): SidecarClient {
    return this.#timeSidecar?.(client) ?? client;
  }

  /** How the remote signer of this validator does. */
  signer(status: () => SignerStatus): void {
    this.#signer = status;
  }

  /** Where the tasks of this validator stand. */
  tasks(stats: () => TaskStats): void {
    this.#tasks = stats;
  }

  requests(door: Door): RequestObserver | undefined {
    return this.#observe?.(door);
  }

  door<D extends QueryDoor>(query: D, services: readonly ServiceTable[], name: Door): D {
    const observe = this.requests(name);
    if (observe === undefined) return query;
    const paths = services.flatMap(({ typeName, methods }) => methods.map((method) => `/${typeName}/${method.name}`));
    return observedDoor(query, new Set(paths), observe);
  }

  /** The health of the node from here on. */
  health({ engine, p2p, index }: Watched): () => Health {
    const now = (): number => performance.now();
    const { maxTxs } = this.#settings.mempool;
    const check = createHealthCheck(
      { engine, pool: engine.pool, index, peers: () => p2p.stats().peers, signer: () => this.#signer?.().isConnected ?? true, now },
      { stalledMs: STALLED_MS, maxTxs, expectsPeers: this.#settings.p2p.persistentPeers.length + this.#settings.p2p.seeds.length > 0 },
    );
    this.#stops.push(() => check.stop());
    return () => check.check();
  }

  /** Counts from here on, and listens. @returns the port, or undefined where nothing is shown. */
  async open({ engine, p2p, index }: Watched, health: () => Health): Promise<number | undefined> {
    const registry = this.#registry;
    if (registry === undefined) return undefined;
    const { namespace, host, port } = this.#settings.instrumentation;
    const info = { name: "openledger_build_info", help: "Always 1; the labels say what runs.", labels: ["version", "comet_version"] };
    registry.gauge(info).set(1, APP_VERSION, COMET_VERSION);
    const seconds = (): number => performance.now() / 1_000;
    this.#stops.push(watchChain({ registry, namespace, engine, now: seconds }));
    this.#stops.push(watchEconomy(registry, engine));
    watchPool(registry, namespace, engine.pool);
    watchP2p(registry, namespace, p2p);
    watchIndex(registry, index);
    watchTasks(registry, this.#tasks);
    watchSigner(registry, this.#signer);
    this.#stops.push(watchProcess(registry));
    const up = registry.gauge({ name: "openledger_healthy", help: "1 while GET /health answers 200." });
    registry.onScrape(() => up.set(health().isHealthy ? 1 : 0));
    const server = createTelemetryServer({ registry, health }, { host, port });
    const bound = await server.start();
    this.#stops.push(() => server.stop());
    return bound.port;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
  }
}
