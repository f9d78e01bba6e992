import { expect } from "chai";
import { EdgeFailure } from "./errors.js";
import { DEFAULT_TURNSTILE_OPTIONS, createTurnstile } from "./turnstile.js";
import type { TurnstileOptions } from "./turnstile.js";

/** A slice of nothing has room for one call. */
const ONE_EACH: TurnstileOptions = { calm: { sliceMs: 0, restMs: 0 }, busy: { sliceMs: 0, restMs: 0 }, holdMs: 0, restPerLateMs: 0, maxRestMs: 0, maxWaiting: 100 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the turnstile", () => {
  it("answers what the work answers, and fails as it fails", async () => {
    const turnstile = createTurnstile();
    expect(await turnstile.pass(async () => 7)).to.equal(7);
    const failure = await turnstile.pass(() => Promise.reject(new Error("no"))).catch((e: unknown) => e);
    expect(failure).to.be.instanceOf(Error).with.property("message", "no");
    const thrown = await turnstile.pass(() => { throw new Error("at once"); }).catch((e: unknown) => e);
    expect(thrown).to.be.instanceOf(Error).with.property("message", "at once");
  });

  it("starts calls in the order in which they came", async () => {
    const turnstile = createTurnstile(ONE_EACH);
    const order: number[] = [];
    await Promise.all(Array.from({ length: 50 }, (_, i) => turnstile.pass(async () => order.push(i))));
    expect(order).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));
  });

  it("gives the loop a turn when a slice is over", async () => {
    const turnstile = createTurnstile(ONE_EACH);
    const log: string[] = [];
    const calls = ["a", "b", "c"].map((name) => turnstile.pass(async () => log.push(name)));
    const others = (async () => {
      while (log.filter((each) => each !== "turn").length < 3) {
        await turn();
        log.push("turn");
      }
    })();
    await Promise.all([...calls, others]);
    const text = log.join(" ");
    expect(text).to.match(/a (turn )+b (turn )+c/);
  });

  it("does not start a second call while a first waits for nothing more than its slice", async () => {
    const turnstile = createTurnstile({ ...ONE_EACH, calm: { sliceMs: 1_000, restMs: 0 } });
    const log: string[] = [];
    const calls = ["a", "b", "c"].map((name) => turnstile.pass(async () => log.push(name)));
    await turn();
    await turn();
    await Promise.all(calls);
    expect(log).to.deep.equal(["a", "b", "c"]);
  });

  it("waits while a block is on its way, and goes on when it is there", async () => {
    const turnstile = createTurnstile({ ...ONE_EACH, holdMs: 60_000 });
    let started = 0;
    const early = turnstile.pass(async () => started++);
    turnstile.setBusy(true);
    turnstile.setBusy(true);
    const calls = [early, ...[1, 2].map(() => turnstile.pass(async () => started++))];
    for (let i = 0; i < 5; i++) await turn();
    expect(started).to.equal(0);
    turnstile.setBusy(false);
    await Promise.all(calls);
    expect(started).to.equal(3);
  });

  it("goes on slowly when a block takes longer than it has for itself", async () => {
    const turnstile = createTurnstile({ ...ONE_EACH, holdMs: 5 });
    turnstile.setBusy(true);
    expect(await turnstile.pass(async () => "answered")).to.equal("answered");
  });

  it("holds no call longer than one block may, though block follows block without a pause, as in sync", async () => {
    let now = 0;
    let due: { readonly at: number; readonly run: () => void } | undefined;
    const clock = {
      now: () => now,
      after: (ms: number, run: () => void) => {
        due = { at: now + ms, run };
        return () => (due = undefined);
      },
    };
    const turnstile = createTurnstile({ ...ONE_EACH, holdMs: 250 }, clock);
    const answered: number[] = [];
    turnstile.setBusy(true);
    const calls = [1, 2].map(() => turnstile.pass(async () => answered.push(now)));
    for (; now < 1_000; now += 20) {
      const next = due;
      if (next !== undefined && next.at <= now) {
        due = undefined;
        next.run();
      }
      await turn();
      turnstile.setBusy(false);
      turnstile.setBusy(true);
    }
    await Promise.all(calls);
    expect(answered[0]).to.be.within(240, 280);
    expect(answered[1]).to.be.within(480, 560);
  });

  it("refuses what is too much, and takes more once there is room", async () => {
    const turnstile = createTurnstile({ ...ONE_EACH, maxWaiting: 2 });
    const calls = [1, 2].map((n) => turnstile.pass(async () => n));
    const refused = await turnstile.pass(async () => 3).catch((e: unknown) => e);
    expect(refused).to.be.instanceOf(EdgeFailure).with.property("code", "busy");
    expect(await Promise.all(calls)).to.deep.equal([1, 2]);
    expect(await turnstile.pass(async () => 4)).to.equal(4);
  });

  it("rests longer the later its slices come, up to a bound, and shortly again when they are in time", async () => {
    let now = 0;
    const due: { readonly ms: number; readonly run: () => void }[] = [];
    const clock = {
      now: () => now,
      after: (ms: number, run: () => void) => {
        due.push({ ms, run });
        return () => undefined;
      },
    };
    const options = { ...ONE_EACH, calm: { sliceMs: 0, restMs: 2 }, restPerLateMs: 4, maxRestMs: 150 };
    const turnstile = createTurnstile(options, clock);
    const calls = Array.from({ length: 6 }, () => turnstile.pass(async () => now));
    const rests: number[] = [];
    for (const late of [0, 10, 100, 0, 0, 0]) {
      const next = due.shift();
      now += (next?.ms ?? 0) + late;
      next?.run();
      await turn();
      rests.push(due[0]?.ms ?? -1);
    }
    await Promise.all(calls);
    expect(rests).to.deep.equal([2, 40, 150, 2, 2, -1]);
  });

  it("forgets what it has served", async () => {
    const turnstile = createTurnstile({ ...DEFAULT_TURNSTILE_OPTIONS, maxWaiting: 10 });
    let served = 0;
    for (let round = 0; round < 400; round++) {
      await Promise.all(Array.from({ length: 10 }, () => turnstile.pass(async () => served++)));
    }
    expect(served).to.equal(4_000);
  });
});
