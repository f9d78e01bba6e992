import { expect } from "chai";
import { fromJson, toJson } from "../../chain/codec/index.js";
import { toHash32, toHex } from "../../chain/primitives/index.js";
import { ask, brokenInvariant } from "../../chain/testkit/deliver.js";
import {
  DEVELOPER,
  HASH,
  STRANGER,
  TRAINER,
  USER,
  bech,
  claim,
  complete,
  endBlock,
  order,
  publishAdapter,
  request,
  toHeight,
  withData,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { TRUE, UNAVAILABLE, courseOf, dispute, disputeOf, follow, jobOf, lastReplay, replayed, stateOf, tampered } from "../../chain/testkit/training.js";
import {
  AdapterStatus,
  DisputeKind,
  DisputeStatus,
  GenesisState,
  JobStatus,
  QueryJobRequest,
  QueryJobResponse,
  ReplayTask,
  SampleStatus,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Params } from "../../proto/gen/openledger/modelfactory/v1.js";
import { ABSTENTION } from "./rules/replay-outcome.js";
import { MODELFACTORY_STORE } from "./state.js";
import { OTHER_RUNTIME } from "./unverified.js";

/** It sorts after the usual one. */
const OTHER = new Uint8Array(32).fill(9);
const FEE = 10_000_001n;
const BOND = 5_000_000n;
const PRIZE = 2_500_000n;
const { DISPUTE_KIND_CHECKPOINT, DISPUTE_KIND_RESULT } = DisputeKind;
const { JOB_STATUS_UNVERIFIED, JOB_STATUS_REFUTED, JOB_STATUS_RUNNING, JOB_STATUS_COMPLETED, JOB_STATUS_SETTLED } = JobStatus;
const { SAMPLE_STATUS_REPLAYING, SAMPLE_STATUS_NOT_DRAWN, SAMPLE_STATUS_UNRESOLVED, SAMPLE_STATUS_CONFIRMED } = SampleStatus;

function claimed(params: Partial<Params> = {}, runtimeId = HASH, parentAdapterId = 0n): Economy {
  const e = withData();
  stateOf(e).params.set({ ...stateOf(e).params.getOrFail(), replaySamplePpm: 0, ...params });
  order(e, { parentAdapterId });
  claim(e, 1n, TRAINER, runtimeId);
  return e;
}

function completed(course = TRUE): Economy {
  const e = claimed();
  follow(e, 1n, course, 50);
  complete(e, 1n, { finalLossMicroNats: course(50).lossMicroNats });
  return e;
}

const sampleAt = (e: Economy, step: number, jobId = 1n): number => stateOf(e).checkpoints.getOrFail([jobId, step]).sample;

function nextBlock(e: Economy): void {
  toHeight(e, e.ctx.block.height + 1n);
  endBlock(e);
}

/** What trainer, challenger and developer gained, in uopen. */
function gains(e: Economy, story: () => void): readonly bigint[] {
  const balances = () => [TRAINER, STRANGER, DEVELOPER].map((who) => e.ledger.balance(e.ctx, who));
  const [before, supply] = [balances(), e.ledger.supply(e.ctx)];
  story();
  expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  expect(e.ledger.supply(e.ctx)).to.equal(supply);
  return balances().map((balance, i) => balance - (before[i] ?? 0n));
}

function attribute(e: Economy, type: string, key: string): string | undefined {
  return e.ctx.events.findLast((event) => event.type === type)?.attributes.find((a) => a.key === key)?.value;
}

describe("the runtime of a training", () => {
  it("is stated with the claim, kept with the job, and told to whoever asks", () => {
    const e = claimed({}, OTHER);
    const { job } = ask(e.ctx, e.modules, {
      path: "/openledger.modelfactory.v1.Query/Job",
      codec: QueryJobRequest,
      message: { jobId: 1n },
      response: QueryJobResponse,
    });
    expect(job.runtimeId).to.deep.equal(OTHER);
    expect(attribute(e, "claim_training", "runtime_id")).to.equal(toHex(OTHER));
  });

  it("has 32 bytes", () => {
    const e = withData();
    order(e);
    for (const runtimeId of [new Uint8Array(0), HASH.slice(1), new Uint8Array(33)]) {
      expect(rejection(() => claim(e, 1n, TRAINER, runtimeId))).to.equal("modelfactory/3");
    }
  });

  it("stays the same to the end: a result of another one is refused, and the right one still taken", () => {
    const e = claimed();
    follow(e, 1n, TRUE, 50);
    const finalLossMicroNats = TRUE(50).lossMicroNats;
    expect(rejection(() => complete(e, 1n, { finalLossMicroNats, runtimeId: OTHER }))).to.equal("modelfactory/37");
    expect(rejection(() => complete(e, 1n, { finalLossMicroNats, runtimeId: HASH.slice(1) }))).to.equal("modelfactory/3");
    complete(e, 1n, { finalLossMicroNats });
    expect(stateOf(e).adapters.getOrFail(1n).runtimeId).to.deep.equal(HASH);
  });

  it("goes with every replay, asked for or not", () => {
    const asked = claimed({}, OTHER);
    follow(asked, 1n, TRUE, 20);
    dispute(asked, { kind: DISPUTE_KIND_CHECKPOINT });
    const unasked = claimed({ replaySamplePpm: 1_000_000 }, OTHER);
    follow(unasked, 1n, TRUE, 20);
    nextBlock(unasked);
    for (const e of [asked, unasked]) expect(ReplayTask.decode(lastReplay(e).payload).runtimeId).to.deep.equal(OTHER);
  });
});

describe("a dispute before validators that have another runtime", () => {
  const abstain = (e: Economy): void => e.desk.resolve(e.ctx, lastReplay(e), ABSTENTION);

  it("costs nobody a bond, pays nobody the fee, and is over", () => {
    for (const course of [TRUE, tampered(5)]) {
      const e = claimed();
      follow(e, 1n, course, 40);
      expect(gains(e, () => (dispute(e, { kind: DISPUTE_KIND_CHECKPOINT }), abstain(e)))).to.deep.equal([BOND, 0n, FEE]);
      expect(disputeOf(e)).to.include({ status: DisputeStatus.DISPUTE_STATUS_UNRESOLVED, reason: OTHER_RUNTIME });
      expect(jobOf(e)).to.include({ status: JOB_STATUS_UNVERIFIED, deadline: 0n, openDisputes: 0 });
      expect(rejection(() => dispute(e, { kind: DISPUTE_KIND_CHECKPOINT, step: 40 }))).to.equal("modelfactory/27");
      expect([attribute(e, "close_dispute", "outcome"), attribute(e, "close_dispute", "paid")]).to.deep.equal(["unresolved", `${BOND}`]);
      expect(attribute(e, "unverify_training", "runtime_id")).to.equal(toHex(HASH));
      expect(e.ctx.events.some((event) => event.type === "refute_training")).to.equal(false);
    }
  });

  it("withdraws the adapter without a verdict on it, and what is built on it", () => {
    const e = completed();
    publishAdapter(e, 1n);
    order(e, { parentAdapterId: 1n });
    claim(e, 2n);
    follow(e, 2n, TRUE, 50);
    complete(e, 2n, { finalLossMicroNats: TRUE(50).lossMicroNats });
    dispute(e, { kind: DISPUTE_KIND_RESULT, step: 50 });
    abstain(e);
    nextBlock(e);
    const statusOf = (id: bigint): number => stateOf(e).adapters.getOrFail(id).status;
    expect([1n, 2n].map(statusOf)).to.deep.equal([AdapterStatus.ADAPTER_STATUS_UNVERIFIED, AdapterStatus.ADAPTER_STATUS_TAINTED]);
    expect(rejection(() => request(e))).to.equal("openlora/12");
    expect(rejection(() => order(e, { parentAdapterId: 1n }))).to.equal("modelfactory/36");
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });

  it("ends the job's other disputes with their bonds back, and what comes of them later changes nothing", () => {
    const e = completed();
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT, step: 20, challenger: bech(USER) });
    const stale = lastReplay(e);
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT, step: 40 });
    const user = e.ledger.balance(e.ctx, USER);
    expect(gains(e, () => abstain(e))).to.deep.equal([BOND, BOND, FEE]);
    expect(e.ledger.balance(e.ctx, USER) - user).to.equal(BOND);
    for (const late of [UNAVAILABLE, ABSTENTION, replayed(stale)]) {
      expect(gains(e, () => e.desk.resolve(e.ctx, stale, late))).to.deep.equal([0n, 0n, 0n]);
    }
  });

  it("still convicts where they need no runtime to see it: a state that is withheld", () => {
    const e = claimed({}, OTHER);
    follow(e, 1n, TRUE, 20);
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT });
    expect(gains(e, () => e.desk.resolve(e.ctx, lastReplay(e), UNAVAILABLE))).to.deep.equal([0n, BOND + PRIZE, FEE]);
    expect(jobOf(e).status).to.equal(JOB_STATUS_REFUTED);
  });
});

