/** The HTTP door over a chain in memory. Tests only. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeChain } from "../../../test/rpc/fake-chain.js";
import { BLOB_PATH_ITEMS } from "../../blobs/openapi.js";
import { createQueryDoor } from "../../grpc/index.js";
import { createIndexer } from "../../indexer/index.js";
import { SERVICES } from "../../services.js";
import { openKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";
import { createTurnstile } from "../../turnstile.js";
import type { Turnstile } from "../../turnstile.js";
import { TYPE_REGISTRY } from "../../type-registry.js";
import { DEFAULT_REST_OPTIONS, createPages, createRestServer, createRoutes } from "../index.js";
import type { Mounted, RestOptions } from "../index.js";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
export type AnyJson = any;

export interface RestNode {
  readonly chain: FakeChain;
  readonly port: number;
  readonly url: string;
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; headers: Headers; json: AnyJson }>;
  post(path: string, body: unknown): Promise<{ status: number; json: AnyJson }>;
  stop(): Promise<void>;
}

export const ROUTES = createRoutes(SERVICES);
export const PAGES = createPages(ROUTES, { title: "OpenLedger", version: "0.1.0", mounted: BLOB_PATH_ITEMS });

export async function startRestNode(
  options: Partial<RestOptions> = {},
  more: { readonly mounted?: readonly Mounted[]; readonly now?: () => number; readonly turnstile?: Turnstile } = {},
): Promise<RestNode> {
  const chain = new FakeChain();
  const dir = await mkdtemp(join(tmpdir(), "rest-"));
  const log = silentLogger();
  const kv = await openKv({ dir, onFatal: (failure) => { throw failure; } });
  const index = createIndexer({ kv, chain, feed: chain, log });
  await index.start();
  const build = { name: "openledger", version: "0.1.0", gitCommit: "" };
  const config = { minimumGasPrice: "0.01uopen", pruningKeepRecent: "100", pruningInterval: "10" };
  const door = createQueryDoor({ chain, index, pool: chain.pool, build, config, log });
  const now = more.now ?? (() => performance.now());
  const server = createRestServer(
    { routes: ROUTES, door, registry: TYPE_REGISTRY, mounted: more.mounted ?? [], pages: PAGES, log, now, turnstile: more.turnstile ?? createTurnstile() },
    { ...DEFAULT_REST_OPTIONS, port: 0, ...options },
  );
  const { port } = await server.start();
  const url = `http://127.0.0.1:${port}`;
  return {
    chain,
    port,
    url,
    get: async (path, headers = {}) => {
      const response = await fetch(`${url}${path}`, { headers });
      return { status: response.status, headers: response.headers, json: await response.json() };
    },
    post: async (path, body) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const response = await fetch(`${url}${path}`, { method: "POST", body: text });
      return { status: response.status, json: await response.json() };
    },
    stop: async () => {
      await server.stop();
      await index.stop();
      await kv.close();
      await rm(dir, { recursive: true });
    },
  };
}
