import { expect } from "chai";
import * as wire from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import type { Codec } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { DEC_ZERO, decFromInt, parseDec } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  FEES,
  POOL,
  RESERVE,
  beginNext,
  booksOf,
  communityOf,
  createDistributionLab,
  labAccount,
  reward,
} from "../../chain/testkit/distribution-lab.js";
import type { DistributionLab } from "../../chain/testkit/distribution-lab.js";
import { rejectOf } from "../../chain/testkit/rejects.js";
import { percent } from "../../chain/testkit/stake-lab.js";
import { distributionState } from "./state.js";

const [VALIDATOR, OTHER, ALICE, BOB] = [1, 2, 3, 4].map(labAccount) as [Address, Address, Address, Address];
const GOV = formatAddress(GOV_AUTHORITY);
const PATH = "/cosmos.distribution.v1beta1.Query";
const coins = (amount: bigint) => [{ denom: "uopen", amount: amount.toString() }];
const decCoins = (text: string) => [{ denom: "uopen", amount: parseDec(text).toString() }];
const ofValidator = { validatorAddress: formatOperatorAddress(VALIDATOR) };
const ofAlice = { delegatorAddress: formatAddress(ALICE) };

/** A validator at ten per cent with 100, Alice with 300, and 400 uopen given to it in the next block. */
function earning(): DistributionLab {
  const lab = createDistributionLab();
  lab.stake.create(lab.ctx, VALIDATOR, { tokens: 100n, commission: percent(10n) });
  lab.stake.delegate(lab.ctx, ALICE, VALIDATOR, 300n);
  beginNext(lab);
  reward(lab, VALIDATOR, 405n);
  lab.ctx.events.length = 0;
  return lab;
}

const eventsOf = (lab: DistributionLab) =>
  lab.ctx.events.map((e) => [e.type, ...e.attributes.map((a) => `${a.key}=${a.value}`)].join(" "));

const send = <M, R>(lab: DistributionLab, codec: Codec<M>, response: Codec<R>, message: Partial<M>): R =>
  deliver(lab.ctx, [lab.module], { codec, message, response });

const withdrawReward = (lab: DistributionLab) =>
  send(lab, wire.MsgWithdrawDelegatorReward, wire.MsgWithdrawDelegatorRewardResponse, {
    ...ofAlice,
    ...ofValidator,
  });
const withdrawCommission = (lab: DistributionLab) =>
  send(lab, wire.MsgWithdrawValidatorCommission, wire.MsgWithdrawValidatorCommissionResponse, ofValidator);
const redirect = (lab: DistributionLab, to: Address) =>
  send(lab, wire.MsgSetWithdrawAddress, wire.MsgSetWithdrawAddressResponse, {
    ...ofAlice,
    withdrawAddress: formatAddress(to),
  });
const spend = (lab: DistributionLab, amount: bigint, over: Partial<wire.MsgCommunityPoolSpend> = {}) =>
  send(lab, wire.MsgCommunityPoolSpend, wire.MsgCommunityPoolSpendResponse, {
    authority: GOV,
    recipient: formatAddress(BOB),
    amount: coins(amount),
    ...over,
  });
const update = (lab: DistributionLab, over: Partial<wire.Params>, authority = GOV) =>
  send(lab, wire.MsgUpdateParams, wire.MsgUpdateParamsResponse, {
    authority,
    params: {
      communityTax: parseDec("0.1").toString(),
      baseProposerReward: "0",
      bonusProposerReward: "0",
      withdrawAddrEnabled: true,
      ...over,
    },
  });

