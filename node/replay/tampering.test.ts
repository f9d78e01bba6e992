import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { STATE_HEAD_BYTES } from "../../modules/modelfactory/rules/train-state.js";
import { AdapterStatus, DisputeKind, DisputeStatus, JobStatus, MsgCompleteTraining, MsgPublishAdapter, MsgSubmitCheckpoint, SampleStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute, MsgOrderTraining } from "../../proto/gen/openledger/modelfactory/v1.js";
import { MsgRequestInference } from "../../proto/gen/openledger/openlora/v1.js";
import type { Runtime } from "../../sidecar/types.js";
import { LiveChain, OPEN } from "../../test/replay/live-chain.js";
import { serve, tinyRuntime } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { nudge, tamperingRuntime } from "../../testnet/faults/tampering.js";
import type { Tampering } from "../../testnet/faults/tampering.js";
import { challenge, claimOf } from "../cli/challenge.js";
import { Models } from "../tasks/models.js";
import { defendAll } from "../trainer/defend.js";
import { trainJob } from "../trainer/job.js";
import type { JobDeps } from "../trainer/job.js";
import type { TxSender } from "../trainer/index.js";
import { replayJob } from "./index.js";
import type { JobReplay } from "./index.js";

const signal = new AbortController().signal;
const { ADAPTER_STATUS_REFUTED, ADAPTER_STATUS_TAINTED } = AdapterStatus;

/** A winner's share of a bond of 5 OPEN. */
const PRIZE = (5n * OPEN) / 2n;
const FEE = 10n * OPEN;
/** Milliseconds between blocks: a challenger looks once a second. */
const BLOCK_MS = 20;

/** The first weight of the adapter: the vectors of a state begin after its head. */
const firstWeight: Tampering["change"] = (state) => nudge((state.length - STATE_HEAD_BYTES) / 4 - 1, 1e-3)(state);
/** The last number of a state belongs to a tangent. */
const lastTangent: Tampering["change"] = nudge(0, 1e-3);
/** The cursor's lowest byte: training goes on with sequences that are not next. */
const cursor: Tampering["change"] = (state) => Uint8Array.from(state, (b, i) => (i === STATE_HEAD_BYTES - 32 + 7 ? b + 16 : b));

interface Trained {
  readonly chain: LiveChain;
  readonly deps: JobDeps;
}

/** What trainer, challenger and developer have, in uopen. */
const purses = (chain: LiveChain): bigint[] => (["trainer", "challenger", "developer"] as const).map((name) => chain.balance(name));

