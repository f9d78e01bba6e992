import { expect } from "chai";
import { stateRootOf } from "../../modules/modelfactory/rules/train-state.js";
import { DisputeKind, ReplayStatus, ReplayTask } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, ReplayOutcome, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Runtime } from "../../sidecar/types.js";
import { World, serve, tinyRuntime } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { claimOf } from "../cli/challenge.js";
import { createRemoteBlobs } from "../cli/remote-blobs.js";
import { EdgeFailure } from "../errors.js";
import type { BlobReads } from "../tasks/blob-reader.js";
import { Models } from "../tasks/models.js";
import { findBlob } from "./available.js";
import { replayJob, replayOutcome } from "./index.js";
import type { JobReplay } from "./index.js";

const signal = new AbortController().signal;
const { REPLAY_STATUS_DONE, REPLAY_STATUS_UNAVAILABLE, REPLAY_STATUS_CORRUPT, REPLAY_STATUS_IMPOSSIBLE } = ReplayStatus;

describe("what a job is made of, and what it leaves", () => {
  let honest: Runtime;
  let baseId: Uint8Array;
  let served: Served;
  /** Trained once; each test takes a copy. */
  let original: World;

  before(async () => {
    ({ runtime: honest, baseId } = await tinyRuntime());
    served = await serve(honest);
    original = await World.create(baseId);
    await original.train(served.client);
  });
  after(() => served.close());

  /** The same job over a blob store of its own. */
  async function world(change: Partial<TrainingJob> = {}, adapter: Partial<Adapter> = {}): Promise<World> {
    const copy = await World.create(baseId, { ...original.job, ...change });
    for (const [cid, bytes] of original.blobs.content) copy.blobs.content.set(cid, bytes);
    copy.checkpoints.push(...original.checkpoints);
    if (original.adapter !== undefined) copy.adapter = { ...original.adapter, ...adapter };
    return copy;
  }

  const outcome = (w: World, task: Partial<ReplayTask>): Promise<ReplayOutcome> => {
    const deps = w.deps(served.client);
    return replayOutcome(deps, new Models(deps), ReplayTask.create({ jobId: w.job.id, runtimeId: w.job.runtimeId, ...task }), { signal, waitMs: 1 });
  };
  const statusOf = async (w: World, task: Partial<ReplayTask>): Promise<number> => (await outcome(w, task)).status;

  const FIRST = { from: 0, to: 1 };
  /** The task of a disputed result. */
  const ofResult = ({ checkpoints }: World): Partial<ReplayTask> => {
    const last = checkpoints.at(-1);
    return { from: 8, to: 8, stateCid: last?.stateCid ?? "", stateRoot: last?.stateHash ?? new Uint8Array(0), result: true };
  };

  it("are looked for before anything is said: a job without its rows, base model or tokenizer is one that nobody can run", async () => {
    expect(await statusOf(await world(), FIRST)).to.equal(REPLAY_STATUS_DONE);
    const lost = [original.baseModel.weightsCid, original.baseModel.tokenizerCid, original.contributions[2]?.contribution.blobCid ?? ""];
    for (const cid of lost) {
      const w = await world();
      w.blobs.content.delete(cid);
      expect(await statusOf(w, FIRST)).to.equal(REPLAY_STATUS_IMPOSSIBLE);
      expect(await statusOf(w, ofResult(w))).to.equal(REPLAY_STATUS_IMPOSSIBLE);
    }
  });

  it("include the parent's last state, whoever should have kept it", async () => {
    const child = original.next();
    await child.train(served.client);
    const cid = original.checkpoints[1]?.stateCid ?? "";
    const kept = original.blobs.content.get(cid) ?? new Uint8Array(0);
    const task = { from: 0, to: 1 };
    expect(await statusOf(child, task)).to.equal(REPLAY_STATUS_DONE);
    original.blobs.content.delete(cid);
    const gone = await statusOf(child, task);
    original.blobs.content.set(cid, Uint8Array.from(kept, (b, i) => (i === kept.length - 1 ? b ^ 1 : b)));
    const altered = await statusOf(child, task);
    original.blobs.content.set(cid, kept);
    expect([gone, altered]).to.deep.equal([REPLAY_STATUS_IMPOSSIBLE, REPLAY_STATUS_IMPOSSIBLE]);
    expect(stateRootOf(kept)).to.deep.equal(original.checkpoints[1]?.stateHash);
  });

  it("are no excuse for what every sidecar refuses", async () => {
    const { hyperparameters } = original.job;
    for (const over of [{ sequenceLength: 64 }, { rank: 65 }, { beta2Ppm: 0 }]) {
      const w = await world({ hyperparameters: { ...hyperparameters, ...over } });
      expect(await statusOf(w, FIRST), JSON.stringify(over)).to.equal(REPLAY_STATUS_IMPOSSIBLE);
    }
    const other = await world();
    Object.assign(other.baseModel, { baseHash: new Uint8Array(32) });
    expect(await statusOf(other, FIRST)).to.equal(REPLAY_STATUS_IMPOSSIBLE);
  });

  it("count as the result itself: a file under another name, or that nobody gives, is seen by validators", async () => {
    const honestly = await world();
    expect(await statusOf(honestly, ofResult(honestly))).to.equal(REPLAY_STATUS_DONE);
    for (const field of ["configCid", "weightsCid", "tangentsCid", "fallbackCid"] as const) {
      const misnamed = await world({}, { [field]: original.baseModel.configCid });
      expect(await statusOf(misnamed, ofResult(misnamed)), field).to.equal(REPLAY_STATUS_CORRUPT);
      const withheld = await world();
      withheld.blobs.content.delete(withheld.adapter?.[field] ?? "");
      expect(await statusOf(withheld, ofResult(withheld)), field).to.equal(REPLAY_STATUS_UNAVAILABLE);
    }
  });

  it("are checked by whoever replays, who then disputes the result", async () => {
    const replay = (w: World): Promise<JobReplay> => {
      const deps = w.deps(served.client);
      return replayJob(deps, new Models(deps), { jobId: w.job.id, segment: 2 }, { signal, waitMs: 1 });
    };
    const w = await world();
    w.blobs.content.delete(w.adapter?.weightsCid ?? "");
    const gone = await replay(w);
    expect(gone.verdict).to.deep.equal({ kind: "unavailable", what: "result", step: 8, cid: w.adapter?.weightsCid });
    expect(claimOf(gone)).to.deep.include({ kind: DisputeKind.DISPUTE_KIND_RESULT, step: 8 });
    const misnamed = await replay(await world({}, { tangentsCid: "bother" }));
    expect(misnamed.verdict).to.deep.include({ kind: "differs", part: "file of tangents", published: "bother" });
    expect(claimOf(misnamed)).to.deep.include({ kind: DisputeKind.DISPUTE_KIND_RESULT, step: 8 });
    expect((await replay(await world())).verdict.kind).to.equal("match");
  });
}).timeout(120_000);

describe("a blob that does not come", () => {
  const failing = (error: Error): BlobReads => ({
    has: () => Promise.resolve(false),
    fetch: () => Promise.reject(error),
    get: () => Promise.reject(error),
  });
  const find = (error: EdgeFailure): Promise<string> =>
    findBlob(failing(error), "b", { signal, waitMs: 1 }).then(({ kind }) => kind, (e: unknown) => (e instanceof EdgeFailure ? `throws ${e.code}` : "?"));

  it("is withheld only where somebody was asked and had none; trouble on the way says nothing of it", async () => {
    expect(await find(new EdgeFailure("not-found", ""))).to.equal("unavailable");
    expect(await find(new EdgeFailure("timeout", ""))).to.equal("unavailable");
    expect(await find(new EdgeFailure("malformed", ""))).to.equal("corrupt");
    for (const code of ["unreachable", "busy", "remote", "storage"] as const) expect(await find(new EdgeFailure(code, ""))).to.equal(`throws ${code}`);
  });

  it("is not withheld by a gateway that is down", async () => {
    const blobs = createRemoteBlobs("http://127.0.0.1:1");
    const failure = await findBlob(blobs, "b", { signal, waitMs: 1 }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EdgeFailure).with.property("code", "unreachable");
  });
});
