import { expect } from "chai";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  ALICE,
  DEVELOPER,
  HASH,
  LORA,
  TRAINER,
  USER,
  account,
  bech,
  checkpoint,
  cid,
  claim,
  complete,
  contribute,
  createDatanet,
  createVersion,
  endBlock,
  order,
  publishAdapter,
  publishDatanet,
  request,
  toHeight,
  withData,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  TRUE,
  UNAVAILABLE,
  checkpointOf,
  courseOf,
  dispute,
  disputeOf,
  follow,
  jobOf,
  lastReplay,
  openStep,
  replayed,
  stateOf,
  tampered,
} from "../../chain/testkit/training.js";
import type { Course } from "../../chain/testkit/training.js";
import {
  AdapterStatus,
  DisputeKind,
  JobStatus,
  MsgAbandonTraining,
  MsgAbandonTrainingResponse,
  QueryDisputeRequest,
  QueryDisputeResponse,
  QueryDisputesRequest,
  QueryDisputesResponse,
  ReplayTask,
  SampleStatus,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { MsgCompleteTraining, MsgOrderTraining, Params } from "../../proto/gen/openledger/modelfactory/v1.js";
import { datanetState } from "../datanet/state.js";
import { MAX_LINEAGE } from "./lineage.js";
import { MAX_MARKS_PER_BLOCK, addAdapter, markAdapter } from "./marks.js";
import type { createModelFactoryModule } from "./module.js";
import { pricingMethod } from "./rules/pricing-method.js";
import { MODELFACTORY_STORE } from "./state.js";

const { SAMPLE_STATUS_WAITING, SAMPLE_STATUS_NOT_DRAWN, SAMPLE_STATUS_REPLAYING } = SampleStatus;

function withParams(e: Economy, change: Partial<Params>): Economy {
  stateOf(e).params.set({ ...stateOf(e).params.getOrFail(), ...change });
  return e;
}

/** A running job under a certain chance of unasked replays. */
function running(replaySamplePpm: number): Economy {
  const e = withParams(withData(), { replaySamplePpm });
  order(e);
  claim(e, 1n);
  return e;
}

function nextBlock(e: Economy, blocks = 1n): void {
  toHeight(e, e.ctx.block.height + blocks);
  endBlock(e);
}

const finish = (e: Economy, jobId: bigint, course: Course = TRUE, over: Partial<MsgCompleteTraining> = {}): bigint =>
  complete(e, jobId, { finalLossMicroNats: course(50).lossMicroNats, ...over });

/** A further adapter from order to completion. */
function train(e: Economy, over: Partial<MsgOrderTraining> = {}): bigint {
  const id = order(e, over);
  claim(e, id);
  follow(e, id, TRUE, 50);
  return finish(e, id);
}

const adapterOf = (e: Economy, id: bigint) => stateOf(e).adapters.getOrFail(id);
const sampleOf = (e: Economy, step: number): number => stateOf(e).checkpoints.getOrFail([1n, step]).sample;
const dataOf = (e: Economy) => datanetState.open(e.ctx.store("datanet"));
const sound = (e: Economy): Chai.Assertion => expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);

describe("a checkpoint", () => {
  it("commits to every step since the last one", () => {
    const e = running(0);
    expect(rejection(() => checkpoint(e, 1n, 20, { stepRoot: HASH.slice(1) }))).to.equal("modelfactory/3");
    expect(rejection(() => checkpoint(e, 1n, 20, { stepsCid: "" }))).to.equal("modelfactory/3");
    checkpoint(e, 1n, 20, checkpointOf(TRUE, 0, 20));
    expect(stateOf(e).checkpoints.getOrFail([1n, 20])).to.deep.include({ stepRoot: checkpointOf(TRUE, 0, 20).stepRoot, stepsCid: cid(8) });
  });
});