describe("tampering, from the sidecar to the slash", () => {
  let honest: Runtime;
  let baseId: Uint8Array;
  let served: Served;
  /** Sidecars of trainers. */
  const open: Served[] = [];

  before(async () => {
    ({ runtime: honest, baseId } = await tinyRuntime());
    served = await serve(honest);
  });
  after(async () => {
    for (const { close } of open) await close();
    await served.close();
  });

  async function trainOn({ chain, deps }: Trained, over: Partial<MsgOrderTraining> = {}): Promise<void> {
    const job = await chain.order(over);
    await trainJob(deps, new Models(deps), job, signal);
  }

  /** Job 1, trained and published by this runtime, and job 2, which goes on from its adapter. */
  async function trained(runtime: Runtime = honest, altered: (deps: JobDeps) => TxSender = ({ sender }) => sender): Promise<Trained> {
    const chain = new LiveChain(served.client, {});
    await chain.prepare(baseId);
    const sidecar = await serve({ ...runtime, dispose: () => undefined });
    open.push(sidecar);
    const own = chain.trainer(sidecar.client);
    const world: Trained = { chain, deps: { ...own, sender: altered(own) } };
    await trainOn(world);
    expect(await chain.send("developer", MsgPublishAdapter, published(chain, 1n))).to.equal("");
    await trainOn({ ...world, deps: { ...own, sidecar: served.client } }, { parentAdapterId: 1n });
    expect(await chain.send("developer", MsgPublishAdapter, published(chain, 2n))).to.equal("");
    return world;
  }

  const published = (chain: LiveChain, adapterId: bigint): Partial<MsgPublishAdapter> => {
    return { owner: chain.signer("developer").text, adapterId, name: `adapter ${adapterId}`, rateIn: "1000", rateOut: "1000" };
  };

  const ask = (chain: LiveChain, adapterId: bigint): Promise<string> => {
    const sampling = { temperatureMilli: 0, topK: 0, seed: 0n };
    const question = { prompt: "the harvest", maxTokens: 4, maxFee: "500000", clientNonce: `n${chain.height()}`, sampling };
    return chain.send("owner", MsgRequestInference, { user: chain.signer("owner").text, adapterId, ...question });
  };

  const replayOf = ({ chain }: Trained): Promise<JobReplay> => {
    const deps = chain.watcher();
    return replayJob(deps, new Models(deps), { jobId: 1n }, { signal, waitMs: 1 });
  };

  /** The challenger plays what its replay found, the trainer answers if it `defends`, and the chain goes on meanwhile. */
  async function disputed({ chain, deps }: Trained, replay: JobReplay, defends = true): Promise<Dispute> {
    const claim = claimOf(replay);
    if (claim === undefined) throw new Error("nothing to dispute");
    const models = new Models(deps);
    let isOver = false;
    const life = async (): Promise<void> => {
      while (!isOver) {
        if (defends) await defendAll(deps, models, signal);
        await chain.block();
        await sleep(BLOCK_MS);
      }
    };
    const living = life();
    const { state, blobs, sidecar } = chain.watcher();
    const uploads = { ...blobs, upload: (bytes: Uint8Array) => chain.blobs.put(bytes) };
    const place = { state, blobs: uploads, sidecar, signal, sender: chain.sender("challenger"), say: () => undefined };
    try {
      return await challenge(place, replay, claim);
    } finally {
      isOver = true;
      await living;
    }
  }

  /** Plays it and checks all that follows from a conviction. */
  async function convicts(world: Trained, replay: JobReplay, defends = true): Promise<Dispute> {
    const { chain } = world;
    expect([await ask(chain, 1n), await ask(chain, 2n)], "before").to.deep.equal(["", ""]);
    const before = purses(chain);
    const bonded = chain.job(1n).bond;
    const dispute = await disputed(world, replay, defends);
    await chain.blocks(2);
    expect(dispute.status).to.equal(DisputeStatus.DISPUTE_STATUS_UPHELD);
    const job = chain.job(1n);
    expect([job.status, job.openDisputes, bonded]).to.deep.equal([JobStatus.JOB_STATUS_REFUTED, 0, "5000000"]);
    // The trainer's bond left it when it claimed the job, and does not come back.
    expect(purses(chain).map((b, i) => b - (before[i] ?? 0n))).to.deep.equal([0n, PRIZE, FEE]);
    const marks = [1n, 2n].map((id) => chain.record.adapters.getOrFail(id).status);
    expect(marks).to.deep.equal([ADAPTER_STATUS_REFUTED, ADAPTER_STATUS_TAINTED]);
    expect([await ask(chain, 1n), await ask(chain, 2n)], "after").to.deep.equal(["openlora/12", "openlora/12"]);
    return dispute;
  }

  const lied = (tampering: Tampering): Promise<Trained> => trained(tamperingRuntime(honest, tampering));

  it("with one step's weights is bisected to that step", async () => {
    const world = await lied({ step: 6, change: firstWeight });
    const replay = await replayOf(world);
    expect(replay.verdict).to.deep.include({ kind: "differs", step: 6, part: "state" });
    expect(await convicts(world, replay)).to.deep.include({ segment: 8, low: 5, high: 6 });
  });

  it("with one tangent is bisected to its step, and the part is named where the trainer shows the state", async () => {
    const world = await lied({ step: 4, change: lastTangent });
    const replay = await replayOf(world);
    expect(replay.verdict).to.deep.include({ kind: "differs", step: 4, part: "state (second moment of tangent 3)" });
    expect(await convicts(world, replay)).to.deep.include({ segment: 4, low: 3, high: 4 });
  });

  it("with the order of the data is bisected to the step after which it was left", async () => {
    const world = await lied({ step: 2, change: cursor });
    const replay = await replayOf(world);
    expect(replay.verdict).to.deep.include({ kind: "differs", step: 2 });
    expect(await convicts(world, replay)).to.deep.include({ segment: 4, low: 1, high: 2 });
  });

  it("with a checkpoint's blob, whose bytes are not the state on record, is seen by whoever reads it", async () => {
    const other = Uint8Array.from({ length: 64 }, (_, i) => i);
    const world = await trained(honest, ({ sender, blobs }) => ({
      ...sender,
      async send(codec, message, s) {
        const isTarget = codec.typeName === MsgSubmitCheckpoint.typeName && (message as MsgSubmitCheckpoint).step === 4;
        const sent = isTarget ? { ...message, stateCid: (await blobs.put(other)).cid } : message;
        return sender.send(codec, sent, s);
      },
    }));
    const replay = await replayOf(world);
    expect(replay.verdict).to.deep.include({ kind: "corrupt", what: "state", step: 4 });
    expect((await convicts(world, replay)).reason).to.equal("the state is not the one on record");
  });

  it("by withholding a checkpoint is the same as having none", async () => {
    const world = await trained();
    world.chain.blobs.content.delete(world.chain.record.checkpoints.getOrFail([1n, 4]).stateCid);
    const replay = await replayOf(world);
    expect(replay.verdict).to.deep.include({ kind: "unavailable", what: "state", step: 4 });
    expect((await convicts(world, replay, false)).reason).to.equal("the state was withheld");
  });

  it("is not what a trainer does whose disk lost a checkpoint: it derives it again and wins", async () => {
    const world = await trained();
    const { chain } = world;
    const { stateCid } = chain.record.checkpoints.getOrFail([1n, 4]);
    chain.blobs.content.delete(stateCid);
    const replay = await replayOf(world);
    expect(replay.verdict.kind).to.equal("unavailable");
    const before = purses(chain);
    expect((await disputed(world, replay)).status).to.equal(DisputeStatus.DISPUTE_STATUS_REJECTED);
    expect(purses(chain).map((b, i) => b - (before[i] ?? 0n))).to.deep.equal([PRIZE, -5n * OPEN, 0n]);
    expect((await replayOf(world)).verdict.kind).to.equal("match");
  });

  it("with the name of a file of the result, which then nobody can use, is disputed as the result", async () => {
    const world = await trained(honest, ({ sender }) => ({
      ...sender,
      send: (codec, message, s) => {
        const isResult = codec.typeName === MsgCompleteTraining.typeName;
        return sender.send(codec, isResult ? { ...message, weightsCid: `b${"a".repeat(58)}` } : message, s);
      },
    }));
    const replay = await replayOf(world);
    expect(replay.verdict).to.deep.include({ kind: "differs", part: "adapter weights" });
    expect(await convicts(world, replay)).to.deep.include({ kind: DisputeKind.DISPUTE_KIND_RESULT });
  });

  it("is not hidden by withholding what the job goes on from: validators look for it first", async () => {
    const chain = new LiveChain(served.client, {});
    await chain.prepare(baseId);
    const deps = chain.trainer(served.client);
    await trainOn({ chain, deps });
    const liar = await serve({ ...tamperingRuntime(honest, { step: 1, change: lastTangent }), dispose: () => undefined });
    open.push(liar);
    await trainOn({ chain, deps: chain.trainer(liar.client) }, { parentAdapterId: 1n });
    const replay = await replayJob(deps, new Models(deps), { jobId: 2n }, { signal, waitMs: 1 });
    expect(replay.verdict).to.deep.include({ kind: "differs", step: 1 });
    chain.blobs.content.delete(chain.record.checkpoints.getOrFail([1n, 8]).stateCid);
    const dispute = await disputed({ chain, deps: chain.trainer(liar.client) }, replay);
    expect([dispute.status, dispute.reason]).to.deep.equal([DisputeStatus.DISPUTE_STATUS_UPHELD, "nobody can run this job"]);
    expect([1n, 2n].map((id) => chain.record.adapters.getOrFail(id).status)).to.deep.equal([AdapterStatus.ADAPTER_STATUS_DRAFT, ADAPTER_STATUS_REFUTED]);
  });

  it("is found by validators that nobody asked, where the lot falls on the segment", async () => {
    const chain = new LiveChain(served.client, { replaySamplePpm: 1_000_000 });
    await chain.prepare(baseId);
    const liar = await serve({ ...tamperingRuntime(honest, { step: 2, change: lastTangent }), dispose: () => undefined });
    open.push(liar);
    await trainOn({ chain, deps: chain.trainer(liar.client) });
    const before = purses(chain);
    await chain.blocks(20);
    expect(chain.job(1n).status).to.equal(JobStatus.JOB_STATUS_REFUTED);
    expect(purses(chain).map((b, i) => b - (before[i] ?? 0n))).to.deep.equal([0n, 0n, FEE + PRIZE]);
    expect(chain.record.adapters.getOrFail(1n).status).to.equal(ADAPTER_STATUS_REFUTED);
    const samples = [4, 8].map((step) => chain.record.checkpoints.getOrFail([1n, step]).sample);
    expect(samples).to.deep.equal([SampleStatus.SAMPLE_STATUS_REFUTED, SampleStatus.SAMPLE_STATUS_CONFIRMED]);
  });
}).timeout(180_000);
