import { expect } from "chai";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import type { Codec } from "../../chain/codec/index.js";
import { decFromInt, formatDec, toUopen } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { deliver } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { delegator, operator, stakingLab } from "../../chain/testkit/staking-lab.js";
import type { StakingLab, StakingLabOptions } from "../../chain/testkit/staking-lab.js";
import {
  MsgBeginRedelegate,
  MsgBeginRedelegateResponse,
  MsgCancelUnbondingDelegation,
  MsgCancelUnbondingDelegationResponse,
  MsgDelegate,
  MsgDelegateResponse,
  MsgUndelegate,
  MsgUndelegateResponse,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import { COMPLETIONS_PER_BLOCK } from "./block.js";
import { reading, writing } from "./validators.js";

const UNBONDING = 1_000n;
const coin = (amount: bigint) => ({ denom: "uopen", amount: amount.toString() });

/** A lab and the four messages of a staker, by number of delegator and validator. */
function start(powers: readonly bigint[] = [5n, 7n], options: StakingLabOptions = {}) {
  const lab = stakingLab(powers, {
    ...options,
    params: { unbondingTime: { seconds: UNBONDING, nanos: 0 }, maxEntries: 2, ...options.params },
  });
  const send = <M, R>(codec: Codec<M>, message: Partial<M>, response: Codec<R>): R => {
    lab.ctx.events.length = 0;
    return deliver(lab.ctx, [lab.module], { codec, message, response });
  };
  const pair = (from: Address, to: Address, amount: bigint) => {
    return {
      delegatorAddress: formatAddress(from),
      validatorAddress: formatOperatorAddress(to),
      amount: coin(amount),
    };
  };
  return {
    ...lab,
    delegate: (d: Address, v: number, amount: bigint) =>
      send(MsgDelegate, pair(d, operator(v), amount), MsgDelegateResponse),
    undelegate: (d: Address, v: number, amount: bigint) =>
      send(MsgUndelegate, pair(d, operator(v), amount), MsgUndelegateResponse),
    cancel: (d: Address, v: number, amount: bigint, creationHeight: bigint) =>
      send(
        MsgCancelUnbondingDelegation,
        { ...pair(d, operator(v), amount), creationHeight },
        MsgCancelUnbondingDelegationResponse,
      ),
    redelegate: (d: Address, [from, to]: readonly [number, number], amount: bigint) =>
      send(
        MsgBeginRedelegate,
        {
          delegatorAddress: formatAddress(d),
          validatorSrcAddress: formatOperatorAddress(operator(from)),
          validatorDstAddress: formatOperatorAddress(operator(to)),
          amount: coin(amount),
        },
        MsgBeginRedelegateResponse,
      ),
  };
}

const me = delegator(0);
const other = delegator(1);
const events = ({ ctx }: Pick<StakingLab, "ctx">) =>
  ctx.events.map(({ type, attributes }) => [type, ...attributes.map((a) => `${a.key}=${a.value}`)]);
const shares = (lab: StakingLab, d: Address, v: number): string | undefined => {
  const found = lab.service.delegation(lab.ctx, d, operator(v));
  return found === undefined ? undefined : formatDec(found);
};
const names = {
  me: formatAddress(me),
  v0: formatOperatorAddress(operator(0)),
  v1: formatOperatorAddress(operator(1)),
};

describe("delegating", () => {
  it("moves coins to the pool of the validator, gives shares, and tells of it", () => {
    const lab = start();
    lab.diary.length = 0;
    lab.delegate(me, 0, 2_500_000n);
    expect(shares(lab, me, 0)).to.equal("2500000.000000000000000000");
    expect(lab.ledger.moduleBalance(lab.ctx, "bonded_tokens_pool")).to.equal(14_500_000n);
    expect(events(lab)).to.deep.equal([
      [
        "delegate",
        `validator=${names.v0}`,
        `delegator=${names.me}`,
        "amount=2500000uopen",
        "new_shares=2500000.000000000000000000",
      ],
    ]);
    expect(lab.diary).to.deep.equal(["beforeDelegationCreated 101 1", "afterDelegationModified 101 1"]);
    lab.diary.length = 0;
    lab.delegate(me, 0, 1n);
    expect(lab.diary).to.deep.equal([
      "beforeDelegationSharesModified 101 1",
      "afterDelegationModified 101 1",
    ]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("gives more shares for a coin once stake was slashed", () => {
    const lab = start();
    lab.service.takeStake(lab.ctx, operator(0), { amount: toUopen(1_000_000n), toModule: "x" });
    lab.delegate(me, 0, 4n);
    expect(shares(lab, me, 0)).to.equal("5.000000000000000000");
  });

  it("goes to the other pool where the validator is not bonded", () => {
    const lab = start();
    lab.service.setJailed(lab.ctx, operator(0), true);
    lab.next();
    const before = lab.ledger.moduleBalance(lab.ctx, "not_bonded_tokens_pool");
    expect(before).to.equal(5_000_000n);
    lab.delegate(me, 0, 10n);
    expect(lab.ledger.moduleBalance(lab.ctx, "not_bonded_tokens_pool")).to.equal(before + 10n);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is refused to strangers, for more than one has, in another coin, and where shares are worth nothing", () => {
    const lab = start();
    expect(rejection(() => lab.delegate(me, 9, 1n))).to.equal("staking/3");
    expect(rejection(() => lab.delegate(me, 0, 1_000_000_001n))).to.equal("sdk/5");
    const foreign = {
      delegatorAddress: names.me,
      validatorAddress: names.v0,
      amount: { denom: "uatom", amount: "1" },
    };
    expect(
      rejection(() =>
        deliver(lab.ctx, [lab.module], {
          codec: MsgDelegate,
          message: foreign,
          response: MsgDelegateResponse,
        }),
      ),
    ).to.equal("sdk/18");
    const { validators } = writing(lab.ctx);
    validators.set(operator(0), { ...validators.getOrFail(operator(0)), tokens: "0" });
    expect(rejection(() => lab.delegate(me, 0, 1n))).to.equal("staking/34");
  });
});

describe("undelegating", () => {
  it("takes shares at once and gives coins back when the time is over", () => {
    const lab = start();
    lab.delegate(me, 0, 3_000_000n);
    const reply = lab.undelegate(me, 0, 1_000_000n);
    expect(reply).to.deep.equal({
      completionTime: { seconds: 1_700_000_000n + UNBONDING, nanos: 0 },
      amount: coin(1_000_000n),
    });
    expect(events(lab)).to.deep.equal([
      [
        "unbond",
        `validator=${names.v0}`,
        `delegator=${names.me}`,
        "amount=1000000uopen",
        "completion_time=2023-11-14T22:30:00Z",
      ],
    ]);
    expect(lab.ledger.moduleBalance(lab.ctx, "not_bonded_tokens_pool")).to.equal(1_000_000n);
    const purse = lab.ledger.balance(lab.ctx, me);
    lab.next(UNBONDING - 1n);
    lab.next(1n);
    expect(lab.ledger.balance(lab.ctx, me), "a second too early").to.equal(purse);
    lab.ctx.events.length = 0;
    lab.next();
    expect(lab.ledger.balance(lab.ctx, me)).to.equal(purse + 1_000_000n);
    expect(events(lab)).to.deep.equal([
      ["complete_unbonding", "amount=1000000uopen", `validator=${names.v0}`, `delegator=${names.me}`],
    ]);
    expect([...reading(lab.ctx).unbondings.keys()]).to.deep.equal([]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is one entry for one block, and no more entries than params allow", () => {
    const lab = start();
    lab.delegate(me, 0, 3_000_000n);
    lab.undelegate(me, 0, 10n);
    lab.undelegate(me, 0, 20n);
    const entries = () =>
      reading(lab.ctx)
        .unbondings.get([me, operator(0)])
        ?.entries.map((e) => [e.creationHeight, e.balance, e.initialBalance]);
    expect(entries()).to.deep.equal([[1n, "30", "30"]]);
    lab.next();
    lab.undelegate(me, 0, 5n);
    expect(entries()).to.deep.equal([
      [1n, "30", "30"],
      [2n, "5", "5"],
    ]);
    expect(rejection(() => lab.undelegate(me, 0, 1n))).to.equal("staking/27");
  });

  it("of everything ends the delegation, though rounding asks for a crumb more", () => {
    const lab = start();
    lab.service.takeStake(lab.ctx, operator(0), { amount: toUopen(1_666_667n), toModule: "x" });
    lab.delegate(me, 0, 1_000_000n);
    lab.diary.length = 0;
    const worth =
      BigInt(
        lab.service.tokensFromShares(
          lab.service.byOperator(lab.ctx, operator(0))!,
          lab.service.delegation(lab.ctx, me, operator(0))!,
        ),
      ) /
      10n ** 18n;
    expect(worth, "half to even at the last place, then down").to.be.oneOf([999_999n, 1_000_000n]);
    lab.undelegate(me, 0, 1_000_000n);
    expect(shares(lab, me, 0)).to.equal(undefined);
    expect(lab.diary).to.deep.equal([
      "beforeDelegationSharesModified 101 1",
      "beforeDelegationRemoved 101 1",
    ]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is refused where nothing is, and beyond what is there", () => {
    const lab = start();
    expect(rejection(() => lab.undelegate(me, 9, 1n))).to.equal("staking/3");
    expect(rejection(() => lab.undelegate(me, 0, 1n))).to.equal("staking/19");
    lab.delegate(me, 0, 10n);
    expect(rejection(() => lab.undelegate(me, 0, 11n))).to.equal("sdk/18");
  });

  it("jails an operator who keeps less than it promised, and nobody else", () => {
    const lab = start();
    const { validators } = writing(lab.ctx);
    validators.set(operator(0), { ...validators.getOrFail(operator(0)), minSelfDelegation: "4000000" });
    lab.delegate(me, 0, 9_000_000n);
    lab.undelegate(me, 0, 9_000_000n);
    lab.undelegate(operator(0), 0, 1_000_000n);
    expect(lab.service.byOperator(lab.ctx, operator(0))?.isJailed, "exactly what it promised").to.equal(
      false,
    );
    lab.undelegate(operator(0), 0, 1n);
    expect(lab.service.byOperator(lab.ctx, operator(0))?.isJailed).to.equal(true);
    expect(lab.next()).to.deep.equal([
      { publicKey: lab.service.byOperator(lab.ctx, operator(0))?.publicKey, power: 0n },
    ]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("completes no more in a block than is bounded, and the rest in the next", () => {
    const lab = start([5n, 7n], { params: { maxEntries: 1_000 } });
    const { unbondingQueue } = writing(lab.ctx);
    lab.delegate(me, 0, 3_000_000n);
    lab.undelegate(me, 0, 1_000_000n);
    // Others that wait at the same moment; their entries are long paid.
    const [[time] = []] = unbondingQueue.keys();
    for (let i = 0; i < COMPLETIONS_PER_BLOCK; i++)
      unbondingQueue.add([
        time!,
        [
          delegator(2),
          new Uint8Array(20)
            .fill(9)
            .fill(i % 256, 1)
            .fill(i >> 8, 2) as Address,
        ],
      ]);
    const purse = lab.ledger.balance(lab.ctx, me);
    lab.next(UNBONDING);
    lab.next();
    lab.next();
    expect([...unbondingQueue.keys()]).to.deep.equal([]);
    expect(lab.ledger.balance(lab.ctx, me)).to.equal(purse + 1_000_000n);
  });
});

describe("cancelling an unbonding", () => {
  it("puts it back, in parts or whole", () => {
    const lab = start();
    lab.delegate(me, 0, 3_000_000n);
    lab.undelegate(me, 0, 1_000_000n);
    lab.next();
    lab.cancel(me, 0, 400_000n, 1n);
    expect(events(lab)).to.deep.equal([
      [
        "cancel_unbonding_delegation",
        "amount=400000uopen",
        `validator=${names.v0}`,
        `delegator=${names.me}`,
        "creation_height=1",
      ],
    ]);
    expect(reading(lab.ctx).unbondings.get([me, operator(0)])?.entries[0]).to.deep.include({
      balance: "600000",
      initialBalance: "600000",
    });
    lab.cancel(me, 0, 600_000n, 1n);
    expect(reading(lab.ctx).unbondings.has([me, operator(0)])).to.equal(false);
    expect(shares(lab, me, 0)).to.equal("3000000.000000000000000000");
    expect(lab.broken()).to.deep.equal([]);
    lab.next(UNBONDING);
    lab.next();
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is refused with the SDK's code for each reason", () => {
    const lab = start();
    lab.delegate(me, 0, 3_000_000n);
    lab.undelegate(me, 0, 1_000_000n);
    expect(rejection(() => lab.cancel(me, 9, 1n, 1n))).to.equal("staking/3");
    expect(
      rejection(() => lab.cancel(other, 0, 1n, 1n)),
      "a status of gRPC, which has no code",
    ).to.equal("undefined/1");
    expect(rejection(() => lab.cancel(me, 0, 1n, 2n))).to.equal("sdk/38");
    expect(rejection(() => lab.cancel(me, 0, 1_000_001n, 1n))).to.equal("sdk/18");
    lab.service.setJailed(lab.ctx, operator(0), true);
    expect(rejection(() => lab.cancel(me, 0, 1n, 1n))).to.equal("staking/7");
  });
});

describe("redelegating", () => {
  it("moves stake at once, remembers where it came from, and forgets it in time", () => {
    const lab = start();
    lab.delegate(me, 0, 3_000_000n);
    const reply = lab.redelegate(me, [0, 1], 1_000_000n);
    expect(reply.completionTime.seconds).to.equal(1_700_000_000n + UNBONDING);
    expect(events(lab)).to.deep.equal([
      [
        "redelegate",
        `source_validator=${names.v0}`,
        `destination_validator=${names.v1}`,
        "amount=1000000uopen",
        "completion_time=2023-11-14T22:30:00Z",
      ],
    ]);
    expect([shares(lab, me, 0), shares(lab, me, 1)]).to.deep.equal([
      "2000000.000000000000000000",
      "1000000.000000000000000000",
    ]);
    expect(reading(lab.ctx).redelegations.get([me, operator(0), operator(1)])?.entries[0]).to.deep.include({
      creationHeight: 1n,
      initialBalance: "1000000",
      sharesDst: decFromInt(1_000_000n).toString(),
    });
    lab.next(UNBONDING);
    lab.ctx.events.length = 0;
    lab.next();
    expect(events(lab)).to.deep.equal([
      [
        "complete_redelegation",
        "amount=1000000uopen",
        `delegator=${names.me}`,
        `source_validator=${names.v0}`,
        `destination_validator=${names.v1}`,
      ],
    ]);
    expect([...reading(lab.ctx).redelegations.keys()]).to.deep.equal([]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("does not move on what has just arrived, but others' stake there moves", () => {
    const lab = start([5n, 7n, 9n]);
    lab.delegate(me, 0, 3_000_000n);
    lab.delegate(other, 1, 3_000_000n);
    lab.redelegate(me, [0, 1], 1_000_000n);
    expect(rejection(() => lab.redelegate(me, [1, 2], 1n))).to.equal("staking/32");
    lab.redelegate(other, [1, 2], 1n);
    lab.next(UNBONDING);
    lab.next();
    lab.redelegate(me, [1, 2], 1_000_000n);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is refused to itself, to or from strangers, for crumbs, and in too many entries", () => {
    const lab = start();
    lab.delegate(me, 0, 3_000_000n);
    expect(rejection(() => lab.redelegate(me, [0, 0], 1n))).to.equal("staking/29");
    expect(rejection(() => lab.redelegate(me, [0, 9], 1n))).to.equal("staking/31");
    expect(rejection(() => lab.redelegate(me, [9, 0], 1n))).to.equal("staking/3");
    lab.redelegate(me, [0, 1], 1n);
    lab.redelegate(me, [0, 1], 1n);
    expect(rejection(() => lab.redelegate(me, [0, 1], 1n))).to.equal("staking/33");
  });

  it("moves coins between the pools where only one of the two is bonded, and is held only as long as its source is", () => {
    const lab = start();
    lab.delegate(me, 0, 3_000_000n);
    lab.service.setJailed(lab.ctx, operator(0), true);
    lab.next(300n);
    const { completionTime } = lab.redelegate(me, [0, 1], 1_000_000n);
    expect(completionTime.seconds, "when the source has left").to.equal(1_700_000_000n + UNBONDING);
    expect(
      reading(lab.ctx).redelegations.get([me, operator(0), operator(1)])?.entries[0]?.creationHeight,
    ).to.equal(1n);
    expect(lab.broken()).to.deep.equal([]);
    lab.next(UNBONDING);
    lab.next();
    expect(lab.service.byOperator(lab.ctx, operator(0))?.status).to.equal("unbonded");
    const { completionTime: never } = lab.redelegate(me, [0, 1], 1_000_000n);
    expect(never, "Go's zero time").to.deep.equal({ seconds: -62_135_596_800n, nanos: 0 });
    expect([...reading(lab.ctx).redelegations.keys()]).to.deep.equal([]);
    expect(lab.broken()).to.deep.equal([]);
  });
});
