/** A fake chain with index and RPC on loopback. Tests only. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIndexer } from "../../node/indexer/index.js";
import type { Indexer } from "../../node/indexer/index.js";
import { openKv } from "../../node/storage/index.js";
import { silentLogger } from "../../node/telemetry/log.js";
import { DEFAULT_RPC_OPTIONS } from "../../node/rpc/options.js";
import type { RpcOptions } from "../../node/rpc/options.js";
import { createRpcServer } from "../../node/rpc/server.js";
import type { RpcDeps } from "../../node/rpc/server.js";
import { FakeChain } from "./fake-chain.js";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
export type AnyJson = any;

export interface RpcNode {
  readonly chain: FakeChain;
  readonly index: Indexer;
  readonly url: string;
  /** Posts one JSON-RPC request, or whatever body is given. */
  post(body: unknown): Promise<{ status: number; json: AnyJson }>;
  call(method: string, params?: unknown): Promise<AnyJson>;
  get(path: string): Promise<{ status: number; headers: Headers; json: AnyJson; text: string }>;
  stop(): Promise<void>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function startRpcNode(
  options: Partial<RpcOptions> = {},
  chain: FakeChain = new FakeChain(),
  indexOf?: (chain: FakeChain) => Indexer,
  more: Partial<Pick<RpcDeps, "health" | "observe">> = {},
): Promise<RpcNode> {
  const dir = await mkdtemp(join(tmpdir(), "rpc-"));
  const log = silentLogger();
  const kv = await openKv({ dir, onFatal: (failure) => { throw failure; } });
  const index = indexOf?.(chain) ?? createIndexer({ kv, chain, feed: chain, log });
  await index.start();
  const door = { query: (request: Parameters<FakeChain["query"]>[0]) => Promise.resolve(chain.query(request)) };
  const deps = { chain, pool: chain.pool, index, feed: index, door, log, ...more };
  const server = createRpcServer(deps, { ...DEFAULT_RPC_OPTIONS, port: 0, ...options });
  const { port } = await server.start();
  const url = `http://127.0.0.1:${port}`;
  const post: RpcNode["post"] = async (body) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url, { method: "POST", body: text });
    return { status: response.status, json: parsed(await response.text()) };
  };
  return {
    chain,
    index,
    url,
    post,
    call: async (method, params) => (await post({ jsonrpc: "2.0", id: 1, method, params })).json as unknown,
    get: async (path) => {
      const response = await fetch(`${url}${path}`);
      const text = await response.text();
      return { status: response.status, headers: response.headers, json: parsed(text), text };
    },
    stop: async () => {
      await server.stop();
      await index.stop();
      await kv.close();
      await rm(dir, { recursive: true });
    },
  };
}
