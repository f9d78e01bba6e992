import { expect } from "chai";
import fc from "fast-check";
import { toAddress, toUopen } from "../../chain/primitives/index.js";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  ALICE,
  BOB,
  DEVELOPER,
  HASH,
  LICENSE,
  LORA,
  STRANGER,
  TRAINER,
  bech,
  checkpoint,
  claim,
  complete,
  contribute,
  createDatanet,
  createEconomy,
  createVersion,
  endBlock,
  order,
  publishAdapter,
  publishDatanet,
  registerBase,
  toHeight,
  withAdapter,
  withData,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { COMMUNITY } from "../../chain/testkit/ledger.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  JobStatus,
  MsgAbandonTraining,
  MsgAbandonTrainingResponse,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { LoraHyperparameters, MsgOrderTraining, MsgRegisterBaseModel } from "../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "./errors.js";
import { checkParams, defaultParams } from "./params.js";
import { hyperparameterProblem, nextCheckpoint } from "./rules/hyperparameters.js";
import { splitTrainingFee } from "./rules/training-split.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

const state = (e: Economy) => modelfactoryState.open(e.ctx.store(MODELFACTORY_STORE));
const job = (e: Economy) => state(e).jobs.getOrFail(1n);

function abandon(e: Economy, who = TRAINER): void {
  const message = { trainer: bech(who), jobId: 1n, reason: "out of memory" };
  deliver(e.ctx, e.modules, { codec: MsgAbandonTraining, message, response: MsgAbandonTrainingResponse });
}

function running(): Economy {
  const e = withData();
  order(e);
  claim(e, 1n);
  return e;
}

describe("registering a base model", () => {
  const cases: readonly (readonly [string, Partial<MsgRegisterBaseModel>, string])[] = [
    ["no name", { name: "" }, "modelfactory/2"],
    ["no licence", { license: "" }, "modelfactory/2"],
    ["a short hash", { baseHash: HASH.slice(1) }, "modelfactory/3"],
    ["a blob id that is none", { weightsCid: "weights" }, "modelfactory/3"],
    ["more royalty than there is", { royaltyPpm: 1_000_001 }, "modelfactory/4"],
  ];
  for (const [what, over, code] of cases) {
    it(`refuses ${what}`, () => expect(rejection(() => registerBase(createEconomy(), over))).to.equal(code));
  }
});

describe("ordering training", () => {
  const refuses = (over: Partial<MsgOrderTraining>, e = withData()): string => rejection(() => order(e, over));
  it("refuses a draft datanet, an unknown one, and a version that is not there", () => {
    const e = withData();
    createDatanet(e);
    expect(refuses({ datasets: [{ datanetId: 2n, version: 1n }] }, e)).to.equal("modelfactory/9");
    expect(refuses({ datasets: [{ datanetId: 3n, version: 1n }] }, e)).to.equal("modelfactory/8");
    expect(refuses({ datasets: [{ datanetId: 1n, version: 2n }] }, e)).to.equal("modelfactory/8");
  });
  it("refuses datasets that are missing, repeated, out of order or unnumbered", () => {
    const one = { datanetId: 1n, version: 1n };
    for (const datasets of [[], [one, one], [{ ...one, datanetId: 2n }, one], [{ ...one, version: 0n }]]) {
      expect(refuses({ datasets })).to.equal("modelfactory/6");
    }
  });
  it("refuses an unknown base and a fee below the least", () => {
    expect(refuses({ baseModelId: 9n })).to.equal("modelfactory/7");
    expect(refuses({ fee: "999999" })).to.equal("modelfactory/13");
    expect(refuses({ fee: "-1" })).to.equal("sdk/18");
    expect(refuses({ fee: "9999999999999" })).to.equal("sdk/18");
  });
  it("obeys the licences", () => {
    const under = (license: Partial<typeof LICENSE>, commercialUse: boolean): string | undefined => {
      const e = createEconomy();
      createDatanet(e, { license: { ...LICENSE, ...license } });
      publishDatanet(e, 1n);
      contribute(e, ALICE, 1n, { n: 1, texts: ["x"] });
      createVersion(e, 1n);
      registerBase(e);
      try {
        order(e, { commercialUse });
        return undefined;
      } catch (error) {
        return (error as { code: number }).code.toString();
      }
    };
    expect(under({ derivatives: false }, false)).to.equal("10");
    expect(under({ commercialUse: false }, true)).to.equal("10");
    expect(under({ commercialUse: false }, false)).to.equal(undefined);
    expect(under({ expiresAt: 1_700_000_000n }, false)).to.equal("11");
    expect(under({ expiresAt: 1_700_000_001n }, false)).to.equal(undefined);
  });
  const wrong: readonly (readonly [string, Partial<LoraHyperparameters>])[] = [
    ["rank", { rank: 0 }],
    ["alpha", { alpha: 0 }],
    ["targets", { targets: ["v", "q"] }],
    ["unknown targets", { targets: ["x"] }],
    ["no targets", { targets: [] }],
    ["rate", { rateNano: 0n }],
    ["beta1", { beta1Ppm: 1_000_000 }],
    ["beta2", { beta2Ppm: 1_000_000 }],
    ["beta2 of nothing, which no sidecar takes", { beta2Ppm: 0 }],
    ["epsilon", { epsilonPico: 99_999n }],
    ["batch size", { batchSize: 129 }],
    ["steps", { steps: 10_001 }],
    ["sequence length", { sequenceLength: 7 }],
    ["checkpoint interval", { checkpointEvery: 51 }],
    ["segment", { steps: 100, checkpointEvery: 65 }],
    ["number of tangents", { maxTangents: 65 }],
    ["number of checkpoints", { steps: 1_000, checkpointEvery: 1 }],
  ];
  for (const [what, over] of wrong) {
    it(`refuses a bad ${what}`, () => expect(refuses({ hyperparameters: { ...LORA, ...over } })).to.equal("modelfactory/5"));
  }
});

