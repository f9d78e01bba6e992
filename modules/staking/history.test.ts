import { expect } from "chai";
import fc from "fast-check";
import { formatOperatorAddress } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import { compareBytes, toHeight } from "../../chain/primitives/index.js";
import { ask } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { advance } from "../../chain/testkit/scratch-context.js";
import {
  QueryHistoricalInfoRequest,
  QueryHistoricalInfoResponse,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import { historyAt } from "./history.js";
import { operator, stakingKey as key, stakingLab } from "../../chain/testkit/staking-lab.js";
import type { StakingLab } from "../../chain/testkit/staking-lab.js";
import { reading, writing } from "./validators.js";

function block(lab: StakingLab, height: bigint): void {
  advance(lab.ctx, height);
  lab.module.beginBlock?.(lab.ctx);
  lab.module.endBlock?.(lab.ctx);
}

function keep(lab: StakingLab, historicalEntries: number): void {
  const { params } = writing(lab.ctx);
  params.set({ ...params.getOrFail(), historicalEntries });
}

const kept = (lab: StakingLab): bigint[] => [...reading(lab.ctx).history.keys()];
const sets = (lab: StakingLab): bigint[] => [...reading(lab.ctx).historicalSets.keys()];

describe("the history of headers and validators", () => {
  it("has what the header says, and the set in the engine's order", () => {
    const lab = stakingLab([5n, 7n, 7n]);
    block(lab, 1n);
    const { ctx } = lab;
    const { hist } = ask(ctx, [lab.module], {
      path: "/cosmos.staking.v1beta1.Query/HistoricalInfo",
      codec: QueryHistoricalInfoRequest,
      message: { height: 1n },
      response: QueryHistoricalInfoResponse,
    });
    expect(hist?.header).to.deep.include({
      chainId: "test-1",
      height: 1n,
      appHash: ctx.appHash,
      nextValidatorsHash: ctx.nextValidatorsHash,
    });
    const equals = [1, 2].toSorted((a, b) => compareBytes(ed25519Address(key(a)), ed25519Address(key(b))));
    expect(hist?.valset.map((v) => v.operatorAddress)).to.deep.equal(
      [...equals, 0].map((i) => formatOperatorAddress(operator(i))),
    );
  });

  it("answers for what it has, and for nothing else", () => {
    const lab = stakingLab([5n]);
    block(lab, 1n);
    const at = (height: bigint) =>
      rejection(() =>
        ask(lab.ctx, [lab.module], {
          path: "/cosmos.staking.v1beta1.Query/HistoricalInfo",
          codec: QueryHistoricalInfoRequest,
          message: { height },
          response: QueryHistoricalInfoResponse,
        }),
      );
    expect(at(2n)).to.equal("sdk/38");
    expect(at(-1n)).to.equal("sdk/18");
  });

  it("writes a set only where it differs from the one before, and forgets it with the last height that had it", () => {
    const lab = stakingLab([5n, 7n]);
    keep(lab, 4);
    for (let height = 1n; height <= 6n; height++) {
      if (height === 4n) lab.service.setJailed(lab.ctx, operator(0), true);
      block(lab, height);
    }
    expect(kept(lab)).to.deep.equal([3n, 4n, 5n, 6n]);
    expect(sets(lab), "jailed at 4: written with its new status; at 5 it is gone").to.deep.equal([
      1n,
      4n,
      5n,
    ]);
    expect([3n, 4n, 5n, 6n].map((h) => historyAt(lab.ctx, toHeight(h))?.valset.length)).to.deep.equal([
      2, 2, 1, 1,
    ]);
    for (let height = 7n; height <= 9n; height++) block(lab, height);
    expect(sets(lab)).to.deep.equal([5n]);
    expect(historyAt(lab.ctx, toHeight(6n))?.valset.length).to.equal(1);
  });

  it("forgets no more than a hundred heights in a block, and none is kept when params say none", () => {
    const lab = stakingLab([5n]);
    for (let height = 1n; height <= 250n; height++) block(lab, height);
    keep(lab, 1);
    block(lab, 251n);
    expect(kept(lab).length).to.equal(151);
    block(lab, 252n);
    block(lab, 253n);
    expect(kept(lab)).to.deep.equal([253n]);
    keep(lab, 0);
    block(lab, 254n);
    block(lab, 255n);
    expect([kept(lab), sets(lab)]).to.deep.equal([[], []]);
  });

  it("always knows the set of every height it kept, whatever is kept and whenever the set changes", () => {
    const change = fc.record({
      jail: fc.option(fc.nat(2), { nil: undefined }),
      keep: fc.option(fc.nat(5), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 5, maxLength: 25 }), (changes) => {
        const lab = stakingLab([5n, 7n, 9n, 90n]);
        const seen = new Map<bigint, string[]>();
        changes.forEach((c, i) => {
          if (c.keep !== undefined) keep(lab, c.keep);
          advance(lab.ctx, BigInt(i + 1));
          lab.module.beginBlock?.(lab.ctx);
          seen.set(BigInt(i + 1), [...reading(lab.ctx).told.keys()].map(formatOperatorAddress));
          const jailed = c.jail === undefined ? undefined : lab.service.byOperator(lab.ctx, operator(c.jail));
          if (jailed !== undefined) lab.service.setJailed(lab.ctx, jailed.operator, !jailed.isJailed);
          lab.module.endBlock?.(lab.ctx);
        });
        for (const height of kept(lab)) {
          const names = historyAt(lab.ctx, toHeight(height))?.valset.map((v) => v.operatorAddress) ?? [];
          expect(new Set(names)).to.deep.equal(new Set(seen.get(height)));
        }
      }),
      { numRuns: 40 },
    );
  });
});
