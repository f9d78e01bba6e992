import { expect } from "chai";
import fc from "fast-check";
import { Xoshiro } from "../../sidecar/random/xoshiro.js";
import {
  auc,
  bootstrap,
  leaveOneOut,
  linearDatamodeling,
  mean,
  pairedDifference,
  payoutCorrelation,
  payoutEstimate,
  pearson,
  ranks,
  spearman,
} from "./metrics.js";
import { byContributor, drawSubsets, leaveOutContributors } from "./subsets.js";

describe("rank correlations", () => {
  it("ranks share the mean of their places when values are equal", () => {
    expect([...ranks([3, 1, 3, 2])]).to.deep.equal([3.5, 1, 3.5, 2]);
  });

  it("Spearman of a hand-made example is 1 - 6 sum d^2 / (n (n^2 - 1))", () => {
    // d = 1, -1, 1, -1, 0
    expect(spearman([1, 2, 3, 4, 5], [20, 10, 40, 30, 50])).to.be.closeTo(1 - (6 * 4) / (5 * 24), 1e-12);
  });

  it("Spearman knows order only, Pearson knows lines", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 30 }), (values) => {
        expect(spearman(values, values.map((x) => Math.exp(x / 10)))).to.be.closeTo(1, 1e-12);
        expect(pearson(values, values.map((x) => 3 - 2 * x))).to.be.closeTo(-1, 1e-9);
      }),
    );
  });

  it("is undefined where one side never varies", () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).to.be.NaN;
  });
});

describe("linear datamodeling score", () => {
  const kept = [Uint8Array.of(1, 1, 0), Uint8Array.of(1, 0, 1), Uint8Array.of(0, 1, 1)];

  it("of a hand-made example: sums over kept rows against minus the loss", () => {
    // Sums 3, 5, 6; losses fall in the same order.
    const losses = [Float64Array.of(0.9), Float64Array.of(0.5), Float64Array.of(0.1)];
    expect(linearDatamodeling([Float64Array.of(1, 2, 4)], kept, losses)).to.deep.equal([1]);
    // Sums 6, 5, 3.
    expect(linearDatamodeling([Float64Array.of(4, 2, 1)], kept, losses)).to.deep.equal([-1]);
    // Sums 3, 6, 5: d = 0, 1, -1, hence 1 - 6 x 2 / (3 x 8).
    expect(linearDatamodeling([Float64Array.of(1, 2, 5)], kept, [0.9, 0.1, 0.5].map((x) => Float64Array.of(x)))[0]).to.be.closeTo(0.5, 1e-12);
  });

  it("is 1 for whoever knows a linear model, and does not see scale or a constant", () => {
    const random = new Xoshiro(1n);
    const truth = Float64Array.from({ length: 30 }, () => random.normal());
    const subsets = drawSubsets(30, 40, { share: 0.5, seed: 2n });
    const losses = subsets.map((own) => Float64Array.of(7 - own.reduce((sum, k, i) => sum + k * (truth[i] ?? 0), 0)));
    expect(linearDatamodeling([truth, truth.map((x) => 3 * x + 1)], subsets, losses.map(([x = 0]) => Float64Array.of(x, x)))).to.deep.equal([1, 1]);
  });

  it("is about 0 for a guess", () => {
    const random = new Xoshiro(3n);
    const guesses = Array.from({ length: 200 }, () => Float64Array.from({ length: 30 }, () => random.normal()));
    const subsets = drawSubsets(30, 40, { share: 0.5, seed: 2n });
    const losses = subsets.map(() => Float64Array.from(guesses, () => random.normal()));
    expect(mean(linearDatamodeling(guesses, subsets, losses))).to.be.closeTo(0, 0.05);
  });
});

describe("figures over contributors", () => {
  it("leave-one-out compares influence with the rise of the loss in absence", () => {
    const rises = [Float64Array.of(0.3, -0.1), Float64Array.of(0.1, 0.2), Float64Array.of(-0.2, 0.5)];
    expect(leaveOneOut([Float64Array.of(9, 4, 1), Float64Array.of(9, 4, 1)], rises)).to.deep.equal([1, -1]);
  });

  it("payout compares totals over queries", () => {
    const rises = [Float64Array.of(1, 3), Float64Array.of(0, 2), Float64Array.of(-1, -1)];
    const influence = [Float64Array.of(5, 0, -1), Float64Array.of(-1, 2, -1)];
    expect(payoutCorrelation(influence, rises)).to.be.closeTo(pearson([4, 2, -2], [2, 1, -1]), 1e-12);
    const { mean: value, low, high } = payoutEstimate(influence, rises);
    expect(value).to.be.within(low, high);
  });

  it("rows sum by contributor, with their signs", () => {
    expect([...byContributor([1, -2, 4], [0, 1, 0], 3)]).to.deep.equal([5, -2, 0]);
    expect(leaveOutContributors([0, 1, 0], 2).map((w) => [...w])).to.deep.equal([[0, 1, 0], [1, 0, 1]]);
  });

  it("subsets keep their share and follow from the seed", () => {
    const draw = (): Uint8Array[] => drawSubsets(41, 5, { share: 0.95, seed: 8n });
    expect(draw()).to.deep.equal(draw());
    for (const own of draw()) expect(own.reduce((a, b) => a + b, 0)).to.equal(39);
  });
});

describe("area under the curve", () => {
  it("counts pairs in the right order, ties as halves", () => {
    // Positives 3 and 1 against 2, 1, 0: 3 + (0 + 1/2 + 1) of 6.
    expect(auc([3, 2, 1, 1, 0], [true, false, true, false, false])).to.be.closeTo(4.5 / 6, 1e-12);
    expect(auc([0, 0, 0], [true, false, false])).to.equal(0.5);
  });
});

describe("bootstrap intervals", () => {
  it("hold the true mean about as often as they say", () => {
    const random = new Xoshiro(11n);
    let held = 0;
    for (let t = 0; t < 100; t++) {
      const { low, high } = bootstrap(Float64Array.from({ length: 40 }, () => 2 + random.normal()), BigInt(t));
      if (low <= 2 && 2 <= high) held += 1;
    }
    expect(held).to.be.within(85, 100);
  });

  it("are as wide as the standard error makes them", () => {
    const { low, high, n } = bootstrap(Array.from({ length: 100 }, (_, i) => i % 2));
    expect(n).to.equal(100);
    expect(high - low).to.be.closeTo(2 * 1.96 * 0.05, 0.03);
  });

  it("follow from the seed and leave undefined units out", () => {
    const units = [1, 2, Number.NaN, 4];
    expect(bootstrap(units, 5n)).to.deep.equal(bootstrap(units, 5n));
    expect(bootstrap(units).n).to.equal(3);
    expect(bootstrap(units).mean).to.be.closeTo(7 / 3, 1e-12);
  });

  it("of differences in pairs are narrow where two methods err alike", () => {
    const a = Array.from({ length: 30 }, (_, i) => i / 30);
    const { low, high } = pairedDifference(a, a.map((x) => x - 0.1));
    expect(low).to.be.closeTo(0.1, 1e-9);
    expect(high).to.be.closeTo(0.1, 1e-9);
  });
});
