import { expect } from "chai";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import { scoreShares } from "../../modules/attribution/rules/shares.js";
import { zeroMoments } from "../lora/adam.js";
import type { Moments } from "../lora/adam.js";
import { batchAt } from "../lora/data.js";
import { pearson } from "../testkit/tiny-lora.js";
import { clouds, lossOf, regression } from "../testkit/regression.js";
import type { Example } from "../testkit/regression.js";
import { takeStep, weigh } from "./course.js";
import { influenceVectors } from "./influence.js";
import { GAUSS_3, integratedVectors } from "./integrated.js";
import { adam, descent } from "./optimizer.js";
import type { Optimizer } from "./optimizer.js";
import { quantise } from "./quantise.js";
import { byOwner, copyMoments, epochGradient, integerScores, replayEpoch } from "./replay.js";
import type { ReplayStep } from "./replay.js";
import { innerProduct } from "./trainable.js";

const CLASSES = 3;
const WIDTH = 6;
const SGD = descent({ rate: 0.02, momentum: 0.5 });
const ADAM = adam({ rateNano: 20_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 });
const pause = (): Promise<void> => Promise.resolve();

interface Setting {
  readonly examples: readonly Example[];
  readonly owners: readonly number[];
  readonly count: number;
  readonly optimizer?: Optimizer;
  readonly weights?: readonly number[];
  readonly steps?: number;
}

interface Run {
  readonly theta: Float32Array;
  readonly tangents: readonly Float32Array[];
  readonly steps: readonly ReplayStep[];
}

async function train({ examples, owners, count, optimizer = SGD, weights, steps = 30 }: Setting): Promise<Run> {
  const model = regression(examples, CLASSES);
  const state = { adapter: zeroMoments(model.size), tangents: Array.from({ length: count }, () => zeroMoments(model.size)) };
  const job = { seed: 3n, batchSize: 16 };
  const taken: ReplayStep[] = [];
  for (let step = 1; step <= steps; step++) {
    const batch = weigh(model.units, batchAt(job, examples.length, BigInt(16 * (step - 1))), weights);
    taken.push({ state: copyMoments(state.adapter), batch, step });
    await takeStep(model, state, { batch, groups: owners, optimizer, step }, pause);
  }
  return { theta: state.adapter.theta, tangents: state.tangents.map((t: Moments) => t.theta), steps: taken };
}

const examples = clouds(48, { classes: CLASSES, width: WIDTH, seed: 1n });
const queries = clouds(12, { classes: CLASSES, width: WIDTH, seed: 1n }).slice(3).map((q, i) => ({ ...q, features: q.features.map((x) => x + 0.1 * i) }));
const six = examples.map((_, i) => i % 6);

function queryGradient(theta: Float32Array, query: Example): Float32Array {
  return regression([query], CLASSES).perSample(theta, [0], [1]).gradients[0] ?? new Float32Array(0);
}

const shares = (scores: readonly { contributor: string; score: bigint }[]): bigint[] => scoreShares(scores).map((s) => s.ppm);

