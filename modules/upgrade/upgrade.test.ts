import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import type { Context, Module } from "../../chain/kernel/index.js";
import { initConsensusState } from "../../chain/kernel/consensus-state.js";
import { toHeight, toTimeNs } from "../../chain/primitives/index.js";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import type { ScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  MsgCancelUpgrade,
  MsgCancelUpgradeResponse,
  MsgSoftwareUpgrade,
  MsgSoftwareUpgradeResponse,
  Plan,
  QueryAppliedPlanRequest,
  QueryAppliedPlanResponse,
  QueryAuthorityRequest,
  QueryAuthorityResponse,
  QueryCurrentPlanRequest,
  QueryCurrentPlanResponse,
  QueryModuleVersionsRequest,
  QueryModuleVersionsResponse,
  QueryUpgradedConsensusStateRequest,
  QueryUpgradedConsensusStateResponse,
} from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import { UpgradeError, UpgradeHalt } from "./errors.js";
import { createUpgradeModule } from "./module.js";
import { initNewModules } from "./new-modules.js";
import type { UpgradeHandler, VersionMap } from "./options.js";
import { UPGRADE_STORE, upgradeState } from "./state.js";

const gov = formatAddress(GOV_AUTHORITY);
const NO_TIME = { seconds: -62_135_596_800n, nanos: 0 };
const V1: VersionMap = new Map([["bank", 1n], ["upgrade", 1n]]);

/** A program over a state, which outlives it. */
function program(
  ctx: ScratchContext,
  { handlers = {}, versions = V1, skip = [] }: { handlers?: Record<string, UpgradeHandler>; versions?: VersionMap; skip?: bigint[] } = {},
) {
  const options = { handlers: new Map(Object.entries(handlers)), versions: () => versions, skipHeights: new Set(skip), claimAccounts: () => undefined };
  const module = createUpgradeModule(options);
  const at = (height: bigint): void => {
    ctx.block = { ...ctx.block, height: toHeight(height) };
    module.preBlock?.(ctx);
    expect(brokenInvariant(ctx, [module])).to.equal(undefined);
  };
  const schedule = (plan: Partial<Plan>, authority = gov): void =>
    void deliver(ctx, [module], { codec: MsgSoftwareUpgrade, message: { authority, plan: Plan.create(plan) }, response: MsgSoftwareUpgradeResponse });
  const cancel = (authority = gov): void =>
    void deliver(ctx, [module], { codec: MsgCancelUpgrade, message: { authority }, response: MsgCancelUpgradeResponse });
  const plan = (): Plan | undefined => upgradeState.read(ctx.store(UPGRADE_STORE)).plan.get();
  return { module, at, schedule, cancel, plan };
}

function fresh(): ScratchContext {
  const ctx = createScratchContext();
  initConsensusState(ctx, { chainId: "c", params: { ...DEFAULT_CONSENSUS_PARAMS, version: { app: 1n } }, time: toTimeNs(0n, 0), height: toHeight(0n) });
  const { module } = program(ctx);
  module.genesis.init(ctx, module.genesis.defaults());
  return ctx;
}

function halt(run: () => void): UpgradeHalt {
  try {
    run();
  } catch (error) {
    if (error instanceof UpgradeHalt) return error;
    throw error;
  }
  return expect.fail("expected the node to halt");
}