describe("distribution: withdrawals", () => {
  it("pays a delegator its whole uopen, with the event of the SDK, and counts anew", () => {
    const lab = earning();
    expect(withdrawReward(lab).amount).to.deep.equal(coins(273n));
    expect(lab.ledger.balance(lab.ctx, ALICE)).to.equal(273n);
    expect(eventsOf(lab)).to.deep.equal([
      `withdraw_rewards amount=273uopen validator=${formatOperatorAddress(VALIDATOR)} delegator=${formatAddress(ALICE)}`,
    ]);
    beginNext(lab);
    expect(withdrawReward(lab).amount).to.deep.equal([{ denom: "uopen", amount: "0" }]);
    expect(eventsOf(lab).at(-1)).to.contain("amount=0uopen");
    expect(brokenInvariant(lab.ctx, [lab.module])).to.equal(undefined);
  });

  it("refuses with the SDK's codes where there is no validator or no delegation", () => {
    const lab = earning();
    const nobody = { ...ofAlice, validatorAddress: formatOperatorAddress(OTHER) };
    const codec = wire.MsgWithdrawDelegatorReward;
    expect(rejectOf(() => send(lab, codec, wire.MsgWithdrawDelegatorRewardResponse, nobody))).to.include({
      codespace: "staking",
      code: 3,
    });
    const stranger = { ...ofValidator, delegatorAddress: formatAddress(BOB) };
    const found = rejectOf(() => send(lab, codec, wire.MsgWithdrawDelegatorRewardResponse, stranger));
    expect(found).to.include({
      codespace: "staking",
      code: 19,
      message: "no delegation for (address, validator) tuple",
    });
    const bad = { ...ofAlice, validatorAddress: formatAddress(VALIDATOR) };
    expect(rejectOf(() => send(lab, codec, wire.MsgWithdrawDelegatorRewardResponse, bad))).to.include({
      codespace: "sdk",
      code: 7,
    });
  });

  it("pays no commission beyond what is outstanding, from which delegators may have taken last places too many", () => {
    const short = (): DistributionLab => {
      const lab = createDistributionLab();
      lab.stake.create(lab.ctx, VALIDATOR, { tokens: 100n, commission: percent(100n) });
      beginNext(lab);
      reward(lab, VALIDATOR, 40n);
      const { outstanding } = distributionState.open(lab.ctx.store("distribution"));
      outstanding.set(VALIDATOR, { rewards: decCoins("39.999999999999999999") });
      return lab;
    };
    const lab = short();
    expect(withdrawCommission(lab).amount).to.deep.equal(coins(39n));
    expect(booksOf(lab, VALIDATOR)).to.include({
      commission: parseDec("1"),
      outstanding: parseDec("0.999999999999999999"),
    });
    const gone = short();
    gone.stake.undelegate(gone.ctx, VALIDATOR, VALIDATOR, percent(100n));
    expect(gone.ledger.balance(gone.ctx, VALIDATOR), "a validator that leaves").to.equal(39n);
    for (const each of [lab, gone]) {
      beginNext(each);
      expect(communityOf(each).dust >= 0n).to.equal(true);
    }
  });

  it("pays a validator its commission, keeps the fraction, and refuses when there is none", () => {
    const lab = earning();
    expect(withdrawCommission(lab).amount).to.deep.equal(coins(40n));
    expect(eventsOf(lab)).to.deep.equal(["withdraw_commission amount=40uopen"]);
    expect(booksOf(lab, VALIDATOR).commission).to.equal(parseDec("0.5"));
    expect(withdrawCommission(lab).amount).to.deep.equal([]);
    const empty = createDistributionLab();
    empty.stake.create(empty.ctx, VALIDATOR, { tokens: 1n, commission: DEC_ZERO });
    const found = rejectOf(() => withdrawCommission(empty));
    expect(found).to.include({
      codespace: "distribution",
      code: 7,
      message: "no validator commission to withdraw",
    });
  });

  it("pays somebody else once the delegator said so, unless that is a module or governance switched it off", () => {
    const lab = earning();
    redirect(lab, BOB);
    expect(eventsOf(lab)).to.deep.equal([`set_withdraw_address withdraw_address=${formatAddress(BOB)}`]);
    withdrawReward(lab);
    expect(lab.ledger.balance(lab.ctx, BOB)).to.equal(273n);
    const refused = rejectOf(() => redirect(lab, moduleAddress(POOL)));
    expect(refused).to.include({ codespace: "sdk", code: 4 });
    expect(refused.message).to.contain("is not allowed to receive external funds");
    update(lab, { withdrawAddrEnabled: false });
    expect(rejectOf(() => redirect(lab, BOB))).to.include({ codespace: "distribution", code: 8 });
  });

  it("shares a gift to a validator with its delegators", () => {
    const lab = earning();
    lab.ledger.mint(lab.ctx, BOB, 100n);
    const gift = { depositor: formatAddress(BOB), amount: coins(100n) };
    const codec = wire.MsgDepositValidatorRewardsPool;
    send(lab, codec, wire.MsgDepositValidatorRewardsPoolResponse, { ...gift, ...ofValidator });
    expect(booksOf(lab, VALIDATOR).outstanding).to.equal(decFromInt(505n));
    expect(eventsOf(lab)).to.deep.equal([
      `commission amount=10.000000000000000000uopen validator=${formatOperatorAddress(VALIDATOR)}`,
      `rewards amount=100.000000000000000000uopen validator=${formatOperatorAddress(VALIDATOR)}`,
    ]);
    lab.ledger.mint(lab.ctx, BOB, 100n);
    const nobody = { ...gift, validatorAddress: formatOperatorAddress(OTHER) };
    expect(rejectOf(() => send(lab, codec, wire.MsgDepositValidatorRewardsPoolResponse, nobody))).to.include({
      codespace: "staking",
      code: 3,
    });
  });
});