describe("an unasked replay before validators that have another runtime", () => {
  it("ends the job like a dispute would, and says so", () => {
    const e = claimed({ replaySamplePpm: 1_000_000 });
    follow(e, 1n, TRUE, 20);
    nextBlock(e);
    expect(gains(e, () => e.desk.resolve(e.ctx, lastReplay(e), ABSTENTION))).to.deep.equal([BOND, 0n, FEE]);
    expect(jobOf(e)).to.include({ status: JOB_STATUS_UNVERIFIED, openReplays: 0 });
    expect(sampleAt(e, 20)).to.equal(SAMPLE_STATUS_UNRESOLVED);
    expect(attribute(e, "sample_segment", "sample")).to.equal("unresolved");
  });

  it("changes nothing about a job that has ended meanwhile", () => {
    const e = claimed({ replaySamplePpm: 1_000_000 });
    follow(e, 1n, TRUE, 40);
    nextBlock(e);
    const [first, second] = e.desk.tasks.filter((t) => t.kind === "replay");
    if (first === undefined || second === undefined) throw new TypeError("two segments are replayed");
    e.desk.resolve(e.ctx, second, replayed(second, courseOf("other")));
    expect(gains(e, () => e.desk.resolve(e.ctx, first, ABSTENTION))).to.deep.equal([0n, 0n, 0n]);
    expect(jobOf(e).status).to.equal(JOB_STATUS_REFUTED);
  });

  it("leaves a job alone where there was no result at all", () => {
    const e = claimed({ replaySamplePpm: 1_000_000 });
    follow(e, 1n, TRUE, 20);
    nextBlock(e);
    e.desk.fail(e.ctx, lastReplay(e));
    expect([jobOf(e).status, sampleAt(e, 20)]).to.deep.equal([JOB_STATUS_RUNNING, SAMPLE_STATUS_UNRESOLVED]);
  });
});