describe("attribution, whatever the model", () => {
  for (const [name, optimizer] of [["gradient descent", SGD], ["Adam", ADAM]] as const) {
    it(`predicts leave-one-out retraining with ${name}`, async () => {
      const whole = await train({ examples, owners: six, count: 6, optimizer });
      const predicted: number[] = [];
      const found: number[] = [];
      for (let c = 0; c < 6; c++) {
        const { theta } = await train({ examples, owners: [], count: 0, optimizer, weights: six.map((o) => (o === c ? 0 : 1)) });
        for (const q of queries) {
          predicted.push(-innerProduct(queryGradient(whole.theta, q), whole.tangents[c] ?? []));
          found.push(lossOf(theta, q, CLASSES) - lossOf(whole.theta, q, CLASSES));
        }
      }
      expect(pearson(predicted, found)).to.be.greaterThan(0.9);
    });

    it(`says the same backwards (replay-epoch-v1) as forwards (tangent-v1) with ${name}`, async () => {
      const run = await train({ examples, owners: six, count: 6, optimizer });
      const model = regression(examples, CLASSES);
      const paid = queries.map((q, i) => ({ gradient: quantise(queryGradient(run.theta, q)), fee: BigInt(1 + i) }));
      const gradient = epochGradient(paid, model.size);
      const { rows } = await replayEpoch(model, { steps: run.steps, optimizer, gradient }, pause);
      const backward = [...byOwner(rows, six, 6)];
      const forward = run.tangents.map((t) => -innerProduct(gradient, t));
      expect(pearson(forward, backward)).to.be.greaterThan(0.9999);
      forward.forEach((x, c) => expect(backward[c]).to.be.closeTo(x, 1e-3 * Math.max(...forward.map(Math.abs))));
    });
  }

  it("pays several names of one person what it pays the person", async () => {
    const split = six.map((o, i) => (o === 2 ? (i % 12 < 6 ? 2 : 6) : o));
    const [one, two] = [await train({ examples, owners: six, count: 6 }), await train({ examples, owners: split, count: 7 })];
    const q = queryGradient(one.theta, queries[0] ?? { features: [], label: 0 });
    const merged = innerProduct(q, one.tangents[2] ?? []);
    const parts = innerProduct(q, two.tangents[2] ?? []) + innerProduct(q, two.tangents[6] ?? []);
    expect(Math.abs(parts - merged)).to.be.lessThan(1e-6 * Math.max(1, Math.abs(merged)));
    const model = regression(examples, CLASSES);
    for (const method of ["ef-v1", "gn-v1"] as const) {
      const whole = await influenceVectors(model, method, { theta: one.theta, owners: six, count: 6, seed: 1n }, pause);
      const apart = await influenceVectors(model, method, { theta: one.theta, owners: split, count: 7, seed: 1n }, pause);
      const sum = innerProduct(q, apart[2] ?? []) + innerProduct(q, apart[6] ?? []);
      expect(Math.abs(sum - innerProduct(q, whole[2] ?? []))).to.be.lessThan(1e-6 * Math.max(1, Math.abs(sum)));
    }
  });

  it("divides between two who brought the same rows, within 5 %", async () => {
    const twice = [...examples, ...examples.filter((_, i) => six[i] === 0)];
    const owners = [...six, ...six.filter((o) => o === 0).map(() => 6)];
    const { theta, tangents } = await train({ examples: twice, owners, count: 7, steps: 70 });
    for (const query of queries) {
      const q = queryGradient(theta, query);
      const [a, b] = [innerProduct(q, tangents[0] ?? []), innerProduct(q, tangents[6] ?? [])];
      if (Math.abs(a) > 0.02) expect(Math.abs(a - b) / Math.abs(a + b)).to.be.lessThan(0.05);
    }
    const q = queryGradient(theta, queries[0] ?? { features: [], label: 0 });
    const total = (list: readonly Float32Array[]): number => list.reduce((sum, t) => sum + innerProduct(q, t), 0);
    const ef = await influenceVectors(regression(twice, CLASSES), "ef-v1", { theta, owners, count: 7, seed: 1n }, pause);
    expect(innerProduct(q, ef[0] ?? [])).to.be.closeTo(innerProduct(q, ef[6] ?? []), 1e-6 * Math.abs(total(ef)) + 1e-9);
  });

  it("gives shares that sum to a million, and nothing for rows that touch no query", async () => {
    const apart = examples.map((e, i) => ({ ...e, features: six[i] === 5 ? [...e.features.map(() => 0), 1] : [...e.features, 0] }));
    const { theta, tangents } = await train({ examples: apart, owners: six, count: 6 });
    const query = quantise(queryGradient(theta, { features: [...(queries[0]?.features ?? []), 0], label: 1 }));
    const { scores } = scoreVectors(query, tangents.map((t, c) => ({ contributor: `c${c}`, ...quantise(t) })));
    expect(scores[5]?.score).to.equal(0n);
    expect(shares(scores)[5]).to.equal(0n);
    expect(shares(scores).reduce((a, b) => a + b, 0n)).to.equal(1_000_000n);
  });

  it("pays nothing for rows that were never in a batch", async () => {
    const { theta, tangents } = await train({ examples, owners: examples.map((_, i) => (i < 40 ? 0 : 1)), count: 3 });
    const { scores } = scoreVectors(quantise(theta), tangents.map((t, c) => ({ contributor: `c${c}`, ...quantise(t) })));
    expect(scores[2]?.score).to.equal(0n);
  });

  it("integrated over the weights, sums to what the data did to the loss", async () => {
    const nodes = await Promise.all(
      GAUSS_3.map(({ weight }) => train({ examples, owners: six, count: 6, weights: six.map(() => weight) })),
    );
    const whole = await train({ examples, owners: six, count: 6 });
    const [found, integrated, single] = [0, 0, 0].map(() => [] as number[]);
    for (const q of queries) {
      const drop = lossOf(new Float32Array(whole.theta.length), q, CLASSES) - lossOf(whole.theta, q, CLASSES);
      const along = GAUSS_3.reduce((sum, { share }, i) => {
        const run = nodes[i];
        const gradient = queryGradient(run?.theta ?? whole.theta, q);
        return sum - share * (run?.tangents ?? []).reduce((s, t) => s + innerProduct(gradient, t), 0);
      }, 0);
      found?.push(drop);
      integrated?.push(along);
      single?.push(-whole.tangents.reduce((s, t) => s + innerProduct(queryGradient(whole.theta, q), t), 0));
    }
    const error = (list: readonly number[] = []): number => Math.max(...list.map((x, i) => Math.abs(x - (found?.[i] ?? 0))));
    expect(error(integrated)).to.be.lessThan(0.01 * Math.max(...(found ?? []).map(Math.abs)));
    expect(error(integrated)).to.be.lessThan(error(single));
    const mean = integratedVectors(GAUSS_3, nodes.map((n) => n.tangents));
    expect(mean[4]?.[7]).to.be.closeTo(GAUSS_3.reduce((s, { share }, i) => s + share * (nodes[i]?.tangents[4]?.[7] ?? 0), 0), 1e-6);
  });

  it("turns signed scores into integers of one unit", () => {
    const { scores, exponent } = integerScores([3, -1.5, 0]);
    expect(scores).to.deep.equal([3n << BigInt(-exponent), -(3n << BigInt(-exponent - 1)), 0n]);
    expect(scores[0] !== undefined && scores[0] > 1n << 38n).to.equal(true);
    expect(() => integerScores([NaN])).to.throw();
    expect(integerScores([0]).scores).to.deep.equal([0n]);
  });
});
