import { expect } from "chai";
import type { FinalizeBlockRequest, FinalizeBlockResponse } from "../chain/abci/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../chain/block/index.js";
import { formatAddress } from "../chain/codec/index.js";
import { moduleAddress, sha256 } from "../chain/crypto/index.js";
import { GOV_AUTHORITY, NO_ATTESTATION, createApplication, storeNames } from "../chain/kernel/index.js";
import type { KernelApplication, Module } from "../chain/kernel/index.js";
import { toHeight, toHex, toTimeNs, u64be, utf8 } from "../chain/primitives/index.js";
import { createMemoryKv, createScratchStores, openMultiStore, storedNames } from "../chain/store/index.js";
import type { KvStore } from "../chain/store/index.js";
import { TEST_GENESIS_TIME, checkInvariants } from "../chain/testkit/chain.js";
import { deliver } from "../chain/testkit/deliver.js";
import { createScratchContext } from "../chain/testkit/scratch-context.js";
import { silentSource } from "../chain/attest/index.js";
import { MsgSoftwareUpgrade, MsgSoftwareUpgradeResponse, Plan } from "../proto/gen/cosmos/upgrade/v1beta1.js";
import { createModules, createOpenLedger } from "./app.js";
import type { AppModules } from "./app.js";
import { bucketAddress, buildGenesis } from "./genesis.js";
import { UpgradeHalt, initNewModules } from "./upgrade/index.js";
import type { UpgradeHandler } from "./upgrade/index.js";
import { UPGRADES, storeChanges } from "./upgrades.js";
import type { Upgrade, Upgrades } from "./upgrades.js";

const validator = { operator: new Uint8Array(20).fill(1) as never, publicKey: new Uint8Array(32).fill(9), power: 10n, moniker: "one" };
const NOTE = utf8("note");

/** A module that the first program does not have. */
const extra: Module = {
  name: "extra",
  messages: [],
  queries: [],
  genesis: {
    defaults: () => "hello",
    init: (ctx, json) => {
      ctx.store("extra").set(NOTE, utf8(json as string));
      return [];
    },
    export: () => "hello",
  },
  invariants: [{ name: "the note is there", holds: (ctx) => ctx.store("extra").has(NOTE) || {} }],
  tasks: [],
};

/** Every module of the application, and more; as createOpenLedger does it. */
function program(kv: KvStore, upgrades: Upgrades, more: readonly Module[] = []): Pick<AppModules, "modules" | "services"> & { readonly app: KernelApplication } {
  const { modules: own, accounts, fees, feeGrants, services } = createModules(silentSource, upgrades);
  const modules = [...own, ...more];
  const names = storeNames(modules);
  const state = openMultiStore({ kv, stores: names, upgrade: storeChanges(upgrades, storedNames(kv), names) });
  const minGasPrice = { numerator: 0n, denominator: 1n };
  const rest = { attest: NO_ATTESTATION, minGasPrice, name: "openledger", version: "test", appVersion: 1n };
  return { app: createApplication({ modules, state, accounts, fees, feeGrants, ...rest }), modules, services };
}

type Genesis = ReturnType<typeof buildGenesis>;
const GENESIS: Genesis = buildGenesis({ time: TEST_GENESIS_TIME, validators: [validator], accounts: [] });

/** A genesis in which an account without a key stands where a module's should, with coins of the community's bucket. */
function occupied(module: string, coins: bigint): Genesis {
  const address = formatAddress(moduleAddress(module));
  const auth = GENESIS["auth"] as { accounts: { "@type": string; name?: string; base_account: object }[] };
  const accounts = auth.accounts.map((a) => (a.name === module ? { "@type": "/cosmos.auth.v1beta1.BaseAccount", ...a.base_account } : a));
  const bank = GENESIS["bank"] as { balances: { address: string; coins: { amount: string }[] }[] };
  const from = formatAddress(bucketAddress("liquidity"));
  const uopen = (amount: bigint) => [{ denom: "uopen", amount: amount.toString() }];
  const balances = bank.balances.map((b) => (b.address === from ? { ...b, coins: uopen(BigInt(b.coins[0]?.amount ?? 0) - coins) } : b));
  return { ...GENESIS, auth: { ...auth, accounts }, bank: { ...bank, balances: [...balances, { address, coins: uopen(coins) }] } };
}

