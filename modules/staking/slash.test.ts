import { expect } from "chai";
import fc from "fast-check";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import {
  DEC_ZERO,
  Fault,
  formatDec,
  parseDec,
  toHeight,
  toUopen,
  toVotingPower,
} from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { deliver } from "../../chain/testkit/deliver.js";
import { delegator, operator, stakingKey, stakingLab } from "../../chain/testkit/staking-lab.js";
import {
  MsgBeginRedelegate,
  MsgBeginRedelegateResponse,
  MsgDelegate,
  MsgDelegateResponse,
  MsgUndelegate,
  MsgUndelegateResponse,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import { reading } from "./validators.js";

const OPEN = 1_000_000n;
const me = delegator(0);

function start(powers: readonly bigint[]) {
  const lab = stakingLab(powers, { params: { unbondingTime: { seconds: 1_000n, nanos: 0 } } });
  const names = (d: Address, v: number, amount: bigint) => {
    return {
      delegatorAddress: formatAddress(d),
      validatorAddress: formatOperatorAddress(operator(v)),
      amount: { denom: "uopen", amount: amount.toString() },
    };
  };
  const slash = (
    v: number,
    of: { readonly fraction: string; readonly power: bigint; readonly height?: bigint },
  ): bigint =>
    lab.service.slash(lab.ctx, {
      consensusAddress: ed25519Address(stakingKey(v)),
      infractionHeight: toHeight(of.height ?? lab.ctx.block.height),
      power: toVotingPower(of.power),
      fraction: parseDec(of.fraction),
    });
  return {
    ...lab,
    slash,
    delegate: (d: Address, v: number, amount: bigint, ctx = lab.ctx) =>
      void deliver(ctx, [lab.module], {
        codec: MsgDelegate,
        message: names(d, v, amount),
        response: MsgDelegateResponse,
      }),
    undelegate: (d: Address, v: number, amount: bigint, ctx = lab.ctx) =>
      void deliver(ctx, [lab.module], {
        codec: MsgUndelegate,
        message: names(d, v, amount),
        response: MsgUndelegateResponse,
      }),
    redelegate(d: Address, [from, to]: readonly [number, number], amount: bigint, ctx = lab.ctx) {
      const { validatorAddress, ...rest } = names(d, from, amount);
      const message = {
        ...rest,
        validatorSrcAddress: validatorAddress,
        validatorDstAddress: formatOperatorAddress(operator(to)),
      };
      deliver(ctx, [lab.module], {
        codec: MsgBeginRedelegate,
        message,
        response: MsgBeginRedelegateResponse,
      });
    },
    tokens: (v: number) => lab.service.byOperator(lab.ctx, operator(v))?.tokens,
    leaving: (d: Address, v: number) =>
      reading(lab.ctx)
        .unbondings.get([d, operator(v)])
        ?.entries.map((e) => e.balance),
  };
}

describe("slashing a validator", () => {
  it("takes the fraction of the power it had, to the community, and tells before it does", () => {
    const lab = start([10n, 7n]);
    lab.diary.length = 0;
    expect(lab.slash(0, { fraction: "0.05", power: 10n })).to.equal(500_000n);
    expect(lab.diary).to.deep.equal([
      "beforeValidatorModified 1",
      `beforeValidatorSlashed 1 ${parseDec("0.05")}`,
    ]);
    expect([lab.tokens(0), lab.community()]).to.deep.equal([9_500_000n, 500_000n]);
    expect(formatDec(lab.service.byOperator(lab.ctx, operator(0))!.delegatorShares), "shares stay").to.equal(
      "10000000.000000000000000000",
    );
    expect(lab.next().map((u) => u.power)).to.deep.equal([9n]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("never takes more than there is, and tells the effective fraction, rounded up, at most the whole", () => {
    const lab = start([3n, 7n]);
    lab.diary.length = 0;
    expect(lab.slash(0, { fraction: "1", power: 9n })).to.equal(3n * OPEN);
    expect(lab.diary.at(-1)).to.equal(`beforeValidatorSlashed 1 ${parseDec("1")}`);
    expect(lab.tokens(0)).to.equal(0n);
    expect(lab.slash(0, { fraction: "1", power: 9n }), "nothing is left").to.equal(0n);
    expect(lab.diary.at(-1)).to.equal("beforeValidatorModified 1");
    expect(lab.next().map((u) => u.power)).to.deep.equal([0n]);
    expect(lab.broken()).to.deep.equal([]);
    const thirds = start([3n, 7n]);
    thirds.diary.length = 0;
    thirds.slash(0, { fraction: "0.333333333333333334", power: 3n });
    expect(thirds.diary.at(-1)).to.equal(`beforeValidatorSlashed 1 ${parseDec("0.333333333333333334")}`);
  });

  it("takes nothing from the unknown and from those whose time is over, and refuses what cannot be", () => {
    const lab = start([3n, 7n]);
    expect(lab.slash(9, { fraction: "0.1", power: 3n })).to.equal(0n);
    lab.service.setJailed(lab.ctx, operator(0), true);
    lab.next(1_000n);
    expect(lab.slash(0, { fraction: "0.1", power: 3n }), "it is still unbonding").to.equal(300_000n);
    lab.next();
    expect(lab.slash(0, { fraction: "0.1", power: 3n })).to.equal(0n);
    expect(() => lab.slash(1, { fraction: "-0.1", power: 3n })).to.throw(Fault);
    expect(() => lab.slash(1, { fraction: "0.1", power: 3n, height: 99n })).to.throw(Fault);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("takes from an unbonding validator out of the other pool", () => {
    const lab = start([3n, 7n]);
    lab.service.jail(lab.ctx, ed25519Address(stakingKey(0)));
    lab.next();
    expect(lab.slash(0, { fraction: "0.5", power: 3n })).to.equal(1_500_000n);
    expect(lab.ledger.moduleBalance(lab.ctx, "not_bonded_tokens_pool")).to.equal(1_500_000n);
    expect(lab.broken()).to.deep.equal([]);
  });
});

describe("stake that left since", () => {
  it("pays first, each entry on what it began with; what left before does not pay", () => {
    const lab = start([10n, 7n]);
    lab.delegate(me, 0, 10n * OPEN);
    lab.undelegate(me, 0, 2n * OPEN);
    lab.next();
    lab.next();
    lab.undelegate(me, 0, 4n * OPEN);
    lab.next();
    expect(lab.slash(0, { fraction: "0.1", power: 18n, height: 2n }), "1.8 less 0.4 that left").to.equal(
      1_400_000n,
    );
    expect(lab.leaving(me, 0)).to.deep.equal(["2000000", "3600000"]);
    expect(lab.community()).to.equal(1_800_000n);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("pays nothing for what happens at this very height, nor once its time is over", () => {
    const lab = start([10n, 7n]);
    lab.delegate(me, 0, 10n * OPEN);
    lab.undelegate(me, 0, 2n * OPEN);
    expect(lab.slash(0, { fraction: "0.1", power: 20n })).to.equal(2n * OPEN);
    expect(lab.leaving(me, 0)).to.deep.equal(["2000000"]);
    lab.ctx.block = {
      ...lab.ctx.block,
      height: toHeight(5n),
      time: (lab.ctx.block.time + 1_000_000_000_000n) as never,
    };
    expect(lab.slash(0, { fraction: "0.1", power: 10n, height: 1n })).to.equal(OPEN);
    expect(lab.leaving(me, 0), "matured, though not yet paid out").to.deep.equal(["2000000"]);
  });

  it("is asked for all it owed, though less is left of it", () => {
    const lab = start([10n, 7n]);
    lab.delegate(me, 0, 10n * OPEN);
    lab.next();
    lab.undelegate(me, 0, 4n * OPEN);
    lab.next();
    lab.slash(0, { fraction: "0.9", power: 1n, height: 2n });
    expect(lab.leaving(me, 0)).to.deep.equal(["400000"]);
    const before = lab.community();
    expect(
      lab.slash(0, { fraction: "0.9", power: 20n, height: 2n }),
      "18 less 3.6 asked, not less 0.4 got",
    ).to.equal(14_400_000n);
    expect(lab.community() - before).to.equal(14_800_000n);
    expect(lab.leaving(me, 0)).to.deep.equal(["0"]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("that moved pays out of the validator it moved to, and from what leaves there already", () => {
    const lab = start([10n, 7n]);
    lab.delegate(me, 0, 10n * OPEN);
    lab.next();
    lab.redelegate(me, [0, 1], 6n * OPEN);
    lab.next();
    lab.diary.length = 0;
    expect(lab.slash(0, { fraction: "0.5", power: 20n, height: 2n })).to.equal(7n * OPEN);
    expect(lab.service.delegation(lab.ctx, me, operator(1))).to.equal(parseDec("3000000"));
    expect([lab.tokens(0), lab.tokens(1), lab.community()]).to.deep.equal([
      7n * OPEN,
      10n * OPEN,
      10n * OPEN,
    ]);
    expect(lab.diary).to.include("beforeDelegationSharesModified 101 2");
    expect(lab.broken()).to.deep.equal([]);

    const left = start([10n, 7n]);
    left.delegate(me, 0, 10n * OPEN);
    left.next();
    left.redelegate(me, [0, 1], 6n * OPEN);
    left.undelegate(me, 1, 6n * OPEN);
    left.next();
    expect(left.slash(0, { fraction: "0.5", power: 20n, height: 2n })).to.equal(7n * OPEN);
    expect(left.leaving(me, 1), "all three are taken from what leaves").to.deep.equal(["3000000"]);
    expect(left.community()).to.equal(10n * OPEN);
    expect(left.broken()).to.deep.equal([]);
  });

  it("may take the last share of a validator that nobody signs with, which is then forgotten", () => {
    const lab = start([10n, 7n, 1n]);
    lab.delegate(me, 0, 10n * OPEN);
    lab.service.setJailed(lab.ctx, operator(2), true);
    lab.next(1_000n);
    lab.next();
    lab.redelegate(me, [0, 2], 2n * OPEN);
    lab.undelegate(operator(2), 2, OPEN);
    lab.next();
    expect(lab.service.byOperator(lab.ctx, operator(2))?.status).to.equal("unbonded");
    lab.slash(0, { fraction: "1", power: 2n, height: 2n });
    expect(lab.service.byOperator(lab.ctx, operator(2))).to.equal(undefined);
    expect(lab.broken()).to.deep.equal([]);
  });
});

describe("jail and stake taken by other modules", () => {
  it("is known by consensus address or operator, and repeats nothing", () => {
    const lab = start([3n, 7n]);
    const consensus = ed25519Address(stakingKey(0));
    lab.service.jail(lab.ctx, consensus);
    lab.service.jail(lab.ctx, consensus);
    lab.service.jail(lab.ctx, new Uint8Array(20));
    expect(lab.service.byOperator(lab.ctx, operator(0))).to.deep.include({
      isJailed: true,
      power: 0n,
      stakedPower: 3n,
      status: "bonded",
    });
    lab.service.unjail(lab.ctx, consensus);
    lab.service.unjail(lab.ctx, consensus);
    expect(lab.next(), "nothing to tell").to.deep.equal([]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("takes coins, never the last OPEN, to whichever module asks, and listeners hear the fraction", () => {
    const lab = start([5n, 7n]);
    lab.diary.length = 0;
    const take = (amount: bigint): bigint =>
      lab.service.takeStake(lab.ctx, operator(0), { amount: toUopen(amount), toModule: "judge" });
    expect([take(10n * OPEN), take(1n), take(0n)]).to.deep.equal([4n * OPEN, 0n, 0n]);
    expect(lab.diary).to.deep.equal([`beforeValidatorSlashed 1 ${parseDec("0.8")}`]);
    expect(lab.ledger.moduleBalance(lab.ctx, "judge")).to.equal(4n * OPEN);
    expect(lab.broken()).to.deep.equal([]);
  });
});

describe("whatever is slashed, and whenever", () => {
  it("goes to the community uopen for uopen, and the books stay right", () => {
    const fault = fc.record({
      kind: fc.constant("slash" as const),
      v: fc.nat(2),
      percent: fc.nat(100),
      back: fc.nat(5),
      power: fc.bigInt({ min: 0n, max: 30n }),
    });
    const part = fc.bigInt({ min: 1n, max: 1_000_000n });
    const stake = fc.record({
      kind: fc.constantFrom("delegate" as const, "undelegate" as const, "redelegate" as const),
      v: fc.nat(2),
      d: fc.nat(2),
      part,
    });
    const jail = fc.record({ kind: fc.constantFrom("jail" as const, "unjail" as const), v: fc.nat(2) });
    const act = fc.oneof(fault, stake, jail);
    const play = (
      lab: ReturnType<typeof start>,
      a: typeof act extends fc.Arbitrary<infer T> ? T : never,
    ): void => {
      const validator = lab.service.byOperator(lab.ctx, operator(a.v));
      if (validator === undefined) return;
      if (a.kind === "slash") {
        const height = lab.ctx.block.height - BigInt(a.back);
        lab.slash(a.v, {
          fraction: (a.percent / 100).toFixed(2),
          power: a.power,
          height: height > 1n ? height : 1n,
        });
      } else if (!("part" in a)) {
        if (a.v > 0) lab.service.setJailed(lab.ctx, operator(a.v), a.kind === "jail");
      } else {
        const who = delegator(a.d);
        const worth =
          lab.service.tokensFromShares(
            validator,
            lab.service.delegation(lab.ctx, who, operator(a.v)) ?? DEC_ZERO,
          ) /
          10n ** 18n;
        const some = (worth * a.part) / 1_000_000n;
        lab.attempt((ctx) => {
          if (a.kind === "delegate") lab.delegate(who, a.v, a.part, ctx);
          if (a.kind === "undelegate") lab.undelegate(who, a.v, some, ctx);
          if (a.kind === "redelegate") lab.redelegate(who, [a.v, (a.v + 1) % 3], some, ctx);
        });
      }
    };
    fc.assert(
      fc.property(fc.array(fc.array(act, { maxLength: 5 }), { minLength: 1, maxLength: 14 }), (blocks) => {
        const lab = start([20n, 9n, 5n]);
        const supply = lab.ledger.supply(lab.ctx);
        for (const acts of blocks) {
          for (const a of acts) play(lab, a);
          lab.next(170n);
          expect(lab.broken()).to.deep.equal([]);
          expect(lab.ledger.supply(lab.ctx)).to.equal(supply);
        }
      }),
      { numRuns: 100 },
    );
  });
});
