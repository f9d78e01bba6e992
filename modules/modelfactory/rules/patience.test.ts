import { expect } from "chai";
import fc from "fast-check";
import { LORA } from "../../../chain/testkit/economy.js";
import { ReplayOutcome, ReplayStatus, ReplayTask } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { progressTime, replayTime } from "./patience.js";
import { parseReplayOutcome } from "./replay-outcome.js";

const job = (steps: number, checkpointEvery: number, metasmoothSubsets = 3, parentAdapterId = 0n) => ({
  hyperparameters: { ...LORA, steps, checkpointEvery },
  metasmoothSubsets,
  parentAdapterId,
});

describe("the time for a piece of training", () => {
  it("is one period for a checkpoint, and after the last one as much again for each training that is repeated", () => {
    expect(progressTime(job(50, 20), 40, 900)).to.equal(900);
    expect(progressTime(job(50, 20), 50, 900)).to.equal(900 * (1 + 3 * 3));
    expect(progressTime(job(50, 20, 0), 50, 900)).to.equal(900);
    expect(progressTime(job(50, 20, 3, 7n), 50, 900)).to.equal(900 * (1 + 3 * 3 * 3));
  });
  it("is for validators what the trainer had for the same steps, rounded up, and for a look at a state nothing more", () => {
    expect(replayTime(job(50, 20), { from: 0, to: 20, result: false }, 900)).to.equal(900);
    expect(replayTime(job(50, 20), { from: 3, to: 4, result: false }, 901)).to.equal(46);
    expect(replayTime(job(50, 20), { from: 20, to: 20, result: false }, 900)).to.equal(0);
    expect(replayTime(job(50, 20), { from: 50, to: 50, result: true }, 900)).to.equal(9_000);
  });
  it("fits 32 bits whatever the params", () => {
    const jobs = fc.record({ steps: fc.integer({ min: 1, max: 1_000_000 }), period: fc.integer({ min: 1, max: 1_000_000 }), parent: fc.bigInt({ min: 0n, max: 1n }) });
    fc.assert(
      fc.property(jobs, ({ steps, period, parent }) => {
        const most = job(steps, 1, 16, parent);
        const times = [progressTime(most, steps, period), replayTime(most, { from: 0, to: steps, result: false }, period)];
        return times.every((t) => Number.isInteger(t) && t >= period && t <= 0xffff_ffff);
      }),
    );
  });
});

describe("a job that nobody can run", () => {
  const value = (over: Partial<ReplayOutcome> = {}) =>
    ReplayOutcome.encode(ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_IMPOSSIBLE, ...over }));
  it("may be found from any start, and nothing else is said with it", () => {
    for (const stateCid of ["", "b"]) {
      const task = ReplayTask.create({ jobId: 1n, from: 4, to: 5, stateCid });
      expect(parseReplayOutcome(value(), task)?.status).to.equal(ReplayStatus.REPLAY_STATUS_IMPOSSIBLE);
      expect(parseReplayOutcome(value({ stepRoot: new Uint8Array(32) }), task)).to.equal(undefined);
      const last = { step: 5, lossMicroNats: 0n, dataCursor: 0n, stateRoot: new Uint8Array(32) };
      expect(parseReplayOutcome(value({ last }), task)).to.equal(undefined);
    }
  });
});
