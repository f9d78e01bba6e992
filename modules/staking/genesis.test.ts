import { expect } from "chai";
import { createTypeRegistry, formatAddress, formatOperatorAddress, toJson } from "../../chain/codec/index.js";
import { ed25519Address, moduleAddress } from "../../chain/crypto/index.js";
import { decFromInt, formatDec, parseDec, toHex, toUopen } from "../../chain/primitives/index.js";
import { deliver } from "../../chain/testkit/deliver.js";
import { createLedger } from "../../chain/testkit/ledger.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  delegator,
  operator,
  stakingKey,
  stakingLab,
  stakingLabPorts,
} from "../../chain/testkit/staking-lab.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import {
  BondStatus,
  GenesisState,
  MsgBeginRedelegate,
  MsgBeginRedelegateResponse,
  MsgDelegate,
  MsgDelegateResponse,
  MsgUndelegate,
  MsgUndelegateResponse,
  UnbondingDelegation,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Params, Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { createStakingModule } from "./module.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { BONDED_POOL, NOT_BONDED_POOL } from "./state.js";
import { bondedValidator, viewOf } from "./validator.js";
import { reading, writing } from "./validators.js";

type Change = (state: GenesisState) => GenesisState;

const withValidators =
  (change: (v: Validator, i: number) => Validator): Change =>
  (s) => ({ ...s, validators: s.validators.map(change) });

