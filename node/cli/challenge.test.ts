import { expect } from "chai";
import { DisputeKind, DisputeStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Runtime } from "../../sidecar/types.js";
import { Referee } from "../../test/replay/referee.js";
import { World, otherRuntimeOf, serve, tinyRuntime } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { nudge, tamperingRuntime } from "../../testnet/faults/tampering.js";
import { replayJob, replayOutcome } from "../replay/index.js";
import type { JobReplay } from "../replay/index.js";
import { Models } from "../tasks/models.js";
import { defendAll } from "../trainer/defend.js";
import { challenge, claimOf } from "./challenge.js";

const signal = new AbortController().signal;
const UPHELD = DisputeStatus.DISPUTE_STATUS_UPHELD;
const REJECTED = DisputeStatus.DISPUTE_STATUS_REJECTED;

describe("a dispute, both sides played", () => {
  let honest: Runtime;
  let baseId: Uint8Array;
  let served: Served;

  before(async () => {
    ({ runtime: honest, baseId } = await tinyRuntime());
    served = await serve(honest);
  });
  after(() => served.close());

  /** A job that this runtime trained, with a trainer that answers for it and a referee. */
  async function trained(runtime: Runtime): Promise<{ world: World; referee: Referee; trainer: Served }> {
    const world = await World.create(baseId);
    const trainer = await serve({ ...runtime, dispose: () => undefined });
    await world.train(trainer.client);
    const deps = world.deps(served.client);
    const referee = new Referee(world, (task) => replayOutcome(deps, new Models(deps), task, { signal, waitMs: 1 }));
    return { world, referee, trainer };
  }

  const replayOf = (world: World): Promise<JobReplay> => {
    const deps = world.deps(served.client);
    return replayJob(deps, new Models(deps), { jobId: 1n }, { signal, waitMs: 1 });
  };

  /** The challenger plays until the end, while the trainer answers with its own sidecar. */
  async function play(world: World, trainer: Served, replay: JobReplay): Promise<Dispute> {
    const claim = claimOf(replay);
    if (claim === undefined) throw new Error("nothing to dispute");
    const trainerDeps = world.deps(trainer.client);
    const models = new Models(trainerDeps);
    const over = new AbortController();
    const defence = (async () => {
      while (!over.signal.aborted) {
        await defendAll(trainerDeps, models, signal);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const blobs = { ...world.blobs.store(), upload: (bytes: Uint8Array) => world.blobs.put(bytes) };
    const deps = { state: world.state(), blobs, sidecar: served.client, signal, sender: world.sender("open1challenger"), say: () => undefined };
    try {
      return await challenge(deps, replay, claim);
    } finally {
      over.abort();
      await defence;
      await trainer.close();
    }
  }

  it("finds the lie by bisection and convicts the trainer", async () => {
    const { world, referee, trainer } = await trained(tamperingRuntime(honest, { step: 6, change: nudge(0, 1e-3) }));
    const dispute = await play(world, trainer, await replayOf(world));
    expect(dispute).to.deep.include({ status: UPHELD, low: 5, high: 6 });
    expect(referee.moves).to.deep.equal([
      "MsgDisputeTraining", "MsgOpenStep", "MsgOpenStep", "MsgChooseHalf", "MsgOpenStep", "MsgChooseHalf", "MsgProvideState",
    ]);
  });

  it("convicts a lie in the very first step, where no state is needed", async () => {
    const { world, trainer } = await trained(tamperingRuntime(honest, { step: 1, change: nudge(0, 1e-3) }));
    const dispute = await play(world, trainer, await replayOf(world));
    expect(dispute).to.deep.include({ status: UPHELD, low: 0, high: 1, stateCid: "" });
  });

  it("is lost by a challenger whose own replay lies", async () => {
    const { world, trainer } = await trained(honest);
    const liar = await serve({ ...tamperingRuntime(honest, { step: 3, change: nudge(0, 1e-3) }), dispose: () => undefined });
    const deps = world.deps(liar.client);
    const replay = await replayJob(deps, new Models(deps), { jobId: 1n }, { signal, waitMs: 1 });
    await liar.close();
    expect((await play(world, trainer, replay)).status).to.equal(REJECTED);
  });

  it("is answered by a trainer that lost its records, who derives them again", async () => {
    const { world, trainer } = await trained(honest);
    const claimed = await replayOf(world);
    const segment = claimed.segments[0];
    const end = world.checkpoints[0];
    world.blobs.content.delete(end?.stepsCid ?? "");
    const verdict = { kind: "differs", step: 4, part: "state", published: "", found: "" } as const;
    const run = segment?.run;
    if (segment === undefined || run === undefined) throw new Error("no segment");
    const forged = { ...run, steps: run.steps.map((s) => ({ ...s, stateRoot: new Uint8Array(32) })) };
    const replay: JobReplay = { ...claimed, segments: [{ ...segment, run: forged, verdict }], verdict };
    expect((await play(world, trainer, replay)).status).to.equal(REJECTED);
    expect(world.blobs.content.has(end?.stepsCid ?? "")).to.equal(true);
  }).timeout(30_000);

  it("convicts a trainer whose checkpoint nobody has", async () => {
    const first = await trained(honest);
    const cid = first.world.checkpoints[0]?.stateCid ?? "";
    first.world.blobs.content.delete(cid);
    const withheld = await replayOf(first.world);
    expect(withheld.verdict).to.deep.include({ kind: "unavailable", what: "state", step: 4 });
    // Its trainer is gone as well: nobody answers.
    await first.trainer.close();
    const blobs = { ...first.world.blobs.store(), upload: (bytes: Uint8Array) => first.world.blobs.put(bytes) };
    const claim = claimOf(withheld);
    if (claim === undefined) throw new Error("nothing to dispute");
    const deps = { state: first.world.state(), blobs, sidecar: served.client, signal, sender: first.world.sender("open1challenger"), say: () => undefined };
    expect((await challenge(deps, withheld, claim)).status).to.equal(UPHELD);
  });

  it("is decided by nobody where the validators run other software", async () => {
    const { world, referee, trainer } = await trained(honest);
    const later = await serve(otherRuntimeOf(honest));
    const deps = world.deps(later.client);
    const committee = new Referee(world, (task) => replayOutcome(deps, new Models(deps), task, { signal, waitMs: 1 }));
    const replay = await replayOf(world);
    const claim = { ...replay, verdict: { kind: "corrupt", what: "state", step: 4, cid: "" } as const };
    expect((await play(world, trainer, claim)).status).to.equal(DisputeStatus.DISPUTE_STATUS_UNRESOLVED);
    expect([referee.moves, committee.moves]).to.deep.equal([[], ["MsgDisputeTraining"]]);
    await later.close();
  });

  it("is about the checkpoint alone where it misstates the loss of an honest state", async () => {
    const { world, trainer } = await trained(honest);
    const [first] = world.checkpoints;
    if (first !== undefined) world.checkpoints[0] = { ...first, lossMicroNats: first.lossMicroNats - 1n };
    const replay = await replayOf(world);
    expect(replay.verdict).to.deep.include({ kind: "differs", step: 4, part: "loss" });
    expect(claimOf(replay)).to.deep.include({ kind: DisputeKind.DISPUTE_KIND_CHECKPOINT, step: 4 });
    await trainer.close();
  });

  it("has no claim against a job that matches, or over records that no longer matter", async () => {
    const { world, trainer } = await trained(honest);
    await trainer.close();
    const replay = await replayOf(world);
    expect(claimOf(replay)).to.equal(undefined);
    const verdict = { kind: "unavailable", what: "step records", step: 4, cid: "b" } as const;
    expect(claimOf({ ...replay, verdict })).to.equal(undefined);
  });
}).timeout(120_000);
