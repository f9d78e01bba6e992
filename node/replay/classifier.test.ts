import { expect } from "chai";
import { createRuntime } from "../../sidecar/runtime.js";
import { TINY_TEXT, classifierFiles, textRows } from "../../sidecar/testkit/tiny-classifier.js";
import type { Runtime } from "../../sidecar/types.js";
import { World, serve } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { nudge, tamperingRuntime } from "../../testnet/faults/tampering.js";
import { Models } from "../tasks/models.js";
import { replayJob } from "./index.js";
import type { JobReplay } from "./index.js";

describe("replay of a classifier's job from public data", () => {
  let honest: Runtime;
  let served: Served;
  let untrained: () => Promise<World>;

  before(async () => {
    honest = await createRuntime();
    served = await serve(honest);
    const base = await classifierFiles(TINY_TEXT);
    const { baseId } = await honest.loadBase(base);
    untrained = () => World.create(baseId, {}, { base, rows: textRows(48, 4) });
  });
  after(async () => {
    await served.close();
    honest.dispose();
  });

  async function replayOf(trainer: Runtime): Promise<JobReplay> {
    const world = await untrained();
    const other = await serve({ ...trainer, dispose: () => undefined });
    try {
      await world.train(other.client);
    } finally {
      await other.close();
    }
    const deps = world.deps(served.client);
    return replayJob(deps, new Models(deps), { jobId: world.job.id }, { signal: new AbortController().signal, waitMs: 1 });
  }

  it("matches an honest job, result included", async () => {
    const { segments, result, verdict } = await replayOf(honest);
    expect(segments.map((s) => s.verdict.kind)).to.deep.equal(["match", "match"]);
    expect([result?.kind, verdict.kind]).to.deep.equal(["match", "match"]);
  });

  it("finds one altered step", async () => {
    const { verdict } = await replayOf(tamperingRuntime(honest, { step: 6, change: nudge(0, 1e-3) }));
    expect(verdict).to.include({ kind: "differs", step: 6 });
  });
});