describe("distribution: addresses that are none", () => {
  it("are named in the SDK's words", () => {
    const lab = earning();
    const bad = "open1nonsense";
    const text = (act: () => unknown): string => rejectOf(act).message;
    expect(
      text(() =>
        send(lab, wire.MsgSetWithdrawAddress, wire.MsgSetWithdrawAddressResponse, {
          delegatorAddress: bad,
          withdrawAddress: bad,
        }),
      ),
    ).to.match(/^invalid delegator address: decoding bech32 failed.*: invalid address$/);
    expect(
      text(() =>
        send(lab, wire.MsgSetWithdrawAddress, wire.MsgSetWithdrawAddressResponse, {
          ...ofAlice,
          withdrawAddress: "",
        }),
      ),
    ).to.equal("invalid withdraw address: empty address string is not allowed: invalid address");
    expect(
      text(() =>
        send(lab, wire.MsgWithdrawDelegatorReward, wire.MsgWithdrawDelegatorRewardResponse, {
          delegatorAddress: bad,
          validatorAddress: bad,
        }),
      ),
    ).to.match(/^invalid validator address: /);
    expect(
      text(() =>
        send(lab, wire.MsgFundCommunityPool, wire.MsgFundCommunityPoolResponse, {
          depositor: bad,
          amount: coins(1n),
        }),
      ),
    ).to.match(/^invalid depositor address: /);
    expect(text(() => spend(lab, 1n, { authority: bad }))).to.match(/^invalid authority address: /);
  });
});

describe("distribution: the community pool", () => {
  it("takes gifts, and is spent by governance alone, up to what it has", () => {
    const lab = earning();
    lab.ledger.mint(lab.ctx, BOB, 50n);
    send(lab, wire.MsgFundCommunityPool, wire.MsgFundCommunityPoolResponse, {
      depositor: formatAddress(BOB),
      amount: coins(50n),
    });
    expect(communityOf(lab).account).to.equal(50n);
    expect(rejectOf(() => spend(lab, 1n, { authority: formatAddress(BOB) }))).to.include({
      codespace: "gov",
      code: 13,
    });
    expect(rejectOf(() => spend(lab, 1n, { recipient: formatAddress(moduleAddress(FEES)) }))).to.include({
      codespace: "sdk",
      code: 4,
    });
    expect(rejectOf(() => spend(lab, 51n))).to.include({ codespace: "distribution", code: 9 });
    expect(rejectOf(() => spend(lab, 0n))).to.include({ codespace: "sdk", code: 10 });
    spend(lab, 50n);
    expect(lab.ledger.balance(lab.ctx, BOB)).to.equal(50n);
  });

  it("spends what the reserve has released, after what it has itself", () => {
    const lab = earning();
    lab.ledger.mint(lab.ctx, moduleAddress(POOL), 10n);
    lab.ledger.mint(lab.ctx, moduleAddress(RESERVE), 20n);
    spend(lab, 10n);
    expect(lab.ledger.moduleBalance(lab.ctx, RESERVE)).to.equal(20n);
    spend(lab, 5n);
    expect([lab.ledger.moduleBalance(lab.ctx, RESERVE), communityOf(lab).account]).to.deep.equal([0n, 15n]);
    expect(rejectOf(() => spend(lab, 16n))).to.include({ codespace: "distribution", code: 9 });
  });

  it("can spend dust once it is a whole uopen, even before the block that would sweep it", () => {
    const lab = createDistributionLab();
    lab.stake.create(lab.ctx, VALIDATOR, { tokens: 3n, commission: DEC_ZERO });
    lab.stake.delegate(lab.ctx, ALICE, VALIDATOR, 3n);
    beginNext(lab);
    reward(lab, VALIDATOR, 3n);
    lab.module.hooks.beforeDelegationSharesModified(lab.ctx, ALICE, VALIDATOR);
    lab.module.hooks.beforeDelegationSharesModified(lab.ctx, VALIDATOR, VALIDATOR);
    spend(lab, 1n);
    expect(communityOf(lab)).to.deep.equal({ account: 0n, dust: 0n });
  });

  it("gets the fees of a block without votes, and the parts of validators that are forgotten", () => {
    const lab = earning();
    lab.ledger.mint(lab.ctx, moduleAddress(FEES), 1_000n);
    beginNext(lab, []);
    expect(communityOf(lab).account).to.equal(1_000n);
    lab.ledger.mint(lab.ctx, moduleAddress(FEES), 1_000n);
    beginNext(lab, [
      [VALIDATOR, 1n],
      [OTHER, 3n],
    ]);
    expect(communityOf(lab).account).to.equal(1_755n);
    expect(brokenInvariant(lab.ctx, [lab.module])).to.equal(undefined);
  });

  it("writes and says nothing in a block after one without fees", () => {
    const lab = earning();
    beginNext(lab, [[VALIDATOR, 1n]]);
    expect(lab.ctx.events).to.deep.equal([]);
  });

  it("changes its parameters by governance alone, within their bounds", () => {
    const lab = earning();
    update(lab, {});
    lab.ledger.mint(lab.ctx, moduleAddress(FEES), 1_000n);
    beginNext(lab, [[VALIDATOR, 1n]]);
    expect(communityOf(lab).account).to.equal(100n);
    expect(rejectOf(() => update(lab, {}, formatAddress(BOB)))).to.include({ codespace: "gov", code: 13 });
    for (const bad of [
      { communityTax: parseDec("1.1").toString() },
      { communityTax: parseDec("-0.1").toString() },
      { baseProposerReward: "1" },
    ]) {
      expect(rejectOf(() => update(lab, bad))).to.include({ codespace: "sdk", code: 18 });
    }
  });
});

