import { expect } from "chai";
import fc from "fast-check";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import { UOPEN_PER_OPEN, parseDec, toHeight, toVotingPower } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { deliver } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { delegator, operator, stakingKey, stakingLab } from "../../chain/testkit/staking-lab.js";
import * as wire from "../../proto/gen/cosmos/staking/v1beta1.js";
import { CROWD, leastLeaving } from "./rules/crowd.js";
import { reading, writing } from "./validators.js";

const OPEN = UOPEN_PER_OPEN;
const me = delegator(0);
const uopen = (amount: bigint) => ({ denom: "uopen", amount: amount.toString() });

/** `crowd`: entries that are on their way from the first validator already; tests of the rule need not make them all. */
function start(crowd = 0n) {
  const lab = stakingLab([1_000n, 1_000n]);
  if (crowd > 0n) writing(lab.ctx).leaving.set(operator(0), crowd);
  const own = (who: Address) => ({ delegatorAddress: formatAddress(who), validatorAddress: formatOperatorAddress(operator(0)) });
  const at = (height: bigint): void => {
    lab.ctx.block = { ...lab.ctx.block, height: toHeight(height) };
  };
  at(5n);
  return {
    ...lab,
    at,
    delegate: (amount: bigint, who = me) =>
      deliver(lab.ctx, [lab.module], { codec: wire.MsgDelegate, response: wire.MsgDelegateResponse, message: { ...own(who), amount: uopen(amount) } }),
    undelegate: (amount: bigint, who = me) =>
      deliver(lab.ctx, [lab.module], { codec: wire.MsgUndelegate, response: wire.MsgUndelegateResponse, message: { ...own(who), amount: uopen(amount) } }),
    redelegate: (amount: bigint) =>
      deliver(lab.ctx, [lab.module], {
        codec: wire.MsgBeginRedelegate,
        response: wire.MsgBeginRedelegateResponse,
        message: {
          delegatorAddress: formatAddress(me),
          validatorSrcAddress: formatOperatorAddress(operator(0)),
          validatorDstAddress: formatOperatorAddress(operator(1)),
          amount: uopen(amount),
        },
      }),
    cancel: (amount: bigint, creationHeight: bigint) =>
      deliver(lab.ctx, [lab.module], {
        codec: wire.MsgCancelUnbondingDelegation,
        response: wire.MsgCancelUnbondingDelegationResponse,
        message: { ...own(me), amount: uopen(amount), creationHeight },
      }),
    leaving: () => reading(lab.ctx).leaving.get(operator(0)) ?? 0n,
  };
}

describe("many who leave one validator", () => {
  it("leave with any amount while they are few, and with one OPEN more for each crowd before them", () => {
    expect([0n, CROWD - 1n, CROWD, 2n * CROWD - 1n, 2n * CROWD, 50n * CROWD].map(leastLeaving)).to.deep.equal([0n, 0n, OPEN, OPEN, 2n * OPEN, 50n * OPEN]);
  });

  it("have to lock an amount that grows with the square of their number", () => {
    const locked = (n: bigint): bigint => {
      let sum = 0n;
      for (let k = 0n; k < n; k++) sum += leastLeaving(k);
      return sum;
    };
    expect(locked(100_000n)).to.equal(2_450_000n * OPEN);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 20n }), (crowds) => {
        expect(locked(crowds * CROWD)).to.equal((CROWD * crowds * (crowds - 1n) * OPEN) / 2n);
      }),
      { numRuns: 10 },
    );
  });

  it("are each counted once, whether withdrawn or moved, and until their time is over", () => {
    const lab = start();
    lab.delegate(100n * OPEN);
    lab.undelegate(1n);
    lab.undelegate(1n);
    expect(lab.leaving(), "one block's withdrawals are one entry").to.equal(1n);
    lab.at(6n);
    lab.undelegate(1n);
    lab.redelegate(5n);
    lab.redelegate(5n);
    expect(lab.leaving()).to.equal(4n);
    expect(lab.broken()).to.deep.equal([]);
    lab.cancel(1n, 6n);
    expect(lab.leaving()).to.equal(3n);
    const { ctx } = lab;
    ctx.block = { ...ctx.block, time: (ctx.block.time + 1_814_401n * 1_000_000_000n) as typeof ctx.block.time };
    lab.module.endBlock?.(ctx);
    expect([lab.leaving(), lab.broken()]).to.deep.equal([0n, []]);
  });

  it("with less than it takes are refused, and may add to what is leaving in the same block", () => {
    const lab = start(2n * CROWD);
    lab.delegate(100n * OPEN);
    expect(rejection(() => lab.undelegate(2n * OPEN - 1n))).to.equal("sdk/18");
    expect(rejection(() => lab.redelegate(2n * OPEN - 1n))).to.equal("sdk/18");
    lab.undelegate(2n * OPEN);
    lab.undelegate(1n);
    lab.redelegate(2n * OPEN);
    expect(lab.leaving()).to.equal(2n * CROWD + 2n);
  });

  it("cannot shrink to crumbs by taking back most of it", () => {
    const lab = start(2n * CROWD);
    lab.delegate(100n * OPEN);
    lab.undelegate(10n * OPEN);
    expect(rejection(() => lab.cancel(10n * OPEN - 1n, 5n))).to.equal("sdk/18");
    lab.cancel(8n * OPEN, 5n);
    lab.cancel(2n * OPEN, 5n);
    expect(lab.leaving()).to.equal(2n * CROWD);
  });

  it("of whom a slash takes nothing that can be counted are read and not written, and all that it takes is handed over at once", () => {
    const lab = start();
    for (const [n, amount] of [1_000n, 19n, 500n].entries()) {
      lab.delegate(amount, delegator(n));
      lab.undelegate(amount, delegator(n));
    }
    lab.at(6n);
    const before = lab.community();
    lab.ctx.events.length = 0;
    const fault = { consensusAddress: ed25519Address(stakingKey(0)), infractionHeight: toHeight(5n), power: toVotingPower(0n), fraction: parseDec("0.05") };
    lab.service.slash(lab.ctx, fault);
    expect(lab.community() - before).to.equal(75n);
    const left = [0, 1, 2].map((n) => reading(lab.ctx).unbondings.get([delegator(n), operator(0)])?.entries[0]?.balance);
    expect(left).to.deep.equal(["950", "19", "475"]);
    expect(lab.broken()).to.deep.equal([]);
  });
});