describe("a runtime that validators are not known to have", () => {
  /** The lot falls on hardly any segment. */
  const RARE = { replaySamplePpm: 1 };
  const known = (e: Economy): string[] => [...stateOf(e).runtimes.keys()].map(toHex);

  it("has the first segment replayed for certain, and only that", () => {
    const e = claimed(RARE, OTHER);
    follow(e, 1n, TRUE, 50);
    nextBlock(e);
    expect([20, 40, 50].map((step) => sampleAt(e, step))).to.deep.equal([SAMPLE_STATUS_REPLAYING, SAMPLE_STATUS_NOT_DRAWN, SAMPLE_STATUS_NOT_DRAWN]);
  });

  it("is known once they have replayed something with it, and the next job is left to the lot", () => {
    const e = claimed(RARE, OTHER);
    follow(e, 1n, TRUE, 20);
    nextBlock(e);
    e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
    expect(sampleAt(e, 20)).to.equal(SAMPLE_STATUS_CONFIRMED);
    expect(known(e)).to.deep.equal([toHex(HASH), toHex(OTHER)]);
    order(e);
    claim(e, 2n, TRAINER, OTHER);
    follow(e, 2n, TRUE, 20);
    nextBlock(e);
    expect(sampleAt(e, 20, 2n)).to.equal(SAMPLE_STATUS_NOT_DRAWN);
  });

  it("is nobody's way around replays: its training is never paid, nor its adapter used", () => {
    const e = claimed(RARE, OTHER);
    const garbage = tampered(1);
    follow(e, 1n, garbage, 50);
    complete(e, 1n, { finalLossMicroNats: garbage(50).lossMicroNats, runtimeId: OTHER });
    publishAdapter(e, 1n);
    for (let i = 0; i < 700; i++) nextBlock(e);
    expect(jobOf(e)).to.include({ status: JOB_STATUS_COMPLETED, openReplays: 1 });
    expect(gains(e, () => e.desk.resolve(e.ctx, lastReplay(e), ABSTENTION))).to.deep.equal([BOND, 0n, FEE]);
    expect(rejection(() => request(e))).to.equal("openlora/12");
  });

  it("is forgotten when they have moved on, and tried again with the next job", () => {
    const e = claimed(RARE);
    follow(e, 1n, TRUE, 20);
    nextBlock(e);
    expect(sampleAt(e, 20)).to.equal(SAMPLE_STATUS_NOT_DRAWN);
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT });
    e.desk.resolve(e.ctx, lastReplay(e), ABSTENTION);
    expect(known(e)).to.deep.equal([]);
    order(e);
    claim(e, 2n);
    follow(e, 2n, TRUE, 20);
    nextBlock(e);
    expect(sampleAt(e, 20, 2n)).to.equal(SAMPLE_STATUS_REPLAYING);
  });

  it("is neither learned nor forgotten from a state that could not be had, or from no result", () => {
    const e = claimed({}, OTHER);
    follow(e, 1n, TRUE, 40);
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT });
    e.desk.fail(e.ctx, lastReplay(e));
    dispute(e, { kind: DISPUTE_KIND_CHECKPOINT });
    e.desk.resolve(e.ctx, lastReplay(e), UNAVAILABLE);
    expect(known(e)).to.deep.equal([toHex(HASH)]);
  });

  it("is tried by nobody where unasked replays are switched off", () => {
    const e = claimed({ replaySamplePpm: 0 }, OTHER);
    follow(e, 1n, TRUE, 20);
    nextBlock(e);
    expect(sampleAt(e, 20)).to.equal(SAMPLE_STATUS_NOT_DRAWN);
  });

  it("keeps nobody from being paid whose first segment was confirmed", () => {
    const e = claimed(RARE, OTHER);
    follow(e, 1n, TRUE, 50);
    complete(e, 1n, { finalLossMicroNats: TRUE(50).lossMicroNats, runtimeId: OTHER });
    nextBlock(e);
    e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
    toHeight(e, jobOf(e).settleHeight);
    endBlock(e);
    expect(jobOf(e).status).to.equal(JOB_STATUS_SETTLED);
  });
});

