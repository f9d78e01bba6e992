import { expect } from "chai";
import { toHex } from "../../chain/primitives/index.js";
import { ABSTENTION } from "../../modules/modelfactory/rules/replay-outcome.js";
import { encodeSteps, stepRoot, verifyStep } from "../../modules/modelfactory/rules/step-record.js";
import { STATE_HEAD_BYTES, stateRootOf } from "../../modules/modelfactory/rules/train-state.js";
import { Task } from "../../proto/gen/openledger/attest/v1.js";
import { Checkpoint, MsgClaimTraining, ReplayOutcome, ReplayStatus, ReplayTask } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Runtime } from "../../sidecar/types.js";
import { World, otherRuntimeOf, serve, tinyRuntime } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { nudge, tamperingRuntime } from "../../testnet/faults/tampering.js";
import type { Tampering } from "../../testnet/faults/tampering.js";
import { EdgeFailure } from "../errors.js";
import { Computer } from "../tasks/compute.js";
import { Models } from "../tasks/models.js";
import { openStep, parseSegmentSteps, replayJob, replayOutcome } from "./index.js";
import type { JobReplay, Segment } from "./index.js";

const signal = new AbortController().signal;

/** The step counter's and cursor's places in a state's head: after magic and job hash. */
const CURSOR_AT = STATE_HEAD_BYTES - 32 + 7;

