/** A chain of one validator whose key is elsewhere: no block without its signer. Tests only. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalConnection } from "../../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../../config/engine.js";
import { createEngine, formatKeyFile, keyFromSeed, openSigner } from "../../engine/index.js";
import type { Engine, LocalSigner } from "../../engine/index.js";
import { CLUSTER_CHAIN, FAST, clusterGenesis, seedOf } from "../../engine/testkit/cluster.js";
import { MemoryNet } from "../../engine/testkit/memory-net.js";
import { createSequenceApp } from "../../engine/testkit/sequence-app.js";
import { openKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";
import { openRemoteSigner } from "../index.js";
import type { RemoteSigner, RemoteSignerOptions } from "../index.js";

export const CHAIN = CLUSTER_CHAIN;
export const keyText = (): string => formatKeyFile(seedOf(0));

export class LoneValidator {
  readonly dir = mkdtempSync(join(tmpdir(), "privval-"));
  readonly path = join(this.dir, "signer.sock");
  readonly #stops: (() => Promise<void> | void)[] = [];

  /** What `openledgerd signer start` opens. */
  localSigner(): LocalSigner {
    return openSigner({ key: keyFromSeed(seedOf(0)), statePath: join(this.dir, "signer-state.json"), chainId: CHAIN });
  }

  async openSigner(options: Partial<RemoteSignerOptions> = {}): Promise<RemoteSigner> {
    const signer = await openRemoteSigner({ path: this.path, chainId: CHAIN, ...options }, silentLogger());
    this.#stops.push(() => signer.stop());
    return signer;
  }

  async startEngine(signer: RemoteSigner): Promise<Engine> {
    const kv = await openKv({ dir: join(this.dir, "app"), onFatal: () => undefined });
    const engine = await createEngine(
      { dataDir: join(this.dir, "data"), genesis: clusterGenesis([10n]), key: null, signer, config: FAST, mempool: DEFAULT_MEMPOOL_CONFIG },
      { app: createLocalConnection(createSequenceApp(kv)), p2p: new MemoryNet().create("peer0"), log: silentLogger(), onFatal: () => undefined },
    );
    await engine.start();
    this.#stops.push(async () => {
      await engine.stop();
      await kv.close();
    });
    return engine;
  }

  onStop(stop: () => Promise<void> | void): void {
    this.#stops.push(stop);
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