describe("validators of genesis", () => {
  it("are handed to the engine with their power, and listeners hear of each step", () => {
    const lab = stakingLab([5n, 7n]);
    expect(lab.updates).to.deep.equal([
      { publicKey: stakingKey(1), power: 7n },
      { publicKey: stakingKey(0), power: 5n },
    ]);
    expect(lab.diary).to.deep.equal([
      "afterValidatorCreated 1",
      "afterValidatorCreated 2",
      "beforeDelegationCreated 1 1",
      "afterDelegationModified 1 1",
      "beforeDelegationCreated 2 2",
      "afterDelegationModified 2 2",
      "afterValidatorBonded 20 1",
      "afterValidatorBonded 20 2",
    ]);
    expect(lab.next()).to.deep.equal([]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("that are jailed leave at once; those that are not bonded enter when they are strong enough", () => {
    const states = [
      {},
      { jailed: true },
      { jailed: true, status: BondStatus.BOND_STATUS_UNBONDED },
      { status: BondStatus.BOND_STATUS_UNBONDED },
    ];
    const lab = stakingLab([5n, 7n, 9n, 3n], {
      change: withValidators((v, i) => ({ ...v, ...states[i] })),
      idle: 12n,
    });
    expect(lab.updates).to.deep.equal([
      { publicKey: stakingKey(0), power: 5n },
      { publicKey: stakingKey(3), power: 3n },
    ]);
    expect(lab.service.validators(lab.ctx).map((v) => v.status)).to.deep.equal([
      "bonded",
      "unbonding",
      "unbonded",
      "bonded",
    ]);
    expect(lab.ledger.moduleBalance(lab.ctx, NOT_BONDED_POOL)).to.equal(16_000_000n);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("are delegated to by their operators, whole, and by nobody else", () => {
    const { ctx, service } = stakingLab([5n, 7n]);
    const shares = decFromInt(7_000_000n);
    expect(service.delegation(ctx, operator(1), operator(1))).to.equal(shares);
    expect(service.delegation(ctx, operator(1), operator(0))).to.equal(undefined);
    expect(service.delegationsOf(ctx, operator(1))).to.deep.equal([{ operator: operator(1), shares }]);
    expect(service.validatorDelegations(ctx, operator(1))).to.deep.equal([
      { delegator: operator(1), shares },
    ]);
    const view = service.byOperator(ctx, operator(1))!;
    expect(view).to.deep.include({
      status: "bonded",
      delegatorShares: shares,
      commissionRate: parseDec("0.1"),
      minSelfDelegation: 1n,
    });
    expect(service.tokensFromShares(view, shares)).to.equal(shares);
    expect(service.tokensFromShares({ ...view, delegatorShares: parseDec("0") }, shares)).to.equal(0n);
    expect(service.bondedByPower(ctx).map((v) => v.moniker)).to.deep.equal(["v1", "v0"]);
    expect(service.totalBonded(ctx)).to.equal(12_000_000n);
    expect(formatDec(service.bondedRatio(ctx)), "of 12 and the five purses").to.equal("0.002394253790901835");
  });

  it("are found by consensus address and by operator, and nobody else is", () => {
    const { ctx, service } = stakingLab([5n, 7n]);
    const address = ed25519Address(stakingKey(1));
    expect(service.byConsensusAddress(ctx, address)?.moniker).to.equal("v1");
    expect(service.operator(ctx, address)).to.deep.equal(operator(1));
    expect(service.consensusKey(ctx, address)).to.deep.equal(stakingKey(1));
    expect(service.members(ctx).map((m) => [toHex(m.validator), m.power])).to.deep.equal(
      [0, 1].map((i) => [toHex(ed25519Address(stakingKey(i))), [5n, 7n][i]]),
    );
    for (const unknown of [new Uint8Array(20), new Uint8Array(19)])
      expect(service.byConsensusAddress(ctx, unknown)).to.equal(undefined);
    expect(service.byOperator(ctx, operator(9))).to.equal(undefined);
  });
});

describe("a document of staking", () => {
  const refused = (change: Change): string => rejection(() => stakingLab([5n, 7n], { change }));

  it("is refused with a validator twice, another key, a wrong status or rate, or without the coins", () => {
    const [first] = [
      bondedValidator({ operator: operator(0), publicKey: stakingKey(0), power: 5n, moniker: "" }),
    ];
    expect(refused((s) => ({ ...s, validators: [s.validators[0]!, s.validators[0]!] }))).to.equal("sdk/18");
    expect(refused(withValidators((v) => ({ ...v, consensusPubkey: first.consensusPubkey })))).to.equal(
      "sdk/18",
    );
    expect(refused(withValidators((v) => ({ ...v, consensusPubkey: undefined })))).to.equal("sdk/8");
    expect(refused(withValidators((v) => ({ ...v, status: 0 })))).to.equal("sdk/18");
    expect(refused(withValidators((v) => ({ ...v, tokens: "-1" })))).to.equal("sdk/18");
    expect(refused(withValidators((v) => ({ ...v, tokens: "4999999" })))).to.equal("sdk/18");
    expect(refused(withValidators((v) => ({ ...v, status: BondStatus.BOND_STATUS_UNBONDED })))).to.equal(
      "sdk/18",
    );
    expect(
      refused(
        withValidators((v) => ({
          ...v,
          commission: { ...v.commission, commissionRates: { rate: "2", maxRate: "1", maxChangeRate: "0" } },
        })),
      ),
    ).to.equal("staking/11");
    expect(
      rejection(() =>
        viewOf({
          ...first,
          consensusPubkey: {
            typeUrl: first.consensusPubkey!.typeUrl,
            value: PubKey.encode({ key: new Uint8Array(5) }),
          },
        }),
      ),
    ).to.equal("sdk/8");
  });

  it("is refused when delegations do not add up to their shares, stand twice, or go to nobody", () => {
    const own = {
      delegatorAddress: formatAddress(operator(5)),
      validatorAddress: formatOperatorAddress(operator(0)),
      shares: "1",
    };
    const with_ = (extra: (s: GenesisState) => GenesisState["delegations"]): string =>
      refused((s) => ({ ...s, delegations: extra(s) }));
    expect(with_(() => [])).to.equal("sdk/18");
    expect(with_((s) => [...s.delegations, s.delegations[0]!])).to.equal("sdk/18");
    expect(
      with_((s) => [...s.delegations, { ...own, validatorAddress: formatOperatorAddress(operator(5)) }]),
    ).to.equal("sdk/18");
    expect(with_((s) => [...s.delegations, { ...own, shares: "0" }])).to.equal("sdk/18");
    expect(with_((s) => [...s.delegations, own])).to.equal("sdk/18");
  });

  it("is refused with something leaving that is nothing, stands twice, is on hold, or has no coins behind it", () => {
    const entry = {
      creationHeight: 1n,
      completionTime: { seconds: 2_000_000_000n, nanos: 0 },
      initialBalance: "1",
      balance: "0",
      unbondingId: 4n,
      unbondingOnHoldRefCount: 0n,
    };
    const leaving = UnbondingDelegation.create({
      delegatorAddress: formatAddress(delegator(0)),
      validatorAddress: formatOperatorAddress(operator(0)),
      entries: [entry],
    });
    const init = (...unbondingDelegations: UnbondingDelegation[]) =>
      stakingLab([5n, 7n], { change: (s) => ({ ...s, unbondingDelegations }) });
    const lab = init(leaving);
    expect(reading(lab.ctx).unbondingIds.peek(), "numbers go on").to.equal(5n);
    expect(rejection(() => init({ ...leaving, entries: [] }))).to.equal("sdk/18");
    expect(rejection(() => init(leaving, leaving))).to.equal("sdk/18");
    expect(
      rejection(() => init({ ...leaving, entries: [{ ...entry, unbondingOnHoldRefCount: 1n }] })),
    ).to.equal("sdk/18");
    expect(rejection(() => init({ ...leaving, entries: [{ ...entry, balance: "1" }] }))).to.equal("sdk/18");
  });

  it("is refused, when exported, unless the last set is those who are bonded, each once, with power", () => {
    const told = (i: number, power = 3n) => ({ address: formatOperatorAddress(operator(i)), power });
    const last =
      (...lastValidatorPowers: ReturnType<typeof told>[]): Change =>
      (s) => ({ ...s, exported: true, lastValidatorPowers });
    expect(
      stakingLab([5n, 7n], { change: last(told(0), told(1)) }).updates.map((u) => u.power),
      "as it was told, until the next block",
    ).to.deep.equal([3n, 3n]);
    for (const wrong of [
      last(told(0), told(1), told(8)),
      last(told(0)),
      last(told(0), told(0), told(1)),
      last(told(0), told(1, 0n)),
    ])
      expect(refused(wrong)).to.equal("sdk/18");
    const idle: Change = (s) =>
      last(
        told(0),
        told(1),
      )(withValidators((v, i) => (i === 1 ? { ...v, status: BondStatus.BOND_STATUS_UNBONDED } : v))(s));
    expect(rejection(() => stakingLab([5n, 7n], { change: idle, idle: 7n }))).to.equal("sdk/18");
  });

  it("is refused with stake of nobody, which the next to come would get", () => {
    const change: Change = (s) => ({
      ...withValidators((v, i) => (i === 1 ? { ...v, delegatorShares: "0" } : v))(s),
      delegations: s.delegations.slice(0, 1),
    });
    expect(refused(change)).to.equal("sdk/18");
  });

  it("is exported as it was imported, in the middle of everything, and goes on as the original does", () => {
    const lab = stakingLab([10n, 7n, 9n], { params: { unbondingTime: { seconds: 100n, nanos: 0 } } });
    const [me, v0, v2] = [
      formatAddress(delegator(0)),
      formatOperatorAddress(operator(0)),
      formatOperatorAddress(operator(2)),
    ];
    const stake = {
      delegatorAddress: me,
      validatorAddress: v0,
      amount: { denom: "uopen", amount: "4000000" },
    };
    deliver(lab.ctx, [lab.module], { codec: MsgDelegate, message: stake, response: MsgDelegateResponse });
    deliver(lab.ctx, [lab.module], {
      codec: MsgUndelegate,
      message: { ...stake, amount: { denom: "uopen", amount: "1000000" } },
      response: MsgUndelegateResponse,
    });
    const move = {
      delegatorAddress: me,
      validatorSrcAddress: v0,
      validatorDstAddress: v2,
      amount: { denom: "uopen", amount: "1000000" },
    };
    deliver(lab.ctx, [lab.module], {
      codec: MsgBeginRedelegate,
      message: move,
      response: MsgBeginRedelegateResponse,
    });
    lab.service.setJailed(lab.ctx, operator(1), true);
    lab.service.takeStake(lab.ctx, operator(0), { amount: toUopen(333_333n), toModule: "x" });
    lab.next();
    const exported = lab.module.genesis.export(lab.ctx);

    const [ledger, ctx] = [createLedger(), createScratchContext()];
    for (const pool of [BONDED_POOL, NOT_BONDED_POOL])
      ledger.mint(ctx, moduleAddress(pool), lab.ledger.moduleBalance(lab.ctx, pool));
    ctx.block = lab.ctx.block;
    const diary: string[] = [];
    const copy = createStakingModule(
      stakingLabPorts(ledger, [
        {
          afterValidatorCreated: () => void diary.push("created"),
          beforeDelegationCreated: () => void diary.push("delegated"),
        },
      ]),
    );
    const updates = copy.genesis.init(ctx, exported);
    expect(diary, "who is told at genesis was told before").to.deep.equal([]);
    expect(updates.map((u) => u.power)).to.deep.equal([11n, 10n]);
    expect(copy.genesis.export(ctx)).to.deep.equal(exported);
    for (const { name, holds } of copy.invariants) expect(holds(ctx), name).to.equal(true);

    ctx.block = lab.ctx.block = { ...ctx.block, time: (ctx.block.time + 100_000_000_000n) as never };
    expect(copy.endBlock?.(ctx)).to.deep.equal(lab.module.endBlock?.(lab.ctx));
    expect(copy.genesis.export(ctx)).to.deep.equal(lab.module.genesis.export(lab.ctx));
    expect([
      ...reading(ctx).unbondings.keys(),
      ...reading(ctx).redelegations.keys(),
      ...reading(ctx).validatorQueue.keys(),
    ]).to.deep.equal([]);
  });

  it("has bounded parameters, refused with the SDK's text where the SDK refuses", () => {
    checkParams(DEFAULT_PARAMS);
    const bad = (change: Partial<Params>) => rejection(() => checkParams({ ...DEFAULT_PARAMS, ...change }));
    for (const change of [
      { bondDenom: "uatom" },
      { maxValidators: 10_001 },
      { maxEntries: 1_001 },
      { historicalEntries: 1_000_001 },
      { unbondingTime: { seconds: 1n << 34n, nanos: 0 } },
    ]) {
      expect(bad(change)).to.equal("sdk/18");
    }
    for (const change of [
      { maxValidators: 0 },
      { maxEntries: 0 },
      { bondDenom: " " },
      { unbondingTime: { seconds: 0n, nanos: 0 } },
      { minCommissionRate: "-1" },
      { minCommissionRate: `1${"0".repeat(17)}1` },
    ]) {
      expect(bad(change)).to.equal("undefined/1");
    }
    expect(() => checkParams({ ...DEFAULT_PARAMS, maxValidators: 0 })).to.throw(
      "max validators must be positive: 0",
    );
  });

  it("without anything is the default", () => {
    const { module } = stakingLab([5n]);
    const registry = createTypeRegistry([PubKey]);
    expect(module.genesis.defaults()).to.deep.equal(
      toJson(GenesisState, GenesisState.create({ params: DEFAULT_PARAMS }), registry),
    );
  });
});

describe("books of staking that are wrong", () => {
  it("are noticed, each by name", () => {
    const { ctx, ledger, broken } = stakingLab([5n, 7n]);
    const books = writing(ctx);
    const wrong = (name: string, spoil: () => void, mend: () => void): void => {
      spoil();
      expect(broken()).to.deep.equal([name]);
      mend();
      expect(broken()).to.deep.equal([]);
    };
    const told = (power: bigint) => (): void => books.told.set(operator(0), power);
    wrong(
      "the engine knows the bonded validators and their power, unless the set is to be worked out again",
      told(6n),
      told(5n),
    );
    const mint = (pool: string) => (): void => ledger.mint(ctx, moduleAddress(pool), 1n);
    const burn = (pool: string) => (): void => ledger.burn(ctx, pool, toUopen(1n));
    wrong(
      "the bonded pool holds exactly what bonded validators have at stake",
      mint(BONDED_POOL),
      burn(BONDED_POOL),
    );
    wrong(
      "the other pool holds exactly what the others have at stake and what is leaving",
      mint(NOT_BONDED_POOL),
      burn(NOT_BONDED_POOL),
    );
    const consensus = ed25519Address(stakingKey(1));
    wrong(
      "every validator is found by its consensus address, and by no other",
      () => books.byConsensus.delete(consensus),
      () => books.byConsensus.set(consensus, operator(1)),
    );
    wrong(
      "the order by power has every validator out of jail, with its power, and nobody else",
      () => books.byPower.add([9n, operator(3)]),
      () => books.byPower.delete([9n, operator(3)]),
    );
    wrong(
      "delegations have positive shares and add up to those of their validator, and the index knows each",
      () => books.delegators.delete([operator(0), operator(0)]),
      () => books.delegators.add([operator(0), operator(0)]),
    );
    const nothing = {
      delegatorAddress: formatAddress(operator(0)),
      validatorAddress: formatOperatorAddress(operator(1)),
      entries: [],
    };
    wrong(
      "whatever is leaving or has moved has entries, is indexed, and ends at a time that is queued",
      () => books.unbondings.set([operator(0), operator(1)], nothing),
      () => books.unbondings.delete([operator(0), operator(1)]),
    );
    const own = books.validators.getOrFail(operator(0));
    wrong(
      "every record says of itself what its key says",
      () =>
        books.validators.set(operator(0), { ...own, operatorAddress: formatOperatorAddress(operator(1)) }),
      () => books.validators.set(operator(0), own),
    );
  });
});