describe("a training job", () => {
  it("has one trainer, who puts up a bond", () => {
    const e = withData();
    expect(rejection(() => claim(e, 1n))).to.equal("modelfactory/14");
    order(e);
    claim(e, 1n);
    expect(rejection(() => claim(e, 1n, STRANGER))).to.equal("modelfactory/15");
    expect(job(e).bond).to.equal("5000000");
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("takes checkpoints at its multiples and its last step, from its trainer, in order", () => {
    const e = running();
    expect(rejection(() => checkpoint(e, 1n, 10))).to.equal("modelfactory/18");
    expect(rejection(() => checkpoint(e, 1n, 40))).to.equal("modelfactory/18");
    expect(rejection(() => checkpoint(e, 1n, 20, { trainer: bech(STRANGER) }))).to.equal("modelfactory/17");
    expect(rejection(() => checkpoint(e, 1n, 20, { stateHash: new Uint8Array(3) }))).to.equal("modelfactory/3");
    checkpoint(e, 1n, 20);
    expect(rejection(() => checkpoint(e, 1n, 20))).to.equal("modelfactory/18");
    expect(rejection(() => checkpoint(e, 1n, 40, { dataCursor: 320n }))).to.equal("modelfactory/18");
    checkpoint(e, 1n, 40);
    expect(rejection(() => checkpoint(e, 1n, 60))).to.equal("modelfactory/18");
    checkpoint(e, 1n, 50);
    expect(rejection(() => checkpoint(e, 1n, 50))).to.equal("modelfactory/18");
  });
  it("gets more time with each checkpoint", () => {
    const e = running();
    toHeight(e, 900n);
    checkpoint(e, 1n, 20);
    toHeight(e, 1_700n);
    endBlock(e);
    expect(job(e).status).to.equal(JobStatus.JOB_STATUS_RUNNING);
  });
  it("completes only with its last checkpoint, and pays everyone once its window is over", () => {
    const e = running();
    expect(rejection(() => complete(e, 1n))).to.equal("modelfactory/19");
    for (const step of [20, 40, 50]) checkpoint(e, 1n, step);
    const before = [TRAINER, ALICE, BOB].map((who) => e.ledger.balance(e.ctx, who));
    expect(complete(e, 1n)).to.equal(1n);
    toHeight(e, 2n);
    endBlock(e);
    expect([TRAINER, ALICE, BOB].map((who, i) => e.ledger.balance(e.ctx, who) - before[i]!)).to.deep.equal([0n, 0n, 0n]);
    expect(e.ledger.moduleBalance(e.ctx, MODELFACTORY_STORE)).to.equal(15_000_001n);
    toHeight(e, 600n);
    endBlock(e);
    expect(job(e).status).to.equal(JobStatus.JOB_STATUS_COMPLETED);
    toHeight(e, 601n);
    endBlock(e);
    expect(job(e).status).to.equal(JobStatus.JOB_STATUS_SETTLED);
    const gains = [TRAINER, ALICE, BOB].map((who, i) => e.ledger.balance(e.ctx, who) - before[i]!);
    // 70 % and the bond; 25 % by three rows and one; the rest of 10,000,001 to the community pool.
    expect(gains).to.deep.equal([12_000_000n, 1_875_000n, 625_000n]);
    expect(e.ledger.balance(e.ctx, COMMUNITY)).to.equal(500_001n);
    expect(e.ledger.moduleBalance(e.ctx, MODELFACTORY_STORE)).to.equal(0n);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
    expect(rejection(() => complete(e, 1n))).to.equal("modelfactory/16");
  });
  it("gives fee and bond to the developer when its trainer gives up", () => {
    const e = running();
    const before = e.ledger.balance(e.ctx, DEVELOPER);
    expect(rejection(() => abandon(e, STRANGER))).to.equal("modelfactory/17");
    abandon(e);
    expect(e.ledger.balance(e.ctx, DEVELOPER) - before).to.equal(15_000_001n);
    expect(job(e).status).to.equal(JobStatus.JOB_STATUS_FAILED);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("fails when its trainer falls silent, and expires when nobody comes", () => {
    const silent = running();
    toHeight(silent, 902n);
    expect(rejection(() => checkpoint(silent, 1n, 20))).to.equal("modelfactory/26");
    endBlock(silent);
    expect(job(silent).status).to.equal(JobStatus.JOB_STATUS_FAILED);
    const ignored = withData();
    const before = ignored.ledger.balance(ignored.ctx, DEVELOPER);
    order(ignored);
    toHeight(ignored, 602n);
    endBlock(ignored);
    expect(job(ignored).status).to.equal(JobStatus.JOB_STATUS_EXPIRED);
    expect(ignored.ledger.balance(ignored.ctx, DEVELOPER)).to.equal(before);
    expect(brokenInvariant(ignored.ctx, ignored.modules)).to.equal(undefined);
  });
});

describe("publishing an adapter", () => {
  it("is for its owner, once, at rates in range", () => {
    const e = running();
    for (const step of [20, 40, 50]) checkpoint(e, 1n, step);
    complete(e, 1n);
    expect(rejection(() => publishAdapter(e, 9n))).to.equal("modelfactory/20");
    expect(rejection(() => publishAdapter(e, 1n, { owner: bech(STRANGER) }))).to.equal("modelfactory/21");
    expect(rejection(() => publishAdapter(e, 1n, { rateIn: "1000000000001" }))).to.equal("modelfactory/23");
    expect(rejection(() => publishAdapter(e, 1n, { name: "" }))).to.equal("modelfactory/2");
    publishAdapter(e, 1n);
    expect(rejection(() => publishAdapter(e, 1n))).to.equal("modelfactory/22");
  });
});

describe("the split of a training fee", () => {
  it("sums to the fee, and pays the same in any order of contributors", () => {
    const weight = fc.record({ n: fc.integer({ min: 0, max: 255 }), rows: fc.integer({ min: 0, max: 1000 }) });
    const weights = fc.uniqueArray(weight, { selector: (w) => w.n, maxLength: 10 });
    const share = fc.integer({ min: 0, max: 500_000 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), share, share, weights, (fee, trainerSharePpm, dataSharePpm, ws) => {
        const list = ws.map(({ n, rows }) => ({ account: toAddress(new Uint8Array(20).fill(n)), rows }));
        const shares = { trainerSharePpm, dataSharePpm };
        const split = splitTrainingFee(toUopen(fee), shares, list);
        expect(splitTrainingFee(toUopen(fee), shares, list.toReversed())).to.deep.equal(split);
        return split.trainer + split.community + split.data.reduce((s, d) => s + d.amount, 0n) === fee;
      }),
    );
  });
});

describe("the checkpoints of a job", () => {
  it("end at the last step, whatever the interval", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 }), (steps, every) => {
        const h = { ...LORA, steps, checkpointEvery: Math.min(every, steps) };
        let last = 0;
        for (let due = nextCheckpoint(h, last); due !== undefined; due = nextCheckpoint(h, last)) {
          if (due <= last || (due % h.checkpointEvery !== 0 && due !== steps)) return false;
          last = due;
        }
        return last === steps;
      }),
    );
  });
  it("say nothing against sound hyperparameters", () => expect(hyperparameterProblem(LORA, defaultParams)).to.equal(undefined));
});