describe("an unasked replay", () => {
  it("is drawn by the hash of a later block, never by that of the checkpoint's own", () => {
    const e = running(1_000_000);
    follow(e, 1n, TRUE, 20);
    endBlock(e);
    expect(sampleOf(e, 20)).to.equal(SAMPLE_STATUS_WAITING);
    nextBlock(e);
    expect(sampleOf(e, 20)).to.equal(SAMPLE_STATUS_REPLAYING);
    sound(e);
  });
  it("runs the whole segment from the checkpoint before", () => {
    const e = running(1_000_000);
    follow(e, 1n, TRUE, 40);
    nextBlock(e);
    const [first, second] = e.desk.tasks.filter((t) => t.kind === "replay").map((t) => ReplayTask.decode(t.payload));
    expect(first).to.include({ jobId: 1n, disputeId: 0n, from: 0, to: 20, stateCid: "", result: false });
    expect(second).to.include({ from: 20, to: 40, stateCid: cid(4) });
    expect(second?.stateRoot).to.deep.equal(TRUE(20).stateRoot);
  });
  it("draws as often as it should, by nothing but the block's hash", () => {
    const drawn = (hash: number): number => {
      const e = running(500_000);
      e.ctx.block = { ...e.ctx.block, hash: new Uint8Array(32).fill(hash) };
      follow(e, 1n, TRUE, 20);
      nextBlock(e);
      sound(e);
      return sampleOf(e, 20);
    };
    const outcomes = Array.from({ length: 40 }, (_, hash) => drawn(hash));
    const chosen = outcomes.filter((s) => s === SAMPLE_STATUS_REPLAYING).length;
    expect(chosen).to.be.within(8, 32);
    expect(outcomes.filter((s) => s === SAMPLE_STATUS_NOT_DRAWN).length).to.equal(40 - chosen);
    expect(Array.from({ length: 40 }, (_, hash) => drawn(hash))).to.deep.equal(outcomes);
  });
  it("confirms an honest trainer, and holds up its pay until it has", () => {
    const e = running(1_000_000);
    follow(e, 1n, TRUE, 50);
    finish(e, 1n);
    nextBlock(e);
    nextBlock(e, 700n);
    expect(jobOf(e)).to.include({ status: JobStatus.JOB_STATUS_COMPLETED, openReplays: 3, deadline: 0n });
    for (const task of e.desk.tasks.filter((t) => t.kind === "replay")) e.desk.resolve(e.ctx, task, replayed(task));
    sound(e);
    expect(sampleOf(e, 50)).to.equal(SampleStatus.SAMPLE_STATUS_CONFIRMED);
    nextBlock(e);
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_SETTLED);
    sound(e);
  });
  it("finds a lie, whichever step it is in: the developer gets the fee, and the bond since nobody challenged", () => {
    for (const step of [1, 7, 20]) {
      const e = running(1_000_000);
      follow(e, 1n, tampered(step), 20);
      const before = e.ledger.balance(e.ctx, DEVELOPER);
      nextBlock(e);
      e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
      expect(e.ledger.balance(e.ctx, DEVELOPER) - before).to.equal(12_500_001n);
      expect(jobOf(e)).to.include({ status: JobStatus.JOB_STATUS_REFUTED, openReplays: 0 });
      expect(sampleOf(e, 20)).to.equal(SampleStatus.SAMPLE_STATUS_REFUTED);
      sound(e);
    }
  });
  it("finds a lie about a step in the middle alone, and about a loss", () => {
    const inside: Course = (step) => (step === 7 ? courseOf("lie")(step) : TRUE(step));
    const lies = [checkpointOf(inside, 0, 20), { ...checkpointOf(TRUE, 0, 20), lossMicroNats: 1n }];
    for (const lie of lies) {
      const e = running(1_000_000);
      checkpoint(e, 1n, 20, lie);
      nextBlock(e);
      e.desk.resolve(e.ctx, lastReplay(e), replayed(lastReplay(e)));
      expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_REFUTED);
    }
  });
  it("refutes a trainer whose checkpoint is withheld", () => {
    const e = running(1_000_000);
    follow(e, 1n, TRUE, 40);
    nextBlock(e);
    e.desk.resolve(e.ctx, lastReplay(e), UNAVAILABLE);
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_REFUTED);
    sound(e);
  });
  it("decides nothing without a result, or about a job that is over", () => {
    const e = running(1_000_000);
    follow(e, 1n, tampered(3), 40);
    nextBlock(e);
    const [first, second] = e.desk.tasks.filter((t) => t.kind === "replay");
    e.desk.fail(e.ctx, first!);
    expect(sampleOf(e, 20)).to.equal(SampleStatus.SAMPLE_STATUS_UNRESOLVED);
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_RUNNING);
    nextBlock(e, 901n);
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_FAILED);
    const supply = e.ledger.balance(e.ctx, DEVELOPER);
    e.desk.resolve(e.ctx, second!, replayed(second!));
    expect(e.ledger.balance(e.ctx, DEVELOPER)).to.equal(supply);
    sound(e);
  });
  it("is not drawn for a job that is over", () => {
    const e = running(1_000_000);
    follow(e, 1n, TRUE, 20);
    const message = { trainer: bech(TRAINER), jobId: 1n, reason: "" };
    deliver(e.ctx, e.modules, { codec: MsgAbandonTraining, message, response: MsgAbandonTrainingResponse });
    nextBlock(e);
    expect(sampleOf(e, 20)).to.equal(SAMPLE_STATUS_NOT_DRAWN);
    sound(e);
  });
});