describe("replay from public data", () => {
  let honest: Runtime;
  let baseId: Uint8Array;
  let served: Served;

  before(async () => {
    ({ runtime: honest, baseId } = await tinyRuntime());
    served = await serve(honest);
  });
  after(() => served.close());

  /** A job trained by whatever runtime, on the public record. */
  async function trainedBy(runtime: Runtime = honest, untrained?: World): Promise<World> {
    const world = untrained ?? (await World.create(baseId));
    const trainer = await serve({ ...runtime, dispose: () => undefined });
    try {
      await world.train(trainer.client);
    } finally {
      await trainer.close();
    }
    return world;
  }

  const replay = (world: World, segment?: number): Promise<JobReplay> => {
    const deps = world.deps(served.client);
    const what = { jobId: world.job.id, ...(segment === undefined ? {} : { segment }) };
    return replayJob(deps, new Models(deps), what, { signal, waitMs: 1 });
  };

  const outcome = (world: World, task: Partial<ReplayTask>): Promise<ReplayOutcome> => {
    const deps = world.deps(served.client);
    return replayOutcome(deps, new Models(deps), ReplayTask.create({ jobId: 1n, runtimeId: world.job.runtimeId, ...task }), { signal, waitMs: 1 });
  };

  const lied = (tampering: Tampering): Promise<World> => trainedBy(tamperingRuntime(honest, tampering));

  /** Segment and step of the first difference. */
  const found = ({ segments, verdict }: JobReplay): string =>
    verdict.kind === "differs" ? `segment ${segments.at(-1)?.segment.number}, step ${verdict.step}, ${verdict.part}` : verdict.kind;

  it("matches an honest job, whole and segment by segment, result included", async () => {
    const world = await trainedBy();
    const whole = await replay(world);
    expect(whole.segments.map((s) => s.verdict.kind)).to.deep.equal(["match", "match"]);
    expect([whole.result?.kind, whole.verdict.kind]).to.deep.equal(["match", "match"]);
    const second = await replay(world, 2);
    expect(second.segments.map((s) => [s.segment.number, s.run?.started.step, s.verdict.kind])).to.deep.equal([[2, 4, "match"]]);
  });

  it("finds one altered step, though everything after it follows from it", async () => {
    expect(found(await replay(await lied({ step: 6, change: nudge(0, 1e-3) })))).to.equal("segment 2, step 6, state");
  });

  it("finds one altered tangent, and names the part where the trainer shows the state", async () => {
    const world = await lied({ step: 4, change: nudge(0, 1e-3) });
    expect(found(await replay(world))).to.equal("segment 1, step 4, state (second moment of tangent 3)");
    const second = await replay(world, 2);
    expect(second.verdict.kind).to.equal("match");
  });

  it("finds an altered order of the data", async () => {
    const skip = (state: Uint8Array): Uint8Array => Uint8Array.from(state, (b, i) => (i === CURSOR_AT ? b + 16 : b));
    expect(found(await replay(await lied({ step: 2, change: skip })))).to.equal("segment 1, step 2, state");
    const shuffled: Runtime = { ...honest, train: (job, watch, s) => honest.train({ ...job, seed: job.seed + 1n }, watch, s) };
    expect(found(await replay(await trainedBy(shuffled)))).to.match(/^segment 1, step 1, /);
  });

  it("finds a result that does not follow from the last state", async () => {
    const world = await trainedBy();
    const adapter = world.adapter;
    if (adapter !== undefined) world.adapter = { ...adapter, tangentRoot: new Uint8Array(32) };
    const { verdict } = await replay(world);
    expect(verdict.kind === "differs" && verdict.part).to.equal("tangents");
  });

  it("says which checkpoint was withheld, and which blob is not the state on record", async () => {
    const world = await trainedBy();
    const cid = world.checkpoints[0]?.stateCid ?? "";
    const state = world.blobs.content.get(cid) ?? new Uint8Array(0);
    world.blobs.content.delete(cid);
    const gone = await replay(world);
    expect(gone.segments.map((s) => s.verdict.kind)).to.deep.equal(["unavailable", "unavailable"]);
    world.blobs.content.set(cid, nudge(5, 1)(state));
    const other = await replay(world);
    expect(other.verdict).to.deep.include({ kind: "corrupt", cid });
  });

  it("names the end of a segment whose records are withheld, and forgives withheld records of an honest one", async () => {
    const world = await lied({ step: 6, change: nudge(0, 1e-3) });
    for (const { stepsCid } of world.checkpoints) world.blobs.content.delete(stepsCid);
    expect(found(await replay(world))).to.match(/^segment 2, step 8, /);
    expect((await replay(world, 1)).verdict.kind).to.equal("match");
  });

  it("goes on where a restart interrupted, and publishes the same record", async () => {
    const straight = await trainedBy();
    const world = await World.create(baseId);
    const stopped: Runtime = { ...honest, train: (job, watch, s) => honest.train({ ...job, stopAfter: 4 }, watch, s) };
    const failure = await trainedBy(stopped, world).then(() => undefined, (error: unknown) => error);
    expect(failure).to.be.instanceOf(EdgeFailure);
    await trainedBy(honest, world);
    expect(world.checkpoints).to.deep.equal(straight.checkpoints);
    expect(world.adapter).to.deep.equal(straight.adapter);
  });

  it("is claimed with the runtime of the trainer's sidecar, and trained to its end with that one only", async () => {
    const world = await World.create(baseId);
    const claims: MsgClaimTraining[] = [];
    world.onMessage = (codec, message) => {
      if (codec.typeName === MsgClaimTraining.typeName) claims.push(message as MsgClaimTraining);
      return new Uint8Array(0);
    };
    const stopped: Runtime = { ...honest, train: (job, watch, s) => honest.train({ ...job, stopAfter: 4 }, watch, s) };
    await trainedBy(stopped, world).catch(() => undefined);
    expect(claims.map((c) => toHex(c.runtimeId))).to.deep.equal([toHex(honest.info().runtimeId)]);
    const failure = await trainedBy(otherRuntimeOf(honest), world).then(() => undefined, (error: unknown) => error);
    expect(failure).to.be.instanceOf(EdgeFailure).with.property("code", "config");
    expect(world.checkpoints).to.have.length(1);
    await trainedBy(honest, world);
    expect((await replay(world)).verdict.kind).to.equal("match");
    expect(claims).to.have.length(1);
  });

  it("completes a job whose last checkpoint was on chain already", async () => {
    const straight = await trainedBy();
    const world = await World.create(baseId);
    world.blobs.content.clear();
    for (const [cid, bytes] of straight.blobs.content) world.blobs.content.set(cid, bytes);
    world.checkpoints.push(...straight.checkpoints);
    await trainedBy(honest, world);
    expect(world.checkpoints).to.have.length(2);
    expect(world.adapter).to.deep.equal(straight.adapter);
  });

  it("goes on from a parent's last state, tangents included, as anyone can repeat", async () => {
    const parent = await trainedBy();
    const child = await trainedBy(honest, parent.next());
    const whole = await replay(child);
    expect([whole.verdict.kind, whole.result?.kind]).to.deep.equal(["match", "match"]);
    const { parentState, parentContributors } = whole.request;
    expect(toHex(stateRootOf(parentState) ?? new Uint8Array(0))).to.equal(toHex(parent.checkpoints[1]?.stateHash ?? new Uint8Array(1)));
    expect(parentContributors).to.deep.equal([0, 1, 2, 3].map((c) => `contributor-${c}`));
    expect(toHex(child.checkpoints[0]?.stateHash ?? new Uint8Array(0))).not.to.equal(toHex(parent.checkpoints[0]?.stateHash ?? new Uint8Array(0)));
  });

  it("does not go on from a parent whose state is not the one on chain", async () => {
    const parent = await trainedBy();
    const cid = parent.checkpoints[1]?.stateCid ?? "";
    parent.blobs.content.set(cid, nudge(0, 1)(parent.blobs.content.get(cid) ?? new Uint8Array(0)));
    const failure = await trainedBy(honest, parent.next()).then(() => undefined, (error: unknown) => error);
    expect(failure).to.be.instanceOf(EdgeFailure).with.property("code", "malformed");
  });

  describe("as a task of validators", () => {
    it("gives the record of one step, and of a whole segment", async () => {
      const world = await trainedBy();
      const [first, second] = world.checkpoints;
      const start = { stateCid: first?.stateCid ?? "", stateRoot: first?.stateHash ?? new Uint8Array(0) };
      const step = await outcome(world, { from: 4, to: 5, ...start });
      expect([step.status, step.last?.step]).to.deep.equal([ReplayStatus.REPLAY_STATUS_DONE, 5]);
      const segment = await outcome(world, { from: 4, to: 8, ...start });
      expect(toHex(segment.stepRoot)).to.equal(toHex(second?.stepRoot ?? new Uint8Array(0)));
      expect(toHex(segment.last?.stateRoot ?? new Uint8Array(0))).to.equal(toHex(second?.stateHash ?? new Uint8Array(0)));
      const whole = await outcome(world, { from: 0, to: 4 });
      expect(toHex(whole.stepRoot)).to.equal(toHex(first?.stepRoot ?? new Uint8Array(0)));
      expect(ReplayOutcome.encode(await outcome(world, { from: 0, to: 4 }))).to.deep.equal(ReplayOutcome.encode(whole));
    });

    it("is what a validator attests, encoded", async () => {
      const world = await trainedBy();
      const deps = world.deps(served.client);
      const payload = ReplayTask.encode(ReplayTask.create({ jobId: 1n, from: 0, to: 2, runtimeId: world.job.runtimeId }));
      const value = await new Computer({ ...deps, validator: undefined }).value(Task.create({ id: 1n, kind: "replay", payload }), signal);
      expect(value).to.deep.equal(ReplayOutcome.encode(await outcome(world, { from: 0, to: 2 })));
    });

    it("derives the result from the last state", async () => {
      const world = await trainedBy();
      const last = world.checkpoints[1];
      const found = await outcome(world, { from: 8, to: 8, stateCid: last?.stateCid ?? "", stateRoot: last?.stateHash ?? new Uint8Array(0), result: true });
      expect(toHex(found.output?.adapterHash ?? new Uint8Array(0))).to.equal(toHex(world.adapter?.adapterHash ?? new Uint8Array(1)));
      expect(toHex(found.output?.tangentRoot ?? new Uint8Array(0))).to.equal(toHex(world.adapter?.tangentRoot ?? new Uint8Array(1)));
      expect(found.last).to.deep.equal({ step: 8, lossMicroNats: last?.lossMicroNats, dataCursor: last?.dataCursor, stateRoot: last?.stateHash });
    });

    it("abstains with another runtime than the trainer's, except about a state that is not there", async () => {
      const world = await trainedBy();
      const later = await serve(otherRuntimeOf(honest));
      const deps = world.deps(later.client);
      const ask = (task: Partial<ReplayTask>): Promise<ReplayOutcome> =>
        replayOutcome(deps, new Models(deps), ReplayTask.create({ jobId: 1n, runtimeId: world.job.runtimeId, ...task }), { signal, waitMs: 1 });
      const [first, second] = world.checkpoints;
      const stateRoot = first?.stateHash ?? new Uint8Array(0);
      const good = await ask({ from: 4, to: 5, stateCid: first?.stateCid ?? "", stateRoot });
      expect(ReplayOutcome.encode(good)).to.deep.equal(ABSTENTION);
      expect((await ask({ from: 0, to: 4 })).status).to.equal(ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME);
      expect((await ask({ from: 4, to: 4, stateCid: "bgone", stateRoot })).status).to.equal(ReplayStatus.REPLAY_STATUS_UNAVAILABLE);
      const swapped = await ask({ from: 4, to: 4, stateCid: second?.stateCid ?? "", stateRoot });
      expect(swapped.status).to.equal(ReplayStatus.REPLAY_STATUS_CORRUPT);
      await later.close();
    });

    it("says unavailable of a state nobody has, and corrupt of bytes that are not it", async () => {
      const world = await trainedBy();
      const [first, second] = world.checkpoints;
      const stateRoot = first?.stateHash ?? new Uint8Array(0);
      expect((await outcome(world, { from: 4, to: 4, stateCid: "bgone", stateRoot })).status).to.equal(ReplayStatus.REPLAY_STATUS_UNAVAILABLE);
      const swapped = await outcome(world, { from: 4, to: 4, stateCid: second?.stateCid ?? "", stateRoot });
      expect(swapped.status).to.equal(ReplayStatus.REPLAY_STATUS_CORRUPT);
      const other = await World.create(baseId, { hyperparameters: { ...world.job.hyperparameters, seed: 6n }, runtimeId: world.job.runtimeId });
      for (const [cid, bytes] of world.blobs.content) other.blobs.content.set(cid, bytes);
      const foreign = await outcome(other, { from: 4, to: 4, stateCid: first?.stateCid ?? "", stateRoot });
      expect(foreign.status).to.equal(ReplayStatus.REPLAY_STATUS_CORRUPT);
      const misplaced = await outcome(world, { from: 3, to: 5, stateCid: first?.stateCid ?? "", stateRoot });
      expect(misplaced.status).to.equal(ReplayStatus.REPLAY_STATUS_CORRUPT);
    });
  });
}).timeout(120_000);