describe("distribution: queries", () => {
  const query = <Q, R>(
    lab: DistributionLab,
    name: string,
    codecs: readonly [Codec<Q>, Codec<R>],
    message: Partial<Q>,
  ): R =>
    ask(lab.ctx, [lab.module], { path: `${PATH}/${name}`, codec: codecs[0], message, response: codecs[1] });

  it("show what validators and delegators have earned, and write nothing", () => {
    const lab = earning();
    const before = booksOf(lab, VALIDATOR);
    expect(
      query(
        lab,
        "DelegationRewards",
        [wire.QueryDelegationRewardsRequest, wire.QueryDelegationRewardsResponse],
        { ...ofAlice, ...ofValidator },
      ),
    ).to.deep.equal({ rewards: decCoins("273.375") });
    expect(
      query(
        lab,
        "DelegationTotalRewards",
        [wire.QueryDelegationTotalRewardsRequest, wire.QueryDelegationTotalRewardsResponse],
        ofAlice,
      ),
    ).to.deep.equal({
      rewards: [{ ...ofValidator, reward: decCoins("273.375") }],
      total: decCoins("273.375"),
    });
    expect(
      query(
        lab,
        "ValidatorCommission",
        [wire.QueryValidatorCommissionRequest, wire.QueryValidatorCommissionResponse],
        ofValidator,
      ),
    ).to.deep.equal({ commission: { commission: decCoins("40.5") } });
    expect(
      query(
        lab,
        "ValidatorOutstandingRewards",
        [wire.QueryValidatorOutstandingRewardsRequest, wire.QueryValidatorOutstandingRewardsResponse],
        ofValidator,
      ),
    ).to.deep.equal({ rewards: { rewards: decCoins("405") } });
    expect(
      query(
        lab,
        "ValidatorDistributionInfo",
        [wire.QueryValidatorDistributionInfoRequest, wire.QueryValidatorDistributionInfoResponse],
        ofValidator,
      ),
    ).to.deep.equal({
      operatorAddress: formatAddress(VALIDATOR),
      selfBondRewards: decCoins("91.125"),
      commission: decCoins("40.5"),
    });
    expect(booksOf(lab, VALIDATOR)).to.deep.equal(before);
  });

  it("show who is delegated to, who is paid, the pool with its dust, and the params", () => {
    const lab = earning();
    expect(
      query(
        lab,
        "DelegatorValidators",
        [wire.QueryDelegatorValidatorsRequest, wire.QueryDelegatorValidatorsResponse],
        ofAlice,
      ).validators,
    ).to.deep.equal([ofValidator.validatorAddress]);
    const who = () =>
      query(
        lab,
        "DelegatorWithdrawAddress",
        [wire.QueryDelegatorWithdrawAddressRequest, wire.QueryDelegatorWithdrawAddressResponse],
        ofAlice,
      ).withdrawAddress;
    expect(who()).to.equal(formatAddress(ALICE));
    redirect(lab, BOB);
    expect(who()).to.equal(formatAddress(BOB));
    withdrawReward(lab);
    lab.ledger.mint(lab.ctx, moduleAddress(POOL), 5n);
    expect(
      query(lab, "CommunityPool", [wire.QueryCommunityPoolRequest, wire.QueryCommunityPoolResponse], {}).pool,
    ).to.deep.equal(decCoins("5.375"));
    expect(
      query(lab, "Params", [wire.QueryParamsRequest, wire.QueryParamsResponse], {}).params.communityTax,
    ).to.equal(parseDec("0.02").toString());
  });

  it("list slashes by period, as the SDK filters them, page by page", () => {
    const lab = earning();
    for (let i = 0; i < 3; i++) {
      lab.stake.slash(lab.ctx, VALIDATOR, percent(10n));
      beginNext(lab);
    }
    const ask = (startingHeight: bigint, endingHeight: bigint) =>
      query(
        lab,
        "ValidatorSlashes",
        [wire.QueryValidatorSlashesRequest, wire.QueryValidatorSlashesResponse],
        { ...ofValidator, startingHeight, endingHeight },
      ).slashes;
    expect(ask(0n, 100n).map((s) => s.validatorPeriod)).to.deep.equal([3n, 4n, 5n]);
    expect(ask(4n, 4n)).to.have.length(1);
    const wrong = rejectOf(() => ask(2n, 1n));
    expect(wrong.message).to.contain("starting height greater than ending height (2 > 1)");
  });

  it("refuse empty and unknown addresses as the SDK does", () => {
    const lab = earning();
    const of = (message: Partial<wire.QueryDelegationRewardsRequest>) =>
      rejectOf(() =>
        query(
          lab,
          "DelegationRewards",
          [wire.QueryDelegationRewardsRequest, wire.QueryDelegationRewardsResponse],
          message,
        ),
      );
    expect(of(ofValidator).message).to.contain("empty delegator address");
    expect(of(ofAlice).message).to.contain("empty validator address");
    expect(of({ ...ofAlice, validatorAddress: formatOperatorAddress(OTHER) })).to.include({
      codespace: "staking",
      code: 3,
    });
    expect(of({ delegatorAddress: formatAddress(BOB), ...ofValidator })).to.include({
      codespace: "staking",
      code: 19,
    });
  });
});

