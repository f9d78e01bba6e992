/** A public record in memory: what the chain and the blob store would hold of one training job, with a real sidecar. */
import type { Codec } from "../../chain/codec/index.js";
import { blobCid } from "../../client/blob-cid.js";
import { joinRows } from "../../modules/datanet/rules/blob.js";
import type { Blobs } from "../../node/blobs/types.js";
import { EdgeFailure } from "../../node/errors.js";
import { createSidecarClient } from "../../node/sidecar-client/index.js";
import type { SidecarClient } from "../../node/sidecar-client/index.js";
import { Models } from "../../node/tasks/models.js";
import type { ModelDeps } from "../../node/tasks/models.js";
import type { StateReader } from "../../node/tasks/types.js";
import { silentLogger } from "../../node/telemetry/log.js";
import { claim, trainJob } from "../../node/trainer/job.js";
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
import { Contribution, VersionContribution } from "../../proto/gen/openledger/datanet/v1.js";
import { createSidecarServer } from "../../sidecar/grpc/server.js";
import { createRuntime } from "../../sidecar/runtime.js";
import { tinyBase, tinyRows } from "../../sidecar/testkit/tiny.js";
import type { BaseFiles, CorpusRow, Runtime } from "../../sidecar/types.js";

export const TRAINER = "open1trainer";

