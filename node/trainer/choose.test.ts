import { expect } from "chai";
import { JobStatus, MsgClaimTraining } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { defaultParams } from "../../modules/modelfactory/params.js";
import { TRAINER, World, serve, tinyRuntime } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { Models } from "../tasks/models.js";
import type { StateReader } from "../tasks/types.js";
import { openDisputes } from "./chain-jobs.js";
import { Chooser } from "./choose.js";
import type { JobDeps } from "./job.js";

const signal = new AbortController().signal;

/** A list as a chain serves it: a hundred at a time. */
function paged<T>(all: readonly T[], key: Uint8Array): { readonly items: readonly T[]; readonly pagination: { nextKey: Uint8Array; total: bigint } } {
  const at = key[0] ?? 0;
  const nextKey = 100 * (at + 1) < all.length ? Uint8Array.of(at + 1) : new Uint8Array(0);
  return { items: all.slice(100 * at, 100 * (at + 1)), pagination: { nextKey, total: 0n } };
}

describe("the choice of a job", () => {
  let served: Served;
  let world: World;
  before(async () => {
    const { runtime, baseId } = await tinyRuntime();
    served = await serve(runtime);
    world = await World.create(baseId, { status: JobStatus.JOB_STATUS_OPEN, trainer: "" });
  });
  after(() => served.close());

  interface Market {
    readonly deps: JobDeps;
    readonly claimed: bigint[];
    /** Messages of the log. */
    readonly said: string[];
    readonly pinned: Set<string>;
  }

  /** A chain with these jobs. */
  function market(jobs: readonly TrainingJob[], change: { readonly disputes?: readonly Dispute[]; readonly progressPeriod?: number; readonly sold?: readonly bigint[] } = {}): Market {
    const honest = world.state();
    const said: string[] = [];
    const claimed: bigint[] = [];
    const base = world.deps(served.client);
    const state: StateReader = {
      query(path, codecs, request) {
        const { status, pagination } = request as unknown as { status: number; pagination: { key: Uint8Array } };
        const method = path.split("/").at(-1);
        if (method === "Params") return Promise.resolve({ params: { ...defaultParams, progressPeriod: change.progressPeriod ?? 900 } } as never);
        if (method === "Jobs") {
          const { items, pagination: next } = paged(jobs.filter((j) => j.status === status), pagination.key);
          return Promise.resolve({ jobs: items, pagination: next } as never);
        }
        if (method === "Disputes") {
          const { items, pagination: next } = paged(change.disputes ?? [], pagination.key);
          return Promise.resolve({ disputes: items, pagination: next } as never);
        }
        return honest.query(path, codecs, request);
      },
    };
    const sender: JobDeps["sender"] = {
      address: TRAINER,
      send: (codec, message) => {
        if (codec.typeName !== MsgClaimTraining.typeName) return Promise.reject(new Error("nothing else is sent"));
        const { jobId } = message as MsgClaimTraining;
        if (change.sold?.includes(jobId) === true) return Promise.reject(new Error("training job is not open"));
        claimed.push(jobId);
        return Promise.resolve({ code: 0, codespace: "", log: "", data: new Uint8Array(0) });
      },
    };
    const log = { ...base.log, warn: (text: string) => void said.push(text) };
    return { deps: { ...base, state, sender, log }, claimed, said, pinned: world.blobs.pinned };
  }

  const job = (id: bigint, over: Partial<TrainingJob> = {}): TrainingJob => ({ ...world.job, id, ...over });
  const chooser = ({ deps }: Market, now: () => number = () => 0): Chooser => new Chooser(deps, new Models(deps), { now, inputMs: 1 });
  const hard = (over: Partial<TrainingJob["hyperparameters"]>): Partial<TrainingJob> => ({ hyperparameters: { ...world.job.hyperparameters, ...over } });

  it("falls on an open one that it can run, whose inputs it keeps", async () => {
    const m = market([job(1n)]);
    expect((await chooser(m).next(signal))?.id).to.equal(1n);
    expect(m.claimed).to.deep.equal([1n]);
    expect([...m.pinned]).to.include.members([world.baseModel.weightsCid, world.contributions[0]?.contribution.blobCid ?? ""]);
  });

  it("is never a trap for the bond: what cannot be run, read or done in time is left, and the next one taken", async () => {
    const traps = [job(1n, hard({ sequenceLength: 64 })), job(2n, hard({ rank: 65 })), job(3n, { parentAdapterId: 9n }), job(4n, { baseModelId: 1n, ...hard({ beta2Ppm: 0 }) })];
    const m = market([...traps, job(5n)]);
    expect((await chooser(m).next(signal))?.id).to.equal(5n);
    expect(m.claimed).to.deep.equal([5n]);
    expect(m.said).to.have.length(4);
  });

  it("leaves an order whose rows nobody has", async () => {
    const cid = world.contributions[1]?.contribution.blobCid ?? "";
    const kept = world.blobs.content.get(cid) ?? new Uint8Array(0);
    world.blobs.content.delete(cid);
    const m = market([job(1n)]);
    const found = await chooser(m).next(signal);
    world.blobs.content.set(cid, kept);
    expect([found, m.claimed]).to.deep.equal([undefined, []]);
  }).timeout(20_000);

  it("leaves work for which there is no time on this machine", async () => {
    let clock = 0;
    const slow = (): number => (clock += 10_000);
    const m = market([job(1n)], { progressPeriod: 79 });
    expect(await chooser(m, slow).next(signal)).to.equal(undefined);
    expect((await chooser(market([job(1n)], { progressPeriod: 80 }), slow).next(signal))?.id).to.equal(1n);
  });

  it("does not look at the same trap again for a while, and forgets it with the job", async () => {
    let clock = 0;
    const jobs = [job(1n, hard({ rank: 65 }))];
    const m = market(jobs);
    const c = chooser(m, () => clock);
    for (let i = 0; i < 3; i++) await c.next(signal);
    expect(m.said).to.have.length(1);
    clock = 300_001;
    await c.next(signal);
    expect(m.said).to.have.length(2);
    const [trap] = jobs.splice(0, 1);
    await c.next(signal);
    if (trap !== undefined) jobs.push(trap);
    await c.next(signal);
    expect(m.said).to.have.length(3);
  });

  it("goes to the next where another trainer was quicker", async () => {
    const m = market([job(1n), job(2n)], { sold: [1n] });
    expect((await chooser(m).next(signal))?.id).to.equal(2n);
  });

  it("is a job of its own that a restart interrupted, wherever it stands among the running ones", async () => {
    const others = Array.from({ length: 230 }, (_, i) => job(BigInt(i + 1), { status: JobStatus.JOB_STATUS_RUNNING, trainer: "open1other" }));
    const mine = job(400n, { status: JobStatus.JOB_STATUS_RUNNING, trainer: TRAINER });
    const m = market([...others, mine, job(500n)]);
    expect((await chooser(m).next(signal))?.id).to.equal(400n);
    expect(m.claimed).to.deep.equal([]);
  });

  it("is not all that lists are long for: every open dispute is seen", async () => {
    const disputes = Array.from({ length: 230 }, (_, i) => ({ id: BigInt(i + 1) }) as Dispute);
    const seen: bigint[] = [];
    for await (const { id } of openDisputes(market([], { disputes }).deps.state)) seen.push(id);
    expect(seen).to.deep.equal(disputes.map((d) => d.id));
  });
}).timeout(60_000);
