import { expect } from "chai";
import { createTypeRegistry, formatAddress, formatOperatorAddress, toJson } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { ed25519Address, moduleAddress } from "../../chain/crypto/index.js";
import { decFromInt, formatDec, parseDec, toAddress, toHex, toUopen } from "../../chain/primitives/index.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import type { ScratchContext } from "../../chain/testkit/scratch-context.js";
import { createLedger } from "../../chain/testkit/ledger.js";
import type { Ledger } from "../../chain/testkit/ledger.js";
import type { Params } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { BondStatus, GenesisState, UnbondingDelegation, QueryPoolRequest, QueryPoolResponse, QueryValidatorRequest, QueryValidatorResponse } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { ask } from "../../chain/testkit/deliver.js";
import { createStakingModule } from "./module.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import type { StakingPorts } from "./ports.js";
import { createStakingService } from "./service.js";
import { BONDED_POOL, NOT_BONDED_POOL, STAKING_STORE, stakingState } from "./state.js";
import { bondedValidator, selfDelegation, viewOf } from "./validator.js";

const key = (i: number): Uint8Array => new Uint8Array(32).fill(i + 1);
const operator = (i: number) => toAddress(new Uint8Array(20).fill(i + 1));
const wire = (i: number, power: bigint) => bondedValidator({ operator: operator(i), publicKey: key(i), power, moniker: `v${i}` });
const json = (state: GenesisState): unknown => toJson(GenesisState, state, createTypeRegistry([PubKey as AnyCodec]));

const portsOf = (ledger: Ledger): StakingPorts => ({
  token: ledger,
  communityPool: { fund: (ctx, from, amount) => ledger.moduleToModule(ctx, from, "community", amount) },
  hooks: () => [],
});

function started(powers: readonly bigint[], change: (state: GenesisState) => GenesisState = (s) => s, idle = 0n) {
  const ledger = createLedger();
  const ctx = createScratchContext();
  const staked = powers.reduce((sum, p) => sum + p, 0n) * 1_000_000n;
  ledger.mint(ctx, moduleAddress(BONDED_POOL), staked - idle * 1_000_000n);
  ledger.mint(ctx, moduleAddress(NOT_BONDED_POOL), idle * 1_000_000n);
  const ports = portsOf(ledger);
  const module = createStakingModule(ports);
  const validators = powers.map((p, i) => wire(i, p));
  const state = change(GenesisState.create({ params: DEFAULT_PARAMS, validators, delegations: validators.map(selfDelegation) }));
  const updates = module.genesis.init(ctx, json(state));
  return { ledger, ctx, module, service: createStakingService(ports), updates, delegations: state.delegations };
}

const broken = (ctx: ScratchContext, module: ReturnType<typeof createStakingModule>): string[] =>
  module.invariants.filter((i) => i.holds(ctx) !== true).map((i) => i.name);