describe("the modelfactory module", () => {
  it("exports what it imports", () => {
    const e = withAdapter();
    order(e);
    claim(e, order(e));
    const module = e.modules.find((m) => m.name === MODELFACTORY_STORE)!;
    const exported = module.genesis.export(e.ctx);
    const fresh = createScratchContext();
    module.genesis.init(fresh, exported);
    expect(module.genesis.export(fresh)).to.deep.equal(exported);
    const [before, after] = [e.ctx, fresh].map((ctx) => [...ctx.store(MODELFACTORY_STORE).iterate()].map(([k, v]) => [[...k], [...v]]));
    expect(after).to.deep.equal(before);
  });
  it("notices when an invariant breaks", () => {
    const breaks: readonly (readonly [string, (e: Economy) => void])[] = [
      ["the modelfactory account holds exactly the fees and bonds of unsettled jobs and the bonds of open disputes", (e) => e.ledger.toModule(e.ctx, ALICE, MODELFACTORY_STORE, toUopen(1n))],
      ["a job has a deadline exactly while a stage of it ends by itself", (e) => state(e).deadlines.add([0n, 1n])],
      [
        "an open dispute is listed once, has a deadline exactly while it is a side's turn, and is counted by its job",
        (e) => state(e).openDisputes.set([1n, 1, 20], 1n),
      ],
      [
        "a job counts its unasked replays, and a segment is in the draw exactly while it waits for it",
        (e) => state(e).draws.delete([1n, 1n, 20]),
      ],
      [
        "an adapter is its parent's child exactly while it bears no mark, and marks on parents are queued to reach it",
        (e) => state(e).spreading.add(1n),
      ],
      [
        "a completed job has its last checkpoint and its adapter, made with the runtime it was claimed with",
        (e) => state(e).adapters.set(1n, { ...state(e).adapters.getOrFail(1n), runtimeId: new Uint8Array(32) }),
      ],
      [
        "a completed job has its last checkpoint and its adapter, made with the runtime it was claimed with",
        (e) => state(e).checkpoints.delete([1n, 50]),
      ],
    ];
    for (const [name, damage] of breaks) {
      const e = withAdapter();
      expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
      damage(e);
      expect(brokenInvariant(e.ctx, e.modules)).to.equal(name);
    }
  });
  it("bounds its params", () => {
    checkParams(defaultParams);
    const wrong: readonly Partial<typeof defaultParams>[] = [
      { claimPeriod: 0 },
      { maxRank: 257 },
      { trainerSharePpm: 800_000 },
      { maxDatasets: 65 },
      { disputeWindow: 0 },
      { disputeMovePeriod: 0 },
      { replaySamplePpm: 1_000_001 },
      { metasmoothSubsets: 17 },
      { metasmoothMinPpm: -1_000_001 },
      { maxTangents: 0 },
      { maxTangents: 513 },
      { maxSegmentSteps: 0 },
    ];
    for (const over of wrong) {
      expect(rejection(() => checkParams({ ...defaultParams, ...over }))).to.equal("modelfactory/24");
    }
  });
  it("pins its error codes", () => {
    expect(Object.values(ModelError).map((make) => make().code)).to.deep.equal(Array.from({ length: 36 }, (_, i) => i + 2));
    expect(ModelError.DatanetNotPublished().message).to.equal("datanet is not published");
  });
});
