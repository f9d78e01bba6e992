import { expect } from "chai";
import { MsgDepositValidatorRewardsPool, MsgDepositValidatorRewardsPoolResponse } from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { DEC_ONE, Reject, toDec, toUopen } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { POOL, RESERVE, beginNext, booksOf, communityOf, createDistributionLab, labAccount, reward } from "../../chain/testkit/distribution-lab.js";
import type { DistributionLab } from "../../chain/testkit/distribution-lab.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { percent } from "../../chain/testkit/stake-lab.js";
import { formatDecCoins, parseDecCoins, toDecCoins } from "./dec-coins.js";
import { createPool } from "./pool.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { holdPeriod, recordSlash, releasePeriod } from "./periods.js";
import { distributionState } from "./state.js";

const [VALIDATOR, ALICE, BOB] = [1, 2, 3].map(labAccount) as [Address, Address, Address];
const state = (lab: DistributionLab) => distributionState.open(lab.ctx.store("distribution"));

/** A validator with 100, Alice with 300; rewards, a slash of a tenth, and rewards again. */
function slashed(): DistributionLab {
  const lab = createDistributionLab();
  lab.stake.create(lab.ctx, VALIDATOR, { tokens: 100n, commission: percent(10n) });
  lab.stake.delegate(lab.ctx, ALICE, VALIDATOR, 300n);
  beginNext(lab);
  reward(lab, VALIDATOR, 405n);
  lab.stake.slash(lab.ctx, VALIDATOR, percent(10n));
  beginNext(lab);
  reward(lab, VALIDATOR, 40n);
  return lab;
}

describe("fractions of the coin on the wire", () => {
  const LAST_PLACE = toDec(1n);

  it("are one coin, however little, and none for nothing", () => {
    expect([toDecCoins(LAST_PLACE), toDecCoins(toDec(0n))]).to.deep.equal([[{ denom: "uopen", amount: "1" }], []]);
    expect([formatDecCoins(LAST_PLACE), formatDecCoins(toDec(0n))]).to.deep.equal(["0.000000000000000001uopen", ""]);
    for (const coins of [[], [{ denom: "uopen", amount: "0" }]]) expect(parseDecCoins(coins)).to.equal(0n);
    expect(parseDecCoins([{ denom: "uopen", amount: "1" }])).to.equal(1n);
  });

  it("are of this coin, once, and not below nothing", () => {
    const one = { denom: "uopen", amount: "1" };
    for (const bad of [[one, one], [{ ...one, denom: "uatom" }], [{ ...one, amount: "-1" }]]) expect(rejection(() => parseDecCoins(bad))).to.equal("sdk/10");
  });

  it("make a tax of none to all, and no reward for proposers", () => {
    for (const communityTax of ["0", "1", DEC_ONE.toString()]) checkParams({ ...DEFAULT_PARAMS, communityTax });
    for (const over of [{ communityTax: "-1" }, { communityTax: (DEC_ONE + 1n).toString() }, { baseProposerReward: "1" }, { bonusProposerReward: "1" }]) {
      expect(rejection(() => checkParams({ ...DEFAULT_PARAMS, ...over })), JSON.stringify(over)).to.equal("sdk/18");
    }
  });
});

