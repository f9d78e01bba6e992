/** Several engines in one process over a network in memory, on real stores in a temporary directory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS } from "../../../chain/block/index.js";
import { toHeight, toHex, toTimeNs, toVotingPower, utf8 } from "../../../chain/primitives/index.js";
import type { KvStore } from "../../../chain/store/index.js";
import { createLocalConnection } from "../../app/index.js";
import { DEFAULT_ENGINE_CONFIG, DEFAULT_MEMPOOL_CONFIG } from "../../config/engine.js";
import type { EngineConfig } from "../../config/engine.js";
import { formatGenesis } from "../../config/genesis.js";
import { errorText } from "../../errors.js";
import { openKv } from "../../storage/index.js";
import type { LevelKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";
import type { Logger } from "../../telemetry/log.js";
import { createEngine } from "../engine.js";
import type { FailPoint } from "../failpoint.js";
import { keyFromSeed } from "../key-file.js";
import type { Engine } from "../types.js";
import { MemoryNet } from "./memory-net.js";
import type { MemoryNode } from "./memory-net.js";
import { createSequenceApp } from "./sequence-app.js";
import type { SequenceApp } from "./sequence-app.js";

export const CLUSTER_CHAIN = "engine-test-1";

/** Short timers: the whole machine is one process. */
export const FAST: EngineConfig = {
  ...DEFAULT_ENGINE_CONFIG,
  propose: { baseMs: 400, growthMs: 200 },
  prevote: { baseMs: 200, growthMs: 100 },
  precommit: { baseMs: 200, growthMs: 100 },
  commitMs: 40,
  gossipMs: 200,
  gossipMinMs: 15,
};

export const seedOf = (i: number): Uint8Array => new Uint8Array(32).fill(i + 1);

/** @param powers of the validators. @param extendedFrom height from which votes carry extensions; 0: none */
export function clusterGenesis(powers: readonly bigint[], extendedFrom = 1n): string {
  return formatGenesis({
    genesisTime: toTimeNs(1_790_000_000n, 0),
    chainId: CLUSTER_CHAIN,
    initialHeight: toHeight(1n),
    consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: extendedFrom } },
    validators: powers.map((power, i) => ({
      publicKey: keyFromSeed(seedOf(i)).publicKey,
      power: toVotingPower(power),
      name: `v${i}`,
    })),
    appHash: new Uint8Array(0),
    appState: {},
  });
}

export interface ClusterNode {
  readonly index: number;
  readonly engine: Engine;
  readonly app: SequenceApp;
  readonly p2p: MemoryNode;
  readonly appKv: LevelKv;
  /** What stopped the engine, if it did. */
  fatal: unknown;
}

export interface StartOptions {
  readonly failPoint?: FailPoint;
  readonly log?: Logger;
  /** Validates with the key of this node instead of its own. */
  readonly keyOf?: number;
  /** Wraps the application's store. */
  readonly wrapKv?: (kv: KvStore) => KvStore;
}

export class Cluster {
  readonly net = new MemoryNet();
  readonly dir = mkdtempSync(join(tmpdir(), "engine-"));
  readonly #genesis: string;
  readonly #config: EngineConfig;
  readonly #nodes = new Map<number, ClusterNode>();

  constructor(powers: readonly bigint[] = [10n, 10n, 10n, 10n], config: EngineConfig = FAST, extendedFrom = 1n) {
    this.#genesis = clusterGenesis(powers, extendedFrom);
    this.#config = config;
  }

  get nodes(): readonly ClusterNode[] {
    return [...this.#nodes.values()];
  }

  node(i: number): ClusterNode {
    const found = this.#nodes.get(i);
    expect(found, `node ${i} runs`).to.not.equal(undefined);
    return found as ClusterNode;
  }

  dataDir(i: number): string {
    return join(this.dir, `node${i}`);
  }

  async start(i: number, options: StartOptions = {}): Promise<ClusterNode> {
    const dataDir = this.dataDir(i);
    const appKv = await openKv({ dir: join(dataDir, "app"), onFatal: () => undefined });
    const app = createSequenceApp(options.wrapKv?.(appKv) ?? appKv);
    const p2p = this.net.create(`peer${i}`);
    const holder: { fatal: unknown } = { fatal: undefined };
    const engine = await createEngine(
      {
        dataDir,
        genesis: this.#genesis,
        key: keyFromSeed(seedOf(options.keyOf ?? i)),
        config: this.#config,
        mempool: DEFAULT_MEMPOOL_CONFIG,
      },
      {
        app: createLocalConnection(app),
        p2p,
        log: options.log ?? silentLogger(),
        onFatal: (error) => {
          holder.fatal = error;
        },
        ...(options.failPoint === undefined ? {} : { failPoint: options.failPoint }),
      },
    );
    const node: ClusterNode = {
      index: i,
      engine,
      app,
      p2p,
      appKv,
      get fatal() {
        return holder.fatal;
      },
    };
    this.#nodes.set(i, node);
    await p2p.start();
    await engine.start();
    return node;
  }

  async startAll(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.start(i);
  }

  async stop(i: number): Promise<void> {
    const node = this.node(i);
    this.#nodes.delete(i);
    await node.p2p.stop();
    await node.engine.stop();
    await node.appKv.close();
  }

  async stopAll(): Promise<void> {
    for (const { index } of this.nodes) await this.stop(index);
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Resolves when every running node (or these) has committed `height`. */
  async reach(height: bigint, nodes: readonly ClusterNode[] = this.nodes): Promise<void> {
    await until(
      `height ${height}`,
      () => nodes.every((n) => n.engine.latestHeight() >= height),
      () =>
        nodes
          .map(
            (n) =>
              `${n.index}: ${n.engine.latestHeight()}${n.fatal === undefined ? "" : ` ${errorText(n.fatal)}`}`,
          )
          .join(", "),
    );
  }

  /** Every node that has a height has the same block and application hash there. */
  expectAgreement(): void {
    const top = this.nodes.reduce((h, n) => (n.engine.latestHeight() > h ? n.engine.latestHeight() : h), 0n);
    for (let h = 1n; h <= top; h++) {
      const seen = new Set(
        this.nodes.flatMap((n) => {
          const block = n.engine.block(toHeight(h));
          const results = n.engine.results(toHeight(h));
          return block === undefined || results === undefined
            ? []
            : [`${toHex(block.id.hash)} ${toHex(results.appHash)}`];
        }),
      );
      expect(seen.size, `nodes agree at height ${h}`).to.be.at.most(1);
    }
  }
}

export function txOf(sender: string, sequence: number, payload = "x"): Uint8Array {
  return utf8(`${sender}/${sequence}/${payload}`);
}

const LOOK_MS = 10;

/**
 * Waits until something is true; fails with `explain` after 20 seconds, or as long as patience lasts. They are counted in looks, which come
 * later where this process is short of CPU: what is waited for comes later there too.
 */
export async function until(
  what: string,
  isTrue: () => boolean,
  explain: () => string = () => "",
  patienceMs = 20_000,
): Promise<void> {
  for (let looks = 0; !isTrue(); looks++) {
    if (looks * LOOK_MS > patienceMs) expect.fail(`waited for ${what}: ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