describe("validators at genesis", () => {
  it("are handed to the engine with their power, and the jailed and unbonded are not", () => {
    const { updates, service, ctx, ledger, module } = started([5n, 7n, 9n], (s) => ({
      ...s,
      validators: s.validators.map((v, i) => [v, { ...v, jailed: true }, { ...v, jailed: true, status: BondStatus.BOND_STATUS_UNBONDED }][i]!),
    }), 9n);
    expect(updates).to.deep.equal([{ publicKey: key(0), power: 5n }]);
    expect(service.members(ctx).map((m) => toHex(m.validator))).to.deep.equal([toHex(ed25519Address(key(0)))]);
    expect(service.byOperator(ctx, operator(1))).to.deep.include({ power: 0n, stakedPower: 7n, isJailed: true, tokens: 7_000_000n, status: "unbonding" });
    expect(ledger.moduleBalance(ctx, NOT_BONDED_POOL)).to.equal(16_000_000n);
    expect(broken(ctx, module)).to.deep.equal([]);
  });

  it("are refused twice, with another key, with less than one OPEN, or without their coins", () => {
    const init = (change: (s: GenesisState) => GenesisState) => rejection(() => started([5n, 7n], change));
    expect(init((s) => ({ ...s, validators: [s.validators[0]!, s.validators[0]!] }))).to.equal("sdk/18");
    expect(init((s) => ({ ...s, validators: [s.validators[0]!, { ...s.validators[1]!, consensusPubkey: s.validators[0]!.consensusPubkey }] }))).to.equal("sdk/18");
    expect(init((s) => ({ ...s, validators: s.validators.slice(1) })), "five OPEN of nobody").to.equal("sdk/18");
    expect(init((s) => ({ ...s, validators: s.validators.map((v) => ({ ...v, tokens: "999999" })) }))).to.equal("sdk/18");
    expect(rejection(() => viewOf({ ...wire(0, 1n), consensusPubkey: undefined }))).to.equal("sdk/8");
  });

  it("are exported as they were imported", () => {
    const { module, ctx } = started([5n, 7n]);
    const exported = module.genesis.export(ctx);
    const ledger = createLedger();
    const fresh = createScratchContext();
    ledger.mint(fresh, moduleAddress(BONDED_POOL), 12_000_000n);
    const other = createStakingModule(portsOf(ledger));
    other.genesis.init(fresh, exported);
    expect(other.genesis.export(fresh)).to.deep.equal(exported);
  });

  it("are delegated to by their operators, whole, and by nobody else", () => {
    const { ctx, service } = started([5n, 7n]);
    const shares = decFromInt(7_000_000n);
    expect(service.delegation(ctx, operator(1), operator(1))).to.equal(shares);
    expect(service.delegation(ctx, operator(1), operator(0))).to.equal(undefined);
    expect(service.delegationsOf(ctx, operator(1))).to.deep.equal([{ operator: operator(1), shares }]);
    expect(service.validatorDelegations(ctx, operator(1))).to.deep.equal([{ delegator: operator(1), shares }]);
    const view = service.byOperator(ctx, operator(1))!;
    expect(view).to.deep.include({ status: "bonded", delegatorShares: shares, commissionRate: parseDec("0.1"), minSelfDelegation: 1n });
    expect(service.tokensFromShares(view, shares)).to.equal(shares);
    expect(service.bondedByPower(ctx).map((v) => v.moniker)).to.deep.equal(["v1", "v0"]);
    expect(service.totalBonded(ctx)).to.equal(12_000_000n);
    expect(formatDec(service.bondedRatio(ctx))).to.equal("1.000000000000000000");
  });

  it("are refused when delegations do not add up to their shares, stand twice, or go to nobody", () => {
    const init = (change: (s: GenesisState) => GenesisState["delegations"]) =>
      rejection(() => started([5n, 7n], (s) => ({ ...s, delegations: change(s) })));
    const [own] = started([5n]).delegations;
    expect(init(() => [])).to.equal("sdk/18");
    expect(init((s) => [...s.delegations, s.delegations[0]!])).to.equal("sdk/18");
    expect(init((s) => [...s.delegations, { ...own!, validatorAddress: formatOperatorAddress(operator(5)) }])).to.equal("sdk/18");
    expect(init((s) => [...s.delegations, { ...own!, delegatorAddress: formatAddress(operator(5)), shares: "0" }])).to.equal("sdk/18");
    expect(init((s) => [...s.delegations, { ...own!, delegatorAddress: formatAddress(operator(5)), shares: "1" }])).to.equal("sdk/18");
  });

  it("have bounded params", () => {
    checkParams(DEFAULT_PARAMS);
    const refused = (change: Partial<Params>) => rejection(() => checkParams({ ...DEFAULT_PARAMS, ...change }));
    for (const change of [{ bondDenom: "uatom" }, { maxValidators: 10_001 }, { maxEntries: 1_001 }, { historicalEntries: 1_000_001 }, { unbondingTime: { seconds: 1n << 34n, nanos: 0 } }]) {
      expect(refused(change)).to.equal("sdk/18");
    }
    for (const change of [{ maxValidators: 0 }, { maxEntries: 0 }, { bondDenom: " " }, { unbondingTime: { seconds: 0n, nanos: 0 } }, { minCommissionRate: "-1" }, { minCommissionRate: `1${"0".repeat(17)}1` }]) {
      expect(refused(change), "with the SDK's text").to.equal("undefined/1");
    }
  });
});

describe("the end of a block", () => {
  it("tells the engine once what has changed, by operator, and nothing otherwise", () => {
    const { ctx, module, service } = started([5n, 7n, 9n]);
    expect(module.endBlock?.(ctx)).to.deep.equal([]);
    service.setJailed(ctx, operator(2), true);
    service.takeStake(ctx, operator(0), { amount: toUopen(2_000_000n), toModule: "pool" });
    expect(module.endBlock?.(ctx)).to.deep.equal([{ publicKey: key(0), power: 3n }, { publicKey: key(2), power: 0n }]);
    expect(module.endBlock?.(ctx)).to.deep.equal([]);
    expect(broken(ctx, module)).to.deep.equal([]);
  });

  it("tells nothing of a change that was taken back, or too small to be power", () => {
    const { ctx, module, service } = started([5n, 7n]);
    service.setJailed(ctx, operator(1), true);
    service.setJailed(ctx, operator(1), false);
    expect(module.endBlock?.(ctx)).to.deep.equal([]);
    service.takeStake(ctx, operator(1), { amount: toUopen(1n), toModule: "pool" });
    expect(module.endBlock?.(ctx), "6.999999 OPEN").to.deep.equal([{ publicKey: key(1), power: 6n }]);
    service.takeStake(ctx, operator(1), { amount: toUopen(999_998n), toModule: "pool" });
    expect(module.endBlock?.(ctx), "6.000001 OPEN").to.deep.equal([]);
  });

  it("lets a jailed validator lose stake without anyone being told until it returns", () => {
    const { ctx, module, service } = started([5n, 7n]);
    service.setJailed(ctx, operator(1), true);
    module.endBlock?.(ctx);
    service.takeStake(ctx, operator(1), { amount: toUopen(3_000_000n), toModule: "pool" });
    expect(module.endBlock?.(ctx)).to.deep.equal([]);
    service.setJailed(ctx, operator(1), false);
    expect(module.endBlock?.(ctx)).to.deep.equal([{ publicKey: key(1), power: 4n }]);
  });
});