describe("distribution: genesis", () => {
  it("exports what it imports, and goes on from it", () => {
    const lab = earning();
    redirect(lab, BOB);
    lab.stake.slash(lab.ctx, VALIDATOR, percent(10n));
    beginNext(lab);
    withdrawReward(lab);
    const exported = lab.module.genesis.export(lab.ctx);
    const other = createDistributionLab();
    other.ledger.mint(
      other.ctx,
      moduleAddress("distribution"),
      lab.ledger.moduleBalance(lab.ctx, "distribution"),
    );
    other.module.genesis.init(other.ctx, exported);
    expect(other.module.genesis.export(other.ctx)).to.deep.equal(exported);
    expect(booksOf(other, VALIDATOR)).to.deep.equal(booksOf(lab, VALIDATOR));
  });

  it("refuses coins that are not there, and records without those they need", () => {
    const lab = earning();
    const exported = lab.module.genesis.export(lab.ctx) as Record<string, unknown>;
    const into = (doc: unknown) => {
      const other = createDistributionLab();
      other.ledger.mint(other.ctx, moduleAddress("distribution"), 405n);
      return rejectOf(() => other.module.genesis.init(other.ctx, doc));
    };
    expect(into({ ...exported, outstanding_rewards: [] })).to.include({
      codespace: "distribution",
      code: 100,
    });
    expect(into({ ...exported, validator_historical_rewards: [] })).to.include({
      codespace: "distribution",
      code: 100,
    });
    expect(into({ ...exported, validator_current_rewards: [] })).to.include({
      codespace: "distribution",
      code: 100,
    });
    expect(
      into({ ...exported, fee_pool: { community_pool: [{ denom: "uopen", amount: "1.0" }] } }).message,
    ).to.contain("holds 405");
    expect(
      into({ ...exported, fee_pool: { community_pool: [{ denom: "atom", amount: "1.0" }] } }),
    ).to.include({ codespace: "sdk", code: 10 });
  });
});