function begin(app: KernelApplication, upgrade: object, genesis = GENESIS): void {
  const appState = { ...genesis, upgrade };
  app.initChain({
    time: TEST_GENESIS_TIME,
    chainId: "upgrade-1",
    consensusParams: DEFAULT_CONSENSUS_PARAMS,
    validators: [],
    appState: utf8(JSON.stringify(appState)),
    initialHeight: toHeight(1n),
  });
}

function request(height: bigint): FinalizeBlockRequest {
  return {
    txs: [],
    decidedLastCommit: { round: 0, votes: [] },
    misbehavior: [],
    hash: sha256(u64be(height)),
    height: toHeight(height),
    time: toTimeNs(1_767_225_600n + 5n * height, 0),
    nextValidatorsHash: new Uint8Array(32),
    proposer: new Uint8Array(20),
  };
}

function run({ app, modules }: ReturnType<typeof program>, height: bigint): FinalizeBlockResponse {
  const response = app.finalizeBlock(request(height));
  app.commit();
  checkInvariants(app.readContext(), modules);
  return response;
}

function haltOf(action: () => unknown): UpgradeHalt["reason"] {
  try {
    action();
  } catch (error) {
    if (error instanceof UpgradeHalt) return error.reason;
    throw error;
  }
  return expect.fail("expected a halt");
}

const PLAN = { plan: { name: "v2", height: "3" } };

/** A program that has the module `extra` from the plan "v2" on. */
function nextProgram(kv: KvStore, more: Partial<Upgrade> = {}) {
  const handler: UpgradeHandler = (ctx, _, from) => initNewModules(ctx, next.modules, from);
  const next = program(kv, { plans: new Map([["v2", { run: handler, added: ["extra"], ...more }]]) }, [extra]);
  return next;
}

/** The first program, up to the block before the plan's. */
function upToThePlan(): KvStore {
  const kv = createMemoryKv();
  const old = program(kv, UPGRADES);
  begin(old.app, PLAN);
  run(old, 1n);
  run(old, 2n);
  return kv;
}