describe("the history of a validator's rewards", () => {
  it("has points with one owner or two, never three, and forgets those without", () => {
    const lab = createDistributionLab();
    state(lab).historical.set([VALIDATOR, 5n], { cumulativeRewardRatio: [], referenceCount: 1 });
    holdPeriod(lab.ctx, VALIDATOR, 5n);
    expect(() => holdPeriod(lab.ctx, VALIDATOR, 5n)).to.throw("a period is referred to three times");
    releasePeriod(lab.ctx, VALIDATOR, 5n);
    expect(state(lab).historical.getOrFail([VALIDATOR, 5n]).referenceCount).to.equal(1);
    releasePeriod(lab.ctx, VALIDATOR, 5n);
    expect(state(lab).historical.has([VALIDATOR, 5n])).to.equal(false);
  });

  it("remembers slashes of none to all of the stake, and no others", () => {
    for (const fraction of [0n, DEC_ONE]) {
      const lab = slashed();
      const validator = lab.stake.byOperator(lab.ctx, VALIDATOR);
      if (validator === undefined) return expect.fail("no validator");
      recordSlash(lab.ctx, validator, toDec(fraction));
      expect([...state(lab).slashes.keys()]).to.have.length(2);
      for (const bad of [-1n, DEC_ONE + 1n]) expect(() => recordSlash(lab.ctx, validator, toDec(bad))).to.throw("a slash takes 0 to 1");
    }
  });

  it("is forgotten whole with its validator, slashes too", () => {
    const lab = slashed();
    for (const who of [VALIDATOR, ALICE]) lab.stake.undelegate(lab.ctx, who, VALIDATOR, percent(100n));
    const { slashes, historical, current, commissions, outstanding, startingInfos } = state(lab);
    for (const left of [slashes, historical, current, commissions, outstanding, startingInfos]) expect([...left.keys()]).to.deep.equal([]);
    expect(brokenInvariant(lab.ctx, [lab.module])).to.equal(undefined);
  });
});

describe("coins that come and go", () => {
  it("of a gift to a validator leave the giver", () => {
    const lab = slashed();
    lab.ledger.mint(lab.ctx, BOB, 100n);
    const message = { depositor: formatAddress(BOB), validatorAddress: formatOperatorAddress(VALIDATOR), amount: [{ denom: "uopen", amount: "60" }] };
    deliver(lab.ctx, [lab.module], { codec: MsgDepositValidatorRewardsPool, message, response: MsgDepositValidatorRewardsPoolResponse });
    expect(lab.ledger.balance(lab.ctx, BOB)).to.equal(40n);
    expect(brokenInvariant(lab.ctx, [lab.module])).to.equal(undefined);
  });

  it("of the community go to modules, after its own those that the reserve released, and no more", () => {
    const lab = createDistributionLab();
    const { communityPool } = lab.module.service;
    lab.ledger.mint(lab.ctx, moduleAddress(POOL), 10n);
    lab.ledger.mint(lab.ctx, moduleAddress(RESERVE), 7n);
    const left = () => [lab.ledger.moduleBalance(lab.ctx, "work"), communityOf(lab).account, lab.ledger.moduleBalance(lab.ctx, RESERVE)];
    communityPool.spendTo(lab.ctx, "work", toUopen(10n));
    expect(left()).to.deep.equal([10n, 0n, 7n]);
    communityPool.spendTo(lab.ctx, "work", toUopen(1n));
    expect(left()).to.deep.equal([11n, 6n, 0n]);
    expect(rejection(() => communityPool.spendTo(lab.ctx, "work", toUopen(7n)))).to.equal("distribution/9");
    communityPool.spendTo(lab.ctx, "work", toUopen(6n));
    expect(left()).to.deep.equal([17n, 0n, 0n]);
    expect(communityPool.account).to.deep.equal(createPool({ communityPool: POOL } as never).account);
  });
});