describe("walking away from a dispute", () => {
  it("is refused until it is over", () => {
    const e = running(0);
    follow(e, 1n, TRUE, 20);
    const abandon = () =>
      deliver(e.ctx, e.modules, {
        codec: MsgAbandonTraining,
        message: { trainer: bech(TRAINER), jobId: 1n, reason: "" },
        response: MsgAbandonTrainingResponse,
      });
    const id = dispute(e);
    expect(rejection(abandon)).to.equal("modelfactory/35");
    for (let i = 0; i < 2; i++) openStep(e, id, TRUE);
    nextBlock(e, 61n);
    abandon();
    expect(jobOf(e).status).to.equal(JobStatus.JOB_STATUS_FAILED);
  });
});

describe("the result of a job", () => {
  const done = (): Economy => {
    const e = running(0);
    follow(e, 1n, TRUE, 50);
    return e;
  };
  it("states the last checkpoint's loss, and as many subsets as were ordered", () => {
    const e = done();
    expect(rejection(() => finish(e, 1n, courseOf("x"), { finalLossMicroNats: 1n }))).to.equal("modelfactory/34");
    expect(rejection(() => finish(e, 1n, TRUE, { metasmoothSubsets: 0 }))).to.equal("modelfactory/34");
    expect(rejection(() => finish(e, 1n, TRUE, { metasmoothnessPpm: 1_000_001 }))).to.equal("modelfactory/34");
    expect(rejection(() => finish(e, 1n, TRUE, { fallbackRoot: HASH.slice(1) }))).to.equal("modelfactory/3");
    expect(rejection(() => finish(e, 1n, TRUE, { fallbackCid: "" }))).to.equal("modelfactory/3");
    withParams(e, { metasmoothSubsets: 5 });
    expect(adapterOf(e, finish(e, 1n))).to.include({ metasmoothSubsets: 3, metasmoothnessPpm: 900_000, method: "tangent-v1" });
  });
  it("is priced by the fallback where retraining contradicts the tangents, and says so", () => {
    const e = done();
    const none = { fallbackCid: "", fallbackRoot: new Uint8Array(0) };
    expect(rejection(() => finish(e, 1n, TRUE, { ...none, metasmoothnessPpm: 699_999 }))).to.equal("modelfactory/34");
    const adapter = adapterOf(e, finish(e, 1n, TRUE, { metasmoothnessPpm: 699_999 }));
    expect(adapter).to.include({ method: "ef-v1", fallbackCid: cid(9) });
    expect(e.ctx.events.some((x) => x.type === "fall_back_attribution")).to.equal(true);
  });
  it("needs no fallback where the tangents price", () => {
    const none = { fallbackCid: "", fallbackRoot: new Uint8Array(0) };
    const e = done();
    expect(adapterOf(e, finish(e, 1n, TRUE, none)).method).to.equal("tangent-v1");
  });
  it("stands on the threshold itself, and without subsets", () => {
    const by = (metasmoothSubsets: number, metasmoothnessPpm: number) =>
      pricingMethod({ metasmoothMinPpm: 700_000 }, { metasmoothSubsets, metasmoothnessPpm });
    expect([by(3, 700_000), by(3, 699_999), by(0, 0), by(1, -1)]).to.deep.equal(["tangent-v1", "ef-v1", "tangent-v1", "ef-v1"]);
  });
});