describe("the whole application through an upgrade", () => {
  it("halts before the block, however often it is asked, with the state of the block before", () => {
    const kv = upToThePlan();
    for (let restart = 0; restart < 2; restart++) {
      const { app } = program(kv, UPGRADES);
      const before = toHex(app.info().lastBlockAppHash);
      for (let again = 0; again < 2; again++) expect(haltOf(() => app.finalizeBlock(request(3n)))).to.equal("needed");
      expect([app.info().lastBlockHeight, toHex(app.info().lastBlockAppHash)]).to.deep.equal([2n, before]);
    }
  });

  it("goes on with the next program, whose new module begins in the plan's block, and opens its stores again after", () => {
    const hashes = [0, 1].map(() => {
      const kv = upToThePlan();
      const next = nextProgram(kv);
      const { appHash } = run(next, 3n);
      expect(next.app.readContext().store("extra").get(NOTE)).to.deep.equal(utf8("hello"));
      const again = nextProgram(kv);
      run(again, 4n);
      expect(again.app.info().lastBlockHeight).to.equal(4n);
      return toHex(appHash);
    });
    expect(hashes[0]).to.equal(hashes[1]);
  });

  it("takes over what somebody put at the address of a module's account, coins to the community", () => {
    const kv = createMemoryKv();
    const old = program(kv, UPGRADES);
    const [genesis, address] = [occupied("mint", 5n), moduleAddress("mint")];
    begin(old.app, PLAN, genesis);
    for (const height of [1n, 2n]) run(old, height);
    const next = nextProgram(kv);
    const { auth, token } = next.services;
    const before = token.moduleBalance(next.app.readContext(), "community_pool");
    const account = auth.find(next.app.readContext(), address);
    expect(auth.isOccupied(next.app.readContext(), "mint")).to.equal(true);
    run(next, 3n);
    expect(auth.account(next.app.readContext(), address)).to.deep.equal({ ...account, kind: "module", name: "mint", permissions: [] });
    expect(token.moduleBalance(next.app.readContext(), "mint")).to.equal(0n);
    expect(token.moduleBalance(next.app.readContext(), "community_pool")).to.equal(before + 5n);
  });

  it("begins after all plans of its program: their names are refused by it and by a program that knows none", () => {
    const plans = new Map<string, Upgrade>(["v3", "v10"].map((name) => [name, { run: () => expect.fail("not again") }]));
    const genesis = { ...buildGenesis({ time: TEST_GENESIS_TIME, validators: [validator], accounts: [], upgrades: { plans } }) };
    const upgrade = genesis["upgrade"] as { applied: unknown };
    expect(upgrade.applied).to.deep.equal([{ name: "v10", height: "0" }, { name: "v3", height: "0" }]);
    const hashes = [UPGRADES, { plans }].map((upgrades) => {
      const one = program(createMemoryKv(), upgrades);
      begin(one.app, upgrade, genesis);
      const { appHash } = run(one, 1n);
      const codec = { codec: MsgSoftwareUpgrade, response: MsgSoftwareUpgradeResponse };
      const message = { authority: formatAddress(GOV_AUTHORITY), plan: Plan.create({ name: "v3", height: 9n }) };
      const ctx = { ...createScratchContext(), store: createScratchStores(one.app.readContext()).store };
      expect(() => deliver(ctx, one.modules, { ...codec, message })).to.throw("upgrade with name v3 has already been completed");
      return toHex(appHash);
    });
    expect(hashes[0]).to.equal(hashes[1]);
  });

  it("refuses the next program before its time, which leaves nothing behind", () => {
    const kv = createMemoryKv();
    const old = program(kv, UPGRADES);
    begin(old.app, PLAN);
    run(old, 1n);
    expect(haltOf(() => nextProgram(kv).app.finalizeBlock(request(2n)))).to.equal("too-early");
    run(program(kv, UPGRADES), 2n);
  });

  it("refuses the old program afterwards, by its stores", () => {
    const kv = upToThePlan();
    run(nextProgram(kv), 3n);
    expect(() => program(kv, UPGRADES)).to.throw("stores on disk differ from those of the program");
  });

  it("drops a store with the program that has it no more", () => {
    const kv = upToThePlan();
    run(nextProgram(kv), 3n);
    const plans = new Map<string, Upgrade>([["v2", { run: () => undefined, added: ["extra"], removed: ["extra"] }]]);
    const last = program(kv, { plans });
    run(last, 4n);
    expect(storedNames(kv)).not.to.include("extra");
  });

  it("has the versions of all modules in its state from the first block on", () => {
    const kv = createMemoryKv();
    const source = silentSource;
    const app = createOpenLedger({ kv, source, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test" });
    begin(app, {});
    const { upgrade } = app.exportGenesis() as { upgrade: { module_versions: { name: string; version: string }[] } };
    expect(upgrade.module_versions.map((v) => v.name)).to.include.members(["auth", "bank", "staking", "upgrade", "consensus", "attribution"]);
    expect(new Set(upgrade.module_versions.map((v) => v.version))).to.deep.equal(new Set(["1"]));
  });
});

describe("the stores that plans bring and take", () => {
  const plans = (...list: Partial<Upgrade>[]): Upgrades => ({
    plans: new Map(list.map((plan, i) => [`p${i}`, { run: () => undefined, ...plan }])),
  });
  it("are those that differ between disk and program, each once", () => {
    const known = plans({ added: ["a", "b"] }, { added: ["b"], removed: ["x"] });
    expect(storeChanges(known, ["x", "z"], ["a", "b", "z"])).to.deep.equal({ added: ["a", "b"], removed: ["x"] });
    expect(storeChanges(known, ["a", "b", "z"], ["a", "b", "z"])).to.deep.equal({ added: [], removed: [] });
  });
  it("do not vanish when a later plan brings back what an earlier one took", () => {
    const known = plans({ removed: ["x"] }, { added: ["x"] });
    expect(storeChanges(known, ["x"], ["x"])).to.deep.equal({ added: [], removed: [] });
    expect(storeChanges(known, [], ["x"])).to.deep.equal({ added: ["x"], removed: [] });
  });
});