/** Eight steps of the tiny job in two segments. */
export const HYPERPARAMETERS = LoraHyperparameters.create({
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

  async put(bytes: Uint8Array): Promise<string> {
    const cid = await blobCid(bytes);
    this.content.set(cid, Uint8Array.from(bytes));
    return cid;
  }

  store(): Blobs {
    const part: Pick<Blobs, "has" | "fetch" | "get" | "put" | "pin"> = {
      has: (cid) => Promise.resolve(this.content.has(cid)),
      fetch: (cid) => this.read(cid).then((bytes) => ({ blocks: 1, bytes: bytes.length, peers: [] })),
      get: (cid) => this.read(cid),
      put: async (bytes) => ({ cid: await this.put(bytes as Uint8Array), size: (bytes as Uint8Array).length }),
      pin: (cid) => Promise.resolve(void this.pinned.add(cid)),
    };
    return part as Blobs;
  }
}

interface Public {
  readonly blobs: MemoryBlobs;
  readonly baseModel: BaseModel;
  readonly contributions: readonly VersionContribution[];
}

/** What a job is about: the tiny decoder and its rows, or others of the same four contributors. */
export interface Material {
  readonly base: BaseFiles;
  readonly rows: readonly CorpusRow[];
}

/** One contribution for each of four contributors. */
async function putRows(blobs: MemoryBlobs, rows: readonly CorpusRow[]): Promise<VersionContribution[]> {
  const out: VersionContribution[] = [];
  for (const c of [0, 1, 2, 3]) {
    const contributor = `contributor-${c}`;
    const texts = rows.filter((r) => r.contributor === contributor).map((r) => r.text);
    const contribution = Contribution.create({ id: BigInt(c + 1), blobCid: await blobs.put(joinRows(texts)), contributor });
    out.push(VersionContribution.create({ contribution, rows: texts.map((_, i) => i) }));
  }
  return out;
}

/** Everything public about one job, and what its trainer sends. */
export class World {
  readonly blobs: MemoryBlobs;
  readonly checkpoints: Checkpoint[] = [];
  readonly disputes: Dispute[] = [];
  /** Takes every message that is neither a checkpoint nor a completion. */
  onMessage: (codec: Codec<unknown>, message: unknown) => Uint8Array = () => new Uint8Array(0);
  adapter: Adapter | undefined;
  job: TrainingJob;
  /** The world of the job that this one goes on from. */
  private before: World | undefined;
  readonly baseModel: BaseModel;
  readonly contributions: readonly VersionContribution[];

  private constructor(known: Public, change: Partial<TrainingJob>) {
    ({ blobs: this.blobs, baseModel: this.baseModel, contributions: this.contributions } = known);
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

  /** A job that nobody has trained yet, with its data and its base model in the blob store. */
  static async create(baseId: Uint8Array, change: Partial<TrainingJob> = {}, material?: Material): Promise<World> {
    const blobs = new MemoryBlobs();
    const { base, rows } = material ?? { base: tinyBase(), rows: tinyRows(48, 4) };
    const baseModel = BaseModel.create({
      id: 1n,
      baseHash: baseId,
      configCid: await blobs.put(base.config),
      tokenizerCid: await blobs.put(base.tokenizer),
      weightsCid: await blobs.put(base.weights),
    });
    return new World({ blobs, baseModel, contributions: await putRows(blobs, rows) }, change);
  }

  /** A job that goes on from this one's adapter. */
  next(change: Partial<TrainingJob> = {}): World {
    const next = new World(this, { id: this.job.id + 1n, parentAdapterId: this.adapter?.id ?? 0n, ...change });
    next.before = this;
    return next;
  }

  state(): StateReader {
    const noMore = { nextKey: new Uint8Array(0), total: 0n };
    const answers: Readonly<Record<string, (request: never) => unknown>> = {
      Job: () => ({ job: this.job }),
      BaseModel: () => ({ baseModel: this.baseModel }),
      Adapter: ({ adapterId }: { adapterId: bigint }) => ({ adapter: [this, this.before].find((w) => w?.adapter?.id === adapterId)?.adapter }),
      VersionContributions: () => ({ contributions: this.contributions, pagination: noMore }),
      Dispute: ({ disputeId }: { disputeId: bigint }) => ({ dispute: this.disputes.find((d) => d.id === disputeId) }),
      Disputes: () => ({ disputes: this.disputes, pagination: noMore }),
    };
    return {
      query: (path, _codecs, request) => {
        const method = path.split("/").at(-1) ?? "";
        if (method !== "Checkpoints") {
          const answer = answers[method];
          return answer === undefined ? Promise.reject(new EdgeFailure("not-found", path)) : Promise.resolve(answer(request as never) as never);
        }
        const { jobId, pagination } = request as { jobId: bigint; pagination: { reverse: boolean } };
        const all = jobId === this.before?.job.id ? this.before.checkpoints : this.checkpoints;
        const checkpoints = pagination.reverse ? all.slice(-1) : all;
        return Promise.resolve({ checkpoints, pagination: noMore } as never);
      },
    };
  }

  /** What the chain would do with the messages of an account. */
  sender(address: string = TRAINER): TxSender {
    const done = { code: 0, codespace: "", log: "", data: new Uint8Array(0) };
    return {
      address,
      send: <T>(codec: Codec<T>, message: T) => {
        if (codec.typeName === MsgSubmitCheckpoint.typeName) this.checkpoints.push(Checkpoint.create(message as MsgSubmitCheckpoint));
        else if (codec.typeName === MsgCompleteTraining.typeName) this.complete(message as MsgCompleteTraining);
        else return Promise.resolve({ ...done, data: this.onMessage(codec as Codec<unknown>, message) });
        return Promise.resolve(done);
      },
    };
  }

  private complete(message: MsgCompleteTraining): void {
    this.adapter = Adapter.create({ ...message, id: message.jobId, baseModelId: 1n });
    this.job = { ...this.job, adapterId: message.jobId, lastStep: this.job.hyperparameters.steps, status: JobStatus.JOB_STATUS_COMPLETED };
  }

  deps(sidecar: SidecarClient): JobDeps & ModelDeps {
    return { state: this.state(), blobs: this.blobs.store(), sidecar, sender: this.sender(), log: silentLogger() };
  }

  /** The job is trained and published by whoever this sidecar belongs to. */
  async train(sidecar: SidecarClient): Promise<void> {
    const deps = this.deps(sidecar);
    if (this.job.runtimeId.length === 0) this.job = await claim(deps, this.job, new AbortController().signal);
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

/** The same software under another name: what an upgrade leaves, without a second set of kernels. */
export function otherRuntimeOf(runtime: Runtime): Runtime {
  const runtimeId = new Uint8Array(32).fill(0xee);
  return { ...runtime, info: () => ({ ...runtime.info(), runtimeId }), dispose: () => undefined };
}