describe("training on an adapter", () => {
  /** Adapter 1, published, of Alice's and Bob's data; Datanet 2 holds rows of others. */
  const base = (): Economy => {
    const e = withParams(withData(), { replaySamplePpm: 0 });
    publishAdapter(e, train(e));
    const id = createDatanet(e);
    publishDatanet(e, id);
    e.ledger.mint(e.ctx, account(20), 10_000_000n);
    contribute(e, account(20), id, { n: 3, texts: ["immortal hand"] });
    createVersion(e, id);
    return e;
  };
  const more = { datasets: [{ datanetId: 2n, version: 1n }], parentAdapterId: 1n };
  const refuses = (over: Partial<MsgOrderTraining>, e = base()): string => rejection(() => order(e, { ...more, ...over }));

  it("counts the contributors of both, and records where it comes from", () => {
    const e = base();
    const child = train(e, more);
    expect(adapterOf(e, child).parentAdapterId).to.equal(1n);
    const { service } = e.modules.find((m) => m.name === MODELFACTORY_STORE) as ReturnType<typeof createModelFactoryModule>;
    const names = service.contributors(e.ctx, child).map((a) => bech(a));
    expect(names).to.have.members([bech(ALICE), bech(account(3)), bech(account(20))]);
    expect(service.contributors(e.ctx, 99n)).to.deep.equal([]);
    const grandchild = train(e, { ...more, parentAdapterId: child });
    expect(service.contributors(e.ctx, grandchild)).to.deep.equal(service.contributors(e.ctx, child));
    sound(e);
  });
  it("needs one that exists, of the same base and shape, published or one's own", () => {
    expect(refuses({ parentAdapterId: 9n })).to.equal("modelfactory/20");
    for (const over of [{ rank: 8 }, { alpha: 16 }, { targets: ["q"] }]) {
      expect(refuses({ hyperparameters: { ...LORA, ...over } })).to.equal("modelfactory/36");
    }
    const e = base();
    const draft = train(e, more);
    expect(refuses({ parentAdapterId: draft, developer: bech(USER) }, e)).to.equal("modelfactory/36");
    order(e, { ...more, parentAdapterId: draft });
    order(e, { ...more, developer: bech(USER) });
  });
  it("obeys the licences of everything it is made of", () => {
    const e = base();
    const { datanets } = dataOf(e);
    const bound = datanets.getOrFail(1n);
    datanets.set(1n, { ...bound, license: { ...bound.license, commercialUse: false } });
    expect(refuses({ commercialUse: true }, e)).to.equal("modelfactory/10");
    order(e, { ...more, commercialUse: false });
  });
  it("goes on for a bounded number of generations", () => {
    const e = base();
    let parent = 1n;
    for (let i = 1; i < MAX_LINEAGE; i++) parent = train(e, { ...more, parentAdapterId: parent });
    expect(refuses({ parentAdapterId: parent }, e)).to.equal("modelfactory/36");
  });
  it("needs cohorts where there are more contributors than tangents", () => {
    const e = withParams(base(), { maxTangents: 2 });
    expect(refuses({}, e)).to.equal("modelfactory/5");
    order(e, { ...more, hyperparameters: { ...LORA, maxTangents: 2 } });
  });
});

describe("the mark of a refuted training", () => {
  const lost = (e: Economy, jobId: bigint): void => {
    dispute(e, { jobId, step: 50, kind: DisputeKind.DISPUTE_KIND_RESULT });
    e.desk.resolve(e.ctx, lastReplay(e), UNAVAILABLE);
  };
  const statusOf = (e: Economy, id: bigint): number => adapterOf(e, id).status;
  const { ADAPTER_STATUS_REFUTED, ADAPTER_STATUS_TAINTED, ADAPTER_STATUS_PUBLISHED } = AdapterStatus;
  const again = (parentAdapterId: bigint): Partial<MsgOrderTraining> => ({ parentAdapterId });

  it("reaches all that was built on it, one generation a block, and nothing else", () => {
    const e = withParams(withData(), { replaySamplePpm: 0 });
    const root = train(e);
    const child = train(e, again(root));
    const grandchild = train(e, again(child));
    const other = train(e);
    publishAdapter(e, other);
    lost(e, 1n);
    expect([root, child].map((id) => statusOf(e, id))).to.deep.equal([ADAPTER_STATUS_REFUTED, AdapterStatus.ADAPTER_STATUS_DRAFT]);
    sound(e);
    nextBlock(e);
    nextBlock(e);
    expect([child, grandchild].map((id) => statusOf(e, id))).to.deep.equal([ADAPTER_STATUS_TAINTED, ADAPTER_STATUS_TAINTED]);
    expect(statusOf(e, other)).to.equal(ADAPTER_STATUS_PUBLISHED);
    expect([...stateOf(e).children.keys()]).to.deep.equal([]);
    sound(e);
  });
  it("keeps an adapter from being asked, offered or trained on", () => {
    const e = withParams(withData(), { replaySamplePpm: 0 });
    publishAdapter(e, train(e));
    const child = train(e, again(1n));
    const draft = train(e, again(1n));
    publishAdapter(e, child);
    request(e);
    lost(e, 1n);
    nextBlock(e);
    expect(rejection(() => request(e))).to.equal("openlora/12");
    expect(rejection(() => request(e, { adapterId: child }))).to.equal("openlora/12");
    expect(rejection(() => publishAdapter(e, draft))).to.equal("modelfactory/22");
    expect(rejection(() => order(e, again(draft)))).to.equal("modelfactory/36");
    sound(e);
  });
  it("meets those that are still being trained: an order is not claimed, a result is born with it", () => {
    const e = withParams(withData(), { replaySamplePpm: 0 });
    train(e);
    const [waiting, under] = [order(e, again(1n)), order(e, again(1n))];
    claim(e, under);
    lost(e, 1n);
    expect(rejection(() => claim(e, waiting))).to.equal("modelfactory/36");
    follow(e, under, TRUE, 50);
    expect(statusOf(e, finish(e, under))).to.equal(ADAPTER_STATUS_TAINTED);
    sound(e);
  });
  it("spreads a bounded number in a block, and reaches all in the end", () => {
    const e = withParams(withData(), { replaySamplePpm: 0 });
    train(e);
    const root = adapterOf(e, 1n);
    const children = Array.from({ length: MAX_MARKS_PER_BLOCK + 30 }, (_, i) => BigInt(i + 2));
    for (const id of children) addAdapter(e.ctx, { ...root, id, parentAdapterId: 1n });
    addAdapter(e.ctx, { ...root, id: 500n, parentAdapterId: 2n });
    markAdapter(e.ctx, 1n, ADAPTER_STATUS_REFUTED);
    const tainted = () => [...stateOf(e).adapters.values()].filter((a) => a.status === ADAPTER_STATUS_TAINTED).length;
    endBlock(e);
    expect(tainted()).to.equal(MAX_MARKS_PER_BLOCK);
    endBlock(e);
    expect(tainted()).to.equal(children.length + 1);
    endBlock(e);
    expect([...stateOf(e).spreading.keys()]).to.deep.equal([]);
  });
});