describe("taking stake", () => {
  it("moves coins, never the last OPEN, and leaves delegators' shares as they are", () => {
    const { ctx, module, service, ledger } = started([5n, 7n]);
    const shares = () => stakingState.open(ctx.store(STAKING_STORE)).validators.getOrFail(operator(0)).delegatorShares;
    const before = shares();
    expect(service.takeStake(ctx, operator(0), { amount: toUopen(10_000_000n), toModule: "pool" })).to.equal(4_000_000n);
    expect(service.takeStake(ctx, operator(0), { amount: toUopen(1n), toModule: "pool" })).to.equal(0n);
    expect(ledger.moduleBalance(ctx, "pool")).to.equal(4_000_000n);
    expect(ledger.moduleBalance(ctx, BONDED_POOL)).to.equal(8_000_000n);
    expect(shares()).to.equal(before);
    expect(service.byOperator(ctx, operator(0))?.power).to.equal(1n);
    expect(broken(ctx, module)).to.deep.equal([]);
  });
});

describe("finding validators", () => {
  const { ctx, module, service } = started([5n, 7n]);
  it("knows them by consensus address and by operator, and nobody else", () => {
    const address = ed25519Address(key(1));
    expect(service.byConsensusAddress(ctx, address)?.moniker).to.equal("v1");
    expect(service.operator(ctx, address)).to.deep.equal(operator(1));
    expect(service.consensusKey(ctx, address)).to.deep.equal(key(1));
    for (const unknown of [new Uint8Array(20), new Uint8Array(19)]) expect(service.byConsensusAddress(ctx, unknown)).to.equal(undefined);
    expect(service.byOperator(ctx, operator(9))).to.equal(undefined);
    expect(service.validators(ctx).map((v) => v.moniker)).to.deep.equal(["v0", "v1"]);
  });

  it("answers queries, and says not found", () => {
    const path = (method: string): string => `/cosmos.staking.v1beta1.Query/${method}`;
    const pool = ask(ctx, [module], { path: path("Pool"), codec: QueryPoolRequest, response: QueryPoolResponse }).pool;
    expect(pool).to.deep.equal({ notBondedTokens: "0", bondedTokens: "12000000" });
    const validator = (validatorAddr: string) =>
      ask(ctx, [module], { path: path("Validator"), codec: QueryValidatorRequest, message: { validatorAddr }, response: QueryValidatorResponse }).validator;
    expect(validator(formatOperatorAddress(operator(0))).description.moniker).to.equal("v0");
    expect(rejection(() => validator(formatOperatorAddress(operator(9))))).to.equal("sdk/38");
    expect(rejection(() => validator(""))).to.equal("sdk/18");
  });

  it("notices books that are wrong, each by name", () => {
    const world = started([5n, 7n]);
    const store = stakingState.open(world.ctx.store(STAKING_STORE));
    store.told.set(operator(0), 6n);
    expect(broken(world.ctx, world.module)).to.deep.equal(["the engine knows the bonded validators and their power, unless the set is to be worked out again"]);
    store.told.set(operator(0), 5n);
    world.ledger.mint(world.ctx, moduleAddress(BONDED_POOL), 1n);
    expect(broken(world.ctx, world.module)).to.deep.equal(["the bonded pool holds exactly what bonded validators have at stake"]);
    world.ledger.moduleToModule(world.ctx, BONDED_POOL, NOT_BONDED_POOL, toUopen(1n));
    expect(broken(world.ctx, world.module)).to.deep.equal(["the other pool holds exactly what the others have at stake and what is leaving"]);
    world.ledger.burn(world.ctx, NOT_BONDED_POOL, toUopen(1n));
    store.byConsensus.delete(ed25519Address(key(1)));
    expect(broken(world.ctx, world.module)).to.deep.equal(["every validator is found by its consensus address, and by no other"]);
    store.byConsensus.set(ed25519Address(key(1)), operator(1));
    store.byPower.add([9n, operator(3)]);
    expect(broken(world.ctx, world.module)).to.deep.equal(["the order by power has every validator out of jail, with its power, and nobody else"]);
    store.byPower.delete([9n, operator(3)]);
    store.delegators.delete([operator(0), operator(0)]);
    expect(broken(world.ctx, world.module)).to.deep.equal(["delegations have positive shares and add up to those of their validator, and the index knows each"]);
    store.delegators.add([operator(0), operator(0)]);
    store.unbondings.set([operator(0), operator(1)], UnbondingDelegation.create({ delegatorAddress: formatAddress(operator(0)), validatorAddress: formatOperatorAddress(operator(1)) }));
    expect(broken(world.ctx, world.module)).to.deep.equal(["whatever is leaving or has moved has entries, is indexed, and ends at a time that is queued"]);
    store.unbondings.delete([operator(0), operator(1)]);
    store.validators.set(operator(0), { ...store.validators.getOrFail(operator(0)), operatorAddress: formatOperatorAddress(operator(1)) });
    expect(broken(world.ctx, world.module)).to.deep.equal(["every record says of itself what its key says"]);
  });
});
