/** A public record in memory: what the chain and the blob store would hold of one training job, with a real sidecar. */
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import type { Codec } from "../../chain/codec/index.js";
import { joinRows } from "../../modules/datanet/rules/blob.js";
import type { Blobs } from "../../node/blobs/types.js";
import { EdgeFailure } from "../../node/errors.js";
import { createSidecarClient } from "../../node/sidecar-client/index.js";
import type { SidecarClient } from "../../node/sidecar-client/index.js";
import { Models } from "../../node/tasks/models.js";
import type { ModelDeps } from "../../node/tasks/models.js";
import type { StateReader } from "../../node/tasks/types.js";
import { silentLogger } from "../../node/telemetry/log.js";
import { trainJob } from "../../node/trainer/job.js";
import type { JobDeps } from "../../node/trainer/job.js";
import type { TxSender } from "../../node/trainer/index.js";
import {
  Adapter,
  BaseModel,
  Checkpoint,
  JobStatus,
  LoraHyperparameters,
  MsgCompleteTraining,
  MsgSubmitCheckpoint,
  TrainingJob,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../proto/gen/openledger/modelfactory/v1.js";
import { createSidecarServer } from "../../sidecar/grpc/server.js";
import { createRuntime } from "../../sidecar/runtime.js";
import { tinyBase, tinyRows } from "../../sidecar/testkit/tiny.js";
import type { Runtime } from "../../sidecar/types.js";

export const TRAINER = "open1trainer";

/** Eight steps of the tiny job in two segments. */
const HYPERPARAMETERS = LoraHyperparameters.create({
  rank: 2,
  alpha: 4,
  targets: ["q", "v", "up"],
  rateNano: 5_000_000n,
  beta1Ppm: 900_000,
  beta2Ppm: 990_000,
  epsilonPico: 100_000n,
  batchSize: 16,
  steps: 8,
  sequenceLength: 32,
  seed: 5n,
  checkpointEvery: 4,
});

/** Blobs that a test may alter or take away behind their names. */
export class MemoryBlobs {
  readonly content = new Map<string, Uint8Array>();
  readonly pinned = new Set<string>();

  private read(cid: string): Promise<Uint8Array> {
    const bytes = this.content.get(cid);
    return bytes === undefined ? Promise.reject(new EdgeFailure("not-found", "nobody has it", { cid })) : Promise.resolve(bytes);
  }

  put(bytes: Uint8Array): string {
    const cid = `b${toHex(sha256(bytes)).slice(0, 40)}`;
    this.content.set(cid, Uint8Array.from(bytes));
    return cid;
  }

  store(): Blobs {
    const part: Pick<Blobs, "has" | "fetch" | "get" | "put" | "pin"> = {
      has: (cid) => Promise.resolve(this.content.has(cid)),
      fetch: (cid) => this.read(cid).then((bytes) => ({ blocks: 1, bytes: bytes.length, peers: [] })),
      get: (cid) => this.read(cid),
      put: (bytes) => Promise.resolve({ cid: this.put(bytes as Uint8Array), size: (bytes as Uint8Array).length }),
      pin: (cid) => Promise.resolve(void this.pinned.add(cid)),
    };
    return part as Blobs;
  }
}

/** Everything public about one job, and what its trainer sends. */
export class World {
  readonly blobs = new MemoryBlobs();
  readonly checkpoints: Checkpoint[] = [];
  readonly disputes: Dispute[] = [];
  /** Messages other than checkpoints and completions. */
  readonly sent: unknown[] = [];
  adapter: Adapter | undefined;
  job: TrainingJob;
  readonly baseModel: BaseModel;
  private readonly contributions: unknown[];

  constructor(baseId: Uint8Array, change: Partial<TrainingJob> = {}) {
    const base = tinyBase();
    const [configCid, tokenizerCid, weightsCid] = [base.config, base.tokenizer, base.weights].map((b) => this.blobs.put(b));
    this.baseModel = BaseModel.create({ id: 1n, baseHash: baseId, configCid: configCid ?? "", tokenizerCid: tokenizerCid ?? "", weightsCid: weightsCid ?? "" });
    const rows = tinyRows(48, 4);
    this.contributions = [0, 1, 2, 3].map((c) => {
      const texts = rows.filter((r) => r.contributor === `contributor-${c}`).map((r) => r.text);
      const contribution = { id: BigInt(c + 1), blobCid: this.blobs.put(joinRows(texts)), contributor: `contributor-${c}` };
      return { contribution, rows: texts.map((_, i) => i) };
    });
    this.job = TrainingJob.create({
      id: 1n,
      baseModelId: 1n,
      datasets: [{ datanetId: 1n, version: 1n }],
      hyperparameters: HYPERPARAMETERS,
      status: JobStatus.JOB_STATUS_RUNNING,
      trainer: TRAINER,
      ...change,
    });
  }

  state(): StateReader {
    const noMore = { nextKey: new Uint8Array(0), total: 0n };
    const answers: Readonly<Record<string, () => unknown>> = {
      Job: () => ({ job: this.job }),
      BaseModel: () => ({ baseModel: this.baseModel }),
      Adapter: () => ({ adapter: this.adapter }),
      VersionContributions: () => ({ contributions: this.contributions, pagination: noMore }),
      Disputes: () => ({ disputes: this.disputes, pagination: noMore }),
    };
    return {
      query: (path, _codecs, request) => {
        const method = path.split("/").at(-1) ?? "";
        if (method !== "Checkpoints") {
          const answer = answers[method];
          return answer === undefined ? Promise.reject(new EdgeFailure("not-found", path)) : Promise.resolve(answer() as never);
        }
        const { reverse } = (request as { pagination: { reverse: boolean } }).pagination;
        const checkpoints = reverse ? this.checkpoints.slice(-1) : this.checkpoints;
        return Promise.resolve({ checkpoints, pagination: noMore } as never);
      },
    };
  }

  /** What the chain would do with the trainer's messages. */
  sender(): TxSender {
    const done = { code: 0, codespace: "", log: "", data: new Uint8Array(0) };
    return {
      address: TRAINER,
      send: <T>(codec: Codec<T>, message: T) => {
        if (codec.typeName === MsgSubmitCheckpoint.typeName) this.checkpoints.push(Checkpoint.create(message as MsgSubmitCheckpoint));
        else if (codec.typeName === MsgCompleteTraining.typeName) this.complete(message as MsgCompleteTraining);
        else this.sent.push(message);
        return Promise.resolve(done);
      },
    };
  }

  private complete(message: MsgCompleteTraining): void {
    this.adapter = Adapter.create({ ...message, id: 1n, baseModelId: 1n });
    this.job = { ...this.job, adapterId: 1n, lastStep: this.job.hyperparameters.steps, status: JobStatus.JOB_STATUS_COMPLETED };
  }

  deps(sidecar: SidecarClient): JobDeps & ModelDeps {
    return { state: this.state(), blobs: this.blobs.store(), sidecar, sender: this.sender(), log: silentLogger() };
  }

  /** The job is trained and published by whoever this sidecar belongs to. */
  async train(sidecar: SidecarClient): Promise<void> {
    const deps = this.deps(sidecar);
    await trainJob(deps, new Models(deps), this.job, new AbortController().signal);
  }
}

export interface Served {
  readonly client: SidecarClient;
  close(): Promise<void>;
}

/** A runtime behind the real protocol. */
export async function serve(runtime: Runtime): Promise<Served> {
  const server = createSidecarServer({ runtime, listen: "127.0.0.1:0" });
  const client = createSidecarClient({ address: await server.start() });
  return {
    client,
    async close() {
      client.close();
      await server.stop();
    },
  };
}

export async function tinyRuntime(): Promise<{ readonly runtime: Runtime; readonly baseId: Uint8Array }> {
  const runtime = await createRuntime();
  return { runtime, baseId: (await runtime.loadBase(tinyBase())).baseId };
}