describe("a genesis of distribution", () => {
  type Item = Readonly<Record<string, object>>;
  type Doc = Readonly<Record<string, readonly Item[]>> & { readonly params: object };
  const begin = (change: (doc: Doc) => object): string => {
    const from = slashed();
    const doc = from.module.genesis.export(from.ctx) as Doc;
    const lab = createDistributionLab();
    lab.ledger.mint(lab.ctx, moduleAddress("distribution"), from.ledger.moduleBalance(from.ctx, "distribution"));
    try {
      lab.module.genesis.init(lab.ctx, { ...doc, ...change(doc) });
      return "taken";
    } catch (error) {
      if (error instanceof Reject) return `${error.codespace}/${error.code}`;
      throw error;
    }
  };
  const each = (list: readonly Item[] | undefined, change: (item: Item) => object) => (list ?? []).map((item) => ({ ...item, ...change(item) }));
  const coin = (amount: string) => [{ denom: "uopen", amount }];

  it("is taken as it was exported, with slashes of all and delegations of nothing", () => {
    expect(begin(() => ({}))).to.equal("taken");
    for (const fraction of ["0.0", "1.0"]) expect(begin((d) => ({ validator_slash_events: each(d["validator_slash_events"], (s) => ({ validator_slash_event: { ...s["validator_slash_event"], fraction } })) }))).to.equal("taken");
    expect(begin((d) => ({ delegator_starting_infos: each(d["delegator_starting_infos"], (s) => ({ starting_info: { ...s["starting_info"], stake: "0.0" } })) }))).to.equal("taken");
  });

  it("is refused with amounts below nothing", () => {
    expect(begin((d) => ({ validator_accumulated_commissions: each(d["validator_accumulated_commissions"], () => ({ accumulated: { commission: coin("-1.0") } })) }))).to.equal("sdk/10");
    expect(begin((d) => ({ validator_current_rewards: each(d["validator_current_rewards"], (c) => ({ rewards: { ...c["rewards"], rewards: coin("-1.0") } })) }))).to.equal("sdk/10");
    expect(begin((d) => ({ validator_historical_rewards: each(d["validator_historical_rewards"], (h) => ({ rewards: { ...h["rewards"], cumulative_reward_ratio: coin("-1.0") } })) }))).to.equal("sdk/10");
    expect(begin((d) => ({ delegator_starting_infos: each(d["delegator_starting_infos"], (s) => ({ starting_info: { ...s["starting_info"], stake: "-0.000000000000000001" } })) }))).to.equal("distribution/100");
  });

  it("is refused where a record lacks what it needs", () => {
    expect(begin(() => ({ validator_accumulated_commissions: [] }))).to.equal("distribution/100");
    expect(begin((d) => ({ validator_current_rewards: each(d["validator_current_rewards"], (c) => ({ rewards: { ...c["rewards"], period: "0" } })) }))).to.equal("distribution/100");
    expect(begin((d) => ({ validator_current_rewards: each(d["validator_current_rewards"], (c) => ({ rewards: { ...c["rewards"], period: "99" } })) }))).to.equal("distribution/100");
    const event = (over: object, outer: object = {}) => (d: Doc) => ({ validator_slash_events: each(d["validator_slash_events"], (s) => ({ ...outer, validator_slash_event: { ...s["validator_slash_event"], ...over } })) });
    expect(begin(event({ validator_period: "99" }))).to.equal("distribution/100");
    expect(begin(event({ validator_period: "99" }, { period: "99" }))).to.equal("distribution/100");
    for (const fraction of ["-0.000000000000000001", "1.000000000000000001"]) expect(begin(event({ fraction })), fraction).to.equal("distribution/100");
  });

  it("is refused with parameters out of bounds, and a proposer that is none", () => {
    expect(begin((d) => ({ params: { ...d.params, community_tax: "1.1" } }))).to.equal("sdk/18");
    expect(begin(() => ({ previous_proposer: "open1nobody" }))).to.equal("sdk/7");
  });
});

describe("the invariants of distribution", () => {
  it("notice delegations without a beginning, and beginnings without a delegation", () => {
    const lab = slashed();
    const { startingInfos, historical } = state(lab);
    const info = startingInfos.getOrFail([VALIDATOR, ALICE]);
    startingInfos.set([VALIDATOR, BOB], info);
    expect(brokenInvariant(lab.ctx, [lab.module])).to.match(/^history is kept/);
    startingInfos.delete([VALIDATOR, BOB]);
    expect(brokenInvariant(lab.ctx, [lab.module])).to.equal(undefined);
    historical.set([VALIDATOR, 77n], { cumulativeRewardRatio: [], referenceCount: 1 });
    expect(brokenInvariant(lab.ctx, [lab.module])).to.match(/^history is kept/);
  });

  it("notice a uopen that is owed twice", () => {
    const lab = slashed();
    const { outstanding } = state(lab);
    const before = booksOf(lab, VALIDATOR).outstanding;
    outstanding.set(VALIDATOR, { rewards: toDecCoins(toDec(before + 1n)) });
    expect(brokenInvariant(lab.ctx, [lab.module])).to.match(/^the distribution account holds exactly/);
  });
});