describe("a plan", () => {
  it("stops a program that does not know it at its height, again and again, and says what to do in the SDK's words", () => {
    const ctx = fresh();
    const old = program(ctx);
    old.at(1n);
    old.schedule({ name: "v2", height: 10n, info: "https://example.com/v2" });
    for (let h = 2n; h < 10n; h++) old.at(h);
    for (let i = 0; i < 3; i++) {
      const { reason, plan, message } = halt(() => program(ctx).at(10n));
      expect({ reason, plan, message }).to.deep.equal({
        reason: "needed",
        plan: { name: "v2", height: 10n, info: "https://example.com/v2" },
        message: 'UPGRADE "v2" NEEDED at height: 10: https://example.com/v2',
      });
    }
  });

  it("runs the handler of a program that knows it, once, with the versions that the state had", () => {
    const ctx = fresh();
    program(ctx).schedule({ name: "v2", height: 10n });
    const runs: unknown[] = [];
    const V2: VersionMap = new Map([["bank", 2n], ["new", 1n], ["upgrade", 1n]]);
    const handlers = { v2: (c: Context, plan: Plan, from: VersionMap) => void runs.push([c.block.height, plan.name, [...from]]) };
    const next = program(ctx, { handlers, versions: V2 });
    for (let h = 10n; h < 14n; h++) next.at(h);
    expect(runs).to.deep.equal([[10n, "v2", [["bank", 1n], ["upgrade", 1n]]]]);
    expect(next.plan()).to.equal(undefined);
    const stored = upgradeState.read(ctx.store(UPGRADE_STORE));
    expect([...stored.versions.entries()]).to.deep.equal([["bank", 2n], ["new", 1n], ["upgrade", 1n]]);
    expect(stored.applied.get("v2")).to.equal(10n);
  });

  it("forgets the version of a module that the next program does not have", () => {
    const ctx = fresh();
    program(ctx).schedule({ name: "less", height: 3n });
    program(ctx, { handlers: { less: () => undefined }, versions: new Map([["upgrade", 1n]]) }).at(3n);
    expect([...upgradeState.read(ctx.store(UPGRADE_STORE)).versions.keys()]).to.deep.equal(["upgrade"]);
  });

  it("stops a program that came too early, before it can touch the old state", () => {
    const ctx = fresh();
    program(ctx).schedule({ name: "v2", height: 10n });
    const { reason, message } = halt(() => program(ctx, { handlers: { v2: () => expect.fail("too early") } }).at(9n));
    expect(reason).to.equal("too-early");
    expect(message).to.equal('BINARY UPDATED BEFORE TRIGGER! UPGRADE "v2" - in binary but not executed on chain. Downgrade your binary');
  });

  it("lets a program run on that knows it, where the operator skips its height", () => {
    const ctx = fresh();
    program(ctx).schedule({ name: "v2", height: 10n });
    const early = program(ctx, { handlers: { v2: () => expect.fail("skipped") }, skip: [10n] });
    for (let h = 2n; h < 12n; h++) early.at(h);
    expect(early.plan()).to.equal(undefined);
  });

  it("stops an old program that comes back after it, also while another plan waits", () => {
    const ctx = fresh();
    program(ctx).schedule({ name: "v2", height: 10n });
    const next = program(ctx, { handlers: { v2: () => undefined } });
    next.at(10n);
    const { reason, message } = halt(() => program(ctx).at(11n));
    expect([reason, message]).to.deep.equal(["too-old", "wrong app version 1, upgrade handler is missing for v2 upgrade plan"]);
    next.schedule({ name: "v3", height: 20n });
    expect(halt(() => program(ctx).at(12n)).reason).to.equal("too-old");
    expect(halt(() => program(ctx).at(20n)).reason, "at the height the plan is what matters").to.equal("needed");
    next.at(12n);
  });

  it("does not ask a program for plans before the last", () => {
    const ctx = fresh();
    for (const [name, height] of [["v2", 10n], ["v3", 20n]] as const) {
      program(ctx, { handlers: { v2: () => undefined } }).schedule({ name, height });
      program(ctx, { handlers: { [name]: () => undefined } }).at(height);
    }
    program(ctx, { handlers: { v3: () => undefined } }).at(21n);
  });

  it("is dropped at a height that the operator skips, by a program that knows it as by one that does not", () => {
    for (const handlers of [{}, { v2: () => expect.fail("skipped") }]) {
      const ctx = fresh();
      const { at, plan, schedule } = program(ctx, { skip: [10n], handlers });
      schedule({ name: "v2", height: 10n });
      at(10n);
      expect(plan()).to.equal(undefined);
      at(11n);
    }
  });

  it("that is skipped excuses no program that is too old", () => {
    const ctx = fresh();
    program(ctx).schedule({ name: "v2", height: 10n });
    const next = program(ctx, { handlers: { v2: () => undefined } });
    next.at(10n);
    next.schedule({ name: "v3", height: 20n });
    expect(halt(() => program(ctx, { skip: [20n] }).at(20n)).reason).to.equal("too-old");
  });

  it("that is scheduled for the height it is decided at acts in the next block", () => {
    const ctx = fresh();
    const old = program(ctx);
    old.at(5n);
    old.schedule({ name: "now", height: 5n });
    expect(halt(() => old.at(6n)).plan).to.deep.equal({ name: "now", height: 6n, info: "" });
  });

  it("is replaced by another, and cancelled", () => {
    const ctx = fresh();
    const { schedule, cancel, plan, at } = program(ctx);
    schedule({ name: "v2", height: 10n });
    schedule({ name: "v2b", height: 12n });
    expect(plan()?.name).to.equal("v2b");
    cancel();
    expect(plan()).to.equal(undefined);
    cancel();
    for (let h = 1n; h < 15n; h++) at(h);
  });

  it("is refused without a name, a height, with a time or a client state, in the past or a second time", () => {
    const ctx = fresh();
    const { schedule, at } = program(ctx);
    at(8n);
    const text = (plan: Partial<Plan>): string => {
      const run = (): void => schedule({ name: "v2", height: 10n, ...plan });
      expect(rejection(run)).to.equal("sdk/18");
      return messageOf(run);
    };
    expect(text({ name: "" })).to.equal("name cannot be empty: invalid request");
    expect(text({ height: 0n })).to.equal("height must be greater than 0: invalid request");
    expect(text({ height: 7n })).to.equal("upgrade cannot be scheduled in the past: invalid request");
    expect(text({ time: { seconds: 1n, nanos: 0 } })).to.equal("time-based upgrades have been deprecated in the SDK: invalid request");
    expect(text({ upgradedClientState: { typeUrl: "/x", value: new Uint8Array(0) } })).to.match(/^upgrade logic for IBC/);
    text({ name: "x".repeat(141) });
    text({ name: "line\nbreak" });
    schedule({ name: "v2", height: 8n, time: NO_TIME });
    program(ctx, { handlers: { v2: () => undefined } }).at(9n);
    expect(text({})).to.equal("upgrade with name v2 has already been completed: invalid request");
  });

  it("is governance's alone", () => {
    const { schedule, cancel } = program(fresh());
    const stranger = formatAddress(moduleAddress("stranger"));
    for (const run of [() => schedule({ name: "v2", height: 10n }, stranger), () => cancel(stranger)]) {
      expect(rejection(run)).to.equal("upgrade/6");
      expect(messageOf(run)).to.equal(`expected ${gov} got ${stranger}: expected authority account as only signer for proposal message`);
    }
    expect(Object.values(UpgradeError).map((make) => make().code)).to.deep.equal([2, 3, 6]);
  });
});

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return expect.fail("expected a rejection");
}