describe("the records of a segment", () => {
  const records = Array.from({ length: 5 }, (_, i) => ({
    step: 6 + i, lossMicroNats: 4_000_000n - BigInt(i), dataCursor: 96n + 16n * BigInt(i), stateRoot: new Uint8Array(32).fill(i),
  }));
  const segment: Segment = {
    number: 2,
    start: Checkpoint.create({ step: 5 }),
    end: Checkpoint.create({ step: 10, stepRoot: stepRoot(records) }),
  };

  it("are those of the blob only in their order, whole, and under the root on chain", () => {
    expect(parseSegmentSteps(encodeSteps(records), segment)).to.deep.equal(records);
    expect(parseSegmentSteps(encodeSteps(records).subarray(1), segment)).to.equal(undefined);
    expect(parseSegmentSteps(encodeSteps(records.slice(1)), segment)).to.equal(undefined);
    expect(parseSegmentSteps(encodeSteps(records.toReversed()), segment)).to.equal(undefined);
    expect(parseSegmentSteps(encodeSteps(records), { ...segment, end: Checkpoint.create({ step: 10 }) })).to.equal(undefined);
  });

  it("can be opened one by one against the root", () => {
    for (const { step } of records) {
      const { record, path } = openStep(records, step);
      expect(verifyStep(record, path, { root: stepRoot(records), from: 5, to: 10 })).to.equal(true);
    }
    expect(() => openStep(records, 99)).to.throw(EdgeFailure);
  });
});