describe("runtimes in a genesis", () => {
  const moduleOf = (e: Economy) => e.modules.find((m) => m.name === MODELFACTORY_STORE)!;
  const exported = (): GenesisState => {
    const e = claimed({}, OTHER);
    stateOf(e).runtimes.add(toHash32(OTHER));
    order(e);
    return fromJson(GenesisState, moduleOf(e).genesis.export(e.ctx));
  };
  const refuses = (change: Partial<GenesisState>): string =>
    rejection(() => moduleOf(withData()).genesis.init(createScratchContext(), toJson(GenesisState, { ...exported(), ...change })));

  it("come back as they went", () => {
    const { jobs, knownRuntimes } = exported();
    expect(jobs.map((job) => job.runtimeId)).to.deep.equal([OTHER, new Uint8Array(0)]);
    expect(knownRuntimes).to.deep.equal([HASH, OTHER]);
    const fresh = createScratchContext();
    const { genesis } = moduleOf(withData());
    genesis.init(fresh, toJson(GenesisState, exported()));
    expect(fromJson(GenesisState, genesis.export(fresh))).to.deep.equal(exported());
  });

  it("have their length, are stated by whoever claimed, and are listed once, in order", () => {
    const jobs = (runtimeId: Uint8Array, at: number): GenesisState["jobs"] =>
      exported().jobs.map((job, i) => (i === at ? { ...job, runtimeId } : job));
    for (const wrong of [jobs(HASH.slice(1), 0), jobs(new Uint8Array(0), 0), jobs(HASH, 1)]) {
      expect(refuses({ jobs: wrong })).to.equal("modelfactory/25");
    }
    for (const knownRuntimes of [[HASH.slice(1)], [OTHER, HASH], [HASH, HASH]]) expect(refuses({ knownRuntimes })).to.equal("modelfactory/25");
  });
});