describe("disputes on record", () => {
  const path = "/openledger.modelfactory.v1.Query";
  it("are found by id, by job, and among the open ones", () => {
    const e = running(0);
    follow(e, 1n, TRUE, 40);
    dispute(e);
    dispute(e, { step: 40 });
    for (const id of [1n, 1n, 2n, 2n]) openStep(e, id, TRUE);
    nextBlock(e, 61n);
    expect(disputeOf(e, 1n).deadline).to.equal(0n);
    const find = (message: Partial<QueryDisputesRequest>): bigint[] =>
      ask(e.ctx, e.modules, { path: `${path}/Disputes`, codec: QueryDisputesRequest, message, response: QueryDisputesResponse }).disputes.map((d) => d.id);
    expect(find({})).to.deep.equal([1n, 2n]);
    expect(find({ jobId: 1n })).to.deep.equal([1n, 2n]);
    expect(find({ jobId: 2n })).to.deep.equal([]);
    expect(find({ openOnly: true })).to.deep.equal([]);
    dispute(e, { kind: DisputeKind.DISPUTE_KIND_CHECKPOINT });
    expect(find({ openOnly: true })).to.deep.equal([3n]);
    expect(find({ openOnly: true, jobId: 2n })).to.deep.equal([]);
    const one = { path: `${path}/Dispute`, codec: QueryDisputeRequest, response: QueryDisputeResponse };
    expect(ask(e.ctx, e.modules, { ...one, message: { disputeId: 2n } }).dispute.segment).to.equal(40);
    expect(rejection(() => ask(e.ctx, e.modules, { ...one, message: { disputeId: 9n } }))).to.equal("sdk/38");
  });
  it("are exported with all that follows from them, and imported the same", () => {
    const e = withParams(withData(), { replaySamplePpm: 1_000_000 });
    train(e);
    train(e, { parentAdapterId: 1n });
    train(e, { parentAdapterId: 2n });
    dispute(e, { jobId: 2n });
    dispute(e, { jobId: 2n, kind: DisputeKind.DISPUTE_KIND_CHECKPOINT });
    dispute(e, { jobId: 1n, step: 50, kind: DisputeKind.DISPUTE_KIND_RESULT });
    e.desk.resolve(e.ctx, lastReplay(e), UNAVAILABLE);
    const module = e.modules.find((m) => m.name === MODELFACTORY_STORE)!;
    const exported = module.genesis.export(e.ctx);
    const fresh = createScratchContext();
    module.genesis.init(fresh, exported);
    expect(module.genesis.export(fresh)).to.deep.equal(exported);
    const [before, after] = [e.ctx, fresh].map((ctx) => [...ctx.store(MODELFACTORY_STORE).iterate()].map(([k, v]) => [[...k], [...v]]));
    expect(after).to.deep.equal(before);
  });
});
