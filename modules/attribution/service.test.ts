import { expect } from "chai";
import { createTaskDesk, createLedger, createPool, unanimous } from "../../chain/testkit/ledger.js";
import type { TaskDesk } from "../../chain/testkit/ledger.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import type { ScratchContext } from "../../chain/testkit/scratch-context.js";
import { account, bech } from "../../chain/testkit/economy.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { toHex, toUopen } from "../../chain/primitives/index.js";
import { AttributionTask } from "../../proto/gen/openledger/attribution/v1.js";
import { createAttributionModule } from "./index.js";
import type { AttributionPorts, PaidAnswer } from "./index.js";
import { defaultParams } from "./params.js";
import { promptHash } from "./rules/prompt-hash.js";
import { attributionState } from "./state.js";

const H = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const [OWNER, BASE, USER] = [account(1), account(2), account(3)];

type Lineage = NonNullable<ReturnType<AttributionPorts["adapters"]["adapter"]>>["adapter"];

const ADAPTER: Lineage = {
  owner: bech(OWNER),
  baseModelId: 4n,
  datasets: [{ datanetId: 1n, version: 2n }],
  adapterHash: H(5),
  tangentsCid: "tangents",
  tangentRoot: H(6),
  method: "tangent-v1",
  fallbackCid: "fallback",
  fallbackRoot: H(7),
};

interface World {
  readonly ctx: ScratchContext;
  readonly desk: TaskDesk;
  open(answer?: Partial<PaidAnswer>): void;
  draft(): ReturnType<ReturnType<typeof attributionState.open>["pending"]["getOrFail"]>["draft"];
  task(): AttributionTask;
}

function world(adapter: Partial<Lineage> = {}, options: { members?: readonly number[]; known?: boolean } = {}): World {
  const ctx = createScratchContext();
  ctx.block = { ...ctx.block, hash: H(9) };
  const ledger = createLedger();
  const desk = createTaskDesk();
  const all = unanimous(H(0)).attesters.map((a) => a.validator);
  const { members = [0, 1, 2, 3], known = true } = options;
  const module = createAttributionModule({
    token: ledger,
    communityPool: createPool(ledger),
    adapters: {
      adapter: () => (known ? { adapter: { ...ADAPTER, ...adapter }, base: { owner: bech(BASE), royaltyPpm: 100_000 } } : undefined),
      // In order of address, which need not be the order of their texts.
      contributors: () => [account(9), account(8), account(250), account(17)],
    },
    validators: {
      operator: (_, validator) => (validator[0] === 104 ? undefined : validator),
      members: () => all.filter((_, i) => members.includes(i)).map((validator) => ({ validator })),
    },
    punishment: { slash: () => toUopen(0n), jail: () => true },
    rewards: { rewardValidator: () => false },
    inferences: { settle: () => undefined, refund: () => undefined },
    tasks: desk,
  });
  desk.register([module]);
  module.genesis.init(ctx, module.genesis.defaults());
  const prices = { rateIn: toUopen(1_000n), rateOut: toUopen(2_000n), platformFee: toUopen(30n) };
  const answer: PaidAnswer = {
    inferenceId: 11n, user: USER, adapterId: 3n, prompt: "why?", promptTokens: [1, 2, 3], answerTokens: [4, 5],
    outputHash: H(8), prices, attesters: unanimous(H(0)).attesters,
  };
  return {
    ctx,
    desk,
    open: (change = {}) => module.service.open(ctx, { ...answer, ...change }),
    draft: () => attributionState.open(ctx.store("attribution")).pending.getOrFail(11n).draft,
    task: () => AttributionTask.decode(desk.tasks.at(-1)!.payload),
  };
}

describe("opening an attribution", () => {
  it("notes whose model, data and prices it is about, and what the answer cost", () => {
    const w = world();
    w.open();
    expect(w.draft()).to.deep.include({
      adapterId: 3n,
      baseModelId: 4n,
      datasets: ADAPTER.datasets,
      adapterHash: H(5),
      outputHash: H(8),
      promptHash: promptHash(11n, USER, "why?"),
      adapterOwner: bech(OWNER),
      baseModelOwner: bech(BASE),
      royaltyPpm: 100_000,
      promptTokens: 3,
      answerTokens: 2,
      // (3 * 1,000 + 2 * 2,000) / 1,000 + 30.
      fee: "37",
      split: defaultParams.split,
    });
  });

  it("asks with everything a sidecar needs, contributors in the order of their texts, under this block's hash", () => {
    const w = world();
    const background = [{ datanetId: 77n, version: 1n }];
    attributionState.open(w.ctx.store("attribution")).params.set({ ...defaultParams, background, maxSpans: 3, maxRows: 2, minSpanTokens: 5 });
    w.open();
    const task = w.task();
    expect(task).to.deep.include({ inferenceId: 11n, promptTokens: [1, 2, 3], answerTokens: [4, 5], beacon: H(9), disputeId: 0n });
    expect(task).to.deep.include({ background, maxSpans: 3, maxRows: 2, minSpanTokens: 5, adapterHash: H(5) });
    expect(task.contributors).to.deep.equal([8, 9, 17, 250].map((n) => bech(account(n))).sort());
  });

  const methods: readonly (readonly [string, Partial<Lineage>, readonly unknown[]])[] = [
    ["the tangents of an adapter that predicts well", {}, ["tangent-v1", 1, "tangents", 6]],
    ["the tangents where the adapter does not say", { method: "" }, ["tangent-v1", 1, "tangents", 6]],
    ["the fallback's vectors where the adapter fell back", { method: "ef-v1" }, ["ef-v1", 1, "fallback", 7]],
    ["a later version of it, by its name", { method: "ef-v12" }, ["ef-v12", 12, "fallback", 7]],
  ];
  for (const [what, adapter, [method, version, cid, root]] of methods) {
    it(`prices with ${what}`, () => {
      const w = world(adapter);
      w.open();
      expect(w.draft()).to.deep.include({ method, methodVersion: version, vectorsCid: cid, tangentRoot: H(root as number) });
      expect(w.task()).to.deep.include({ method, tangentsCid: cid, tangentRoot: H(root as number) });
    });
  }

  it("pays for the answer those who agreed and are still there: not the jailed, nor the forgotten", () => {
    const w = world({}, { members: [0, 1, 3] });
    w.open({ attesters: unanimous(H(0)).attesters.map((a, i) => ({ ...a, agreed: i !== 1 })) });
    expect(w.draft().attesters.map((a) => a.agreed)).to.deep.equal([true, false, false, false]);
    expect(w.draft().attesters[3]?.account, "nobody knows its operator").to.equal("");
  });

  it("happens once, and for adapters that exist", () => {
    const w = world();
    w.open();
    expect(rejection(() => w.open())).to.equal("attribution/3");
    const again = world({}, { known: false });
    expect(rejection(() => again.open())).to.equal("attribution/4");
    expect(again.desk.tasks).to.deep.equal([]);
  });

  it("says so in an event with the task that was opened", () => {
    const w = world();
    w.open();
    const event = w.ctx.events.find((e) => e.type === "open_attribution")!;
    expect(Object.fromEntries(event.attributes.map((a) => [a.key, a.value]))).to.deep.equal({
      inference_id: "11",
      adapter_id: "3",
      task_id: "1",
      fee: "37",
    });
    expect(toHex(w.task().beacon)).to.equal(toHex(w.ctx.block.hash));
  });
});
