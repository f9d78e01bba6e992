import { expect } from "chai";
import { DisputeStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute } from "../../proto/gen/openledger/modelfactory/v1.js";
import { Referee } from "../../test/replay/referee.js";
import { World, serve, tinyRuntime } from "../../test/replay/world.js";
import { nudge, tamperingRuntime } from "../../testnet/faults/tampering.js";
import { EdgeFailure } from "../errors.js";
import { replayJob, replayOutcome } from "../replay/index.js";
import { Models } from "../tasks/models.js";
import { defendAll } from "../trainer/defend.js";
import { challenge, claimOf } from "./challenge.js";
import { createProgressLine } from "./progress-line.js";

const signal = new AbortController().signal;

describe("a challenger whose command was interrupted", () => {
  it("goes on with its own dispute when it is started again, and opens no second one", async () => {
    const { runtime, baseId } = await tinyRuntime();
    const served = await serve(runtime);
    const liar = await serve({ ...tamperingRuntime(runtime, { step: 6, change: nudge(0, 1e-3) }), dispose: () => undefined });
    const over = new AbortController();
    try {
      const world = await World.create(baseId);
      await world.train(liar.client);
      const deps = world.deps(served.client);
      const referee = new Referee(world, (task) => replayOutcome(deps, new Models(deps), task, { signal, waitMs: 1 }));
      const replay = await replayJob(deps, new Models(deps), { jobId: 1n }, { signal, waitMs: 1 });
      const claim = claimOf(replay);
      if (claim === undefined) throw new Error("nothing to dispute");
      const trainer = world.deps(liar.client);
      const defence = (async () => {
        while (!over.signal.aborted) {
          await defendAll(trainer, new Models(trainer), signal);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      const blobs = { ...world.blobs.store(), upload: (bytes: Uint8Array) => world.blobs.put(bytes) };
      const place = { state: world.state(), blobs, sidecar: served.client };
      const play = (name: string, until: AbortController, say: (line: string) => unknown): Promise<Dispute> =>
        challenge({ ...place, signal: until.signal, sender: world.sender(name), say: (line) => void say(line) }, replay, claim);

      const interrupted = new AbortController();
      const first = play("open1challenger", interrupted, (line) => line.includes("answered") && interrupted.abort());
      expect(await first.then(() => "done", () => "stopped")).to.equal("stopped");
      const late = await play("open1late", new AbortController(), () => undefined).catch((error: unknown) => error);
      expect(late).to.be.instanceOf(EdgeFailure).with.property("message", "dispute 1 of open1challenger is open about this already");
      const lines: string[] = [];
      const dispute = await play("open1challenger", new AbortController(), (line) => void lines.push(line));
      over.abort();
      await defence;
      expect(lines[0]).to.equal("dispute 1, opened by open1challenger before, goes on");
      expect(dispute).to.deep.include({ status: DisputeStatus.DISPUTE_STATUS_UPHELD, low: 5, high: 6 });
      expect(referee.moves.filter((m) => m === "MsgDisputeTraining")).to.have.length(1);
    } finally {
      over.abort();
      await liar.close();
      await served.close();
    }
  }).timeout(60_000);
});

describe("the line that says how far a replay is", () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, out: { isTTY, write: (text: string | Uint8Array) => written.push(text.toString()) > 0 } };
  };
  it("is written over, and away, on a terminal; elsewhere nothing is", () => {
    const terminal = stream(true);
    const line = createProgressLine(terminal.out);
    line.clear();
    line.show("step 1");
    line.show("step 2");
    line.clear();
    line.clear();
    expect(terminal.written.join("")).to.equal("\r\u001b[Kstep 1\r\u001b[Kstep 2\r\u001b[K");
    const file = stream(false);
    const silent = createProgressLine(file.out);
    silent.show("step 1");
    silent.clear();
    expect(file.written).to.deep.equal([]);
  });
});