describe("modules that are new in a program", () => {
  const initialised: string[] = [];
  const named = (name: string, validators = 0): Module => ({
    name,
    messages: [],
    queries: [],
    genesis: {
      defaults: () => name,
      init: (_, json) => {
        initialised.push(json as string);
        return Array(validators).fill({ publicKey: new Uint8Array(32), power: 1n }) as never;
      },
      export: () => name,
    },
    invariants: [],
    tasks: [],
  });
  it("start from their defaults, the others are left alone, and none may name validators", () => {
    initNewModules(fresh(), [named("bank"), named("new")], V1);
    expect(initialised).to.deep.equal(["new"]);
    expect(() => initNewModules(fresh(), [named("greedy", 1)], V1)).to.throw("a new module names validators");
  });
});

describe("asking about upgrades", () => {
  const PATH = "/cosmos.upgrade.v1beta1.Query";
  it("tells the plan, what was carried out, versions and who decides", () => {
    const ctx = fresh();
    const { module, schedule } = program(ctx, { handlers: { v2: () => undefined } });
    const current = () => ask(ctx, [module], { path: `${PATH}/CurrentPlan`, codec: QueryCurrentPlanRequest, response: QueryCurrentPlanResponse }).plan;
    const applied = (name: string) =>
      ask(ctx, [module], { path: `${PATH}/AppliedPlan`, codec: QueryAppliedPlanRequest, message: { name }, response: QueryAppliedPlanResponse }).height;
    const versions = (moduleName: string) =>
      ask(ctx, [module], { path: `${PATH}/ModuleVersions`, codec: QueryModuleVersionsRequest, message: { moduleName }, response: QueryModuleVersionsResponse }).moduleVersions;
    expect(current()).to.equal(undefined);
    schedule({ name: "v2", height: 10n, info: "i" });
    expect(current()).to.deep.equal({ name: "v2", height: 10n, info: "i", time: NO_TIME, upgradedClientState: undefined });
    expect(applied("v2")).to.equal(0n);
    ctx.block = { ...ctx.block, height: toHeight(10n) };
    module.preBlock?.(ctx);
    expect(applied("v2")).to.equal(10n);
    expect(versions("")).to.deep.equal([{ name: "bank", version: 1n }, { name: "upgrade", version: 1n }]);
    expect(versions("bank")).to.deep.equal([{ name: "bank", version: 1n }]);
    expect(rejection(() => versions("none"))).to.equal("upgrade/2");
    expect(messageOf(() => versions("none"))).to.equal("x/upgrade: QueryModuleVersions module none not found: module version not found");
    const authority = ask(ctx, [module], { path: `${PATH}/Authority`, codec: QueryAuthorityRequest, response: QueryAuthorityResponse });
    expect(authority.address).to.equal(gov);
    const client = ask(ctx, [module], { path: `${PATH}/UpgradedConsensusState`, codec: QueryUpgradedConsensusStateRequest, response: QueryUpgradedConsensusStateResponse });
    expect(client.upgradedConsensusState).to.have.length(0);
  });
});

describe("upgrades in genesis", () => {
  it("come out as they went in, so that a program too old is refused there too", () => {
    const ctx = fresh();
    const { module, schedule, at } = program(ctx, { handlers: { v2: () => undefined } });
    schedule({ name: "v2", height: 3n });
    at(3n);
    schedule({ name: "v3", height: 30n });
    const document = module.genesis.export(ctx);
    const again = fresh();
    module.genesis.init(again, document);
    expect(module.genesis.export(again)).to.deep.equal(document);
    expect(halt(() => program(again).at(4n)).reason).to.equal("too-old");
  });

  it("are refused when they contradict themselves, and default to the versions of the program", () => {
    const ctx = createScratchContext();
    const { module } = program(ctx);
    const init = (json: object): string => rejection(() => module.genesis.init(createScratchContext(), json));
    const plan = { name: "v2", height: "5" };
    expect(init({ plan, applied: [{ name: "v2", height: "3" }] })).to.equal("sdk/18");
    expect(init({ plan: { ...plan, height: "0" } })).to.equal("sdk/18");
    expect(init({ last: "v2" })).to.equal("sdk/18");
    module.genesis.init(ctx, {});
    expect([...upgradeState.read(ctx.store(UPGRADE_STORE)).versions.entries()]).to.deep.equal([...V1]);
  });
});
