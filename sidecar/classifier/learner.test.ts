import { expect } from "chai";
import { Reject } from "../../chain/primitives/index.js";
import { innerProduct } from "../attribution/trainable.js";
import type { Point, Trainable } from "../attribution/trainable.js";
import { Xoshiro } from "../random/xoshiro.js";
import { TINY_NUMERIC, TINY_TEXT, numericRows, textRows, tinyClassifier } from "../testkit/tiny-classifier.js";
import type { CorpusRow } from "../types.js";
import { rowSequence } from "./classifier.js";
import type { ClassifierConfig } from "./config.js";
import { classifierLearner } from "./learner.js";

const DEEP: ClassifierConfig = { ...TINY_NUMERIC, hidden: [5, 4], activation: "silu" };
const SETTINGS: readonly (readonly [ClassifierConfig, readonly CorpusRow[]])[] = [
  [TINY_TEXT, textRows(12, 3)],
  [TINY_NUMERIC, numericRows(12, 3)],
  [DEEP, numericRows(12, 3)],
];

async function modelOf(config: ClassifierConfig, rows: readonly CorpusRow[]): Promise<Trainable> {
  const classifier = await tinyClassifier(config);
  return classifierLearner(classifier).samples(rows.map((row) => rowSequence(classifier, row)));
}

function noise(size: number, seed: bigint, scale: number): Float32Array {
  const random = new Xoshiro(seed);
  return Float32Array.from({ length: size }, () => scale * random.normal());
}

function plus(a: Float32Array, b: Float32Array, scale: number): Float32Array {
  return a.map((x, i) => x + scale * (b[i] as number));
}

const SAMPLES = [3, 0, 7, 7, 11];
const WEIGHTS = [1, 0.5, 2, 0.25, 1];

function sums(model: Trainable, theta: Float32Array): { loss: number; gradient: Float32Array } {
  const { losses, gradients } = model.perSample(theta, SAMPLES, WEIGHTS);
  const gradient = new Float32Array(model.size);
  for (const own of gradients) own.forEach((x, i) => (gradient[i] = (gradient[i] as number) + x));
  return { loss: Array.from(losses).reduce((a, b) => a + b, 0), gradient };
}

describe("what a classifier learns", () => {
  it("has the gradients that differences of its losses have", async () => {
    for (const [config, rows] of SETTINGS) {
      const model = await modelOf(config, rows);
      const theta = noise(model.size, 1n, 0.3);
      for (const seed of [2n, 3n, 4n]) {
        const direction = noise(model.size, seed, 1);
        const h = 2e-3;
        const found = (sums(model, plus(theta, direction, h)).loss - sums(model, plus(theta, direction, -h)).loss) / (2 * h);
        const wanted = innerProduct(sums(model, theta).gradient, direction);
        expect(found).to.be.closeTo(wanted, 2e-3 * (1 + Math.abs(wanted)));
      }
    }
  });

  it("has the Hessian products that differences of its gradients have, one by one and side by side", async () => {
    for (const [config, rows] of SETTINGS) {
      const model = await modelOf(config, rows);
      const theta = noise(model.size, 1n, 0.3);
      const at: Point = { theta, samples: SAMPLES, weights: WEIGHTS, gradient: sums(model, theta).gradient };
      const directions = [noise(model.size, 5n, 1), noise(model.size, 6n, 1), new Float32Array(model.size)];
      const together = (await model.hessianTimesEach?.(directions, at)) ?? [];
      directions.forEach((direction, d) => {
        const h = 2e-3;
        const ahead = sums(model, plus(theta, direction, h)).gradient;
        const behind = sums(model, plus(theta, direction, -h)).gradient;
        const product = model.hessianTimes(direction, at);
        product.forEach((x, i) => {
          expect(x).to.be.closeTo(((ahead[i] as number) - (behind[i] as number)) / (2 * h), 4e-3);
          expect(together[d]?.[i]).to.be.closeTo(x, 1e-5);
        });
      });
      const [a, b] = directions as [Float32Array, Float32Array];
      expect(innerProduct(a, model.hessianTimes(b, at))).to.be.closeTo(innerProduct(b, model.hessianTimes(a, at)), 1e-3);
      expect(model.hessianTimes(a, { ...at, samples: [], weights: [] }).every((x) => x === 0)).to.equal(true);
    }
  });

  it("gives a sample the same bits alone and in a batch", async () => {
    for (const [config, rows] of SETTINGS) {
      const model = await modelOf(config, rows);
      const theta = noise(model.size, 1n, 0.3);
      const all = rows.map((_, i) => i);
      const batch = model.perSample(theta, all, all.map((i) => 1 / (i + 1)));
      for (const i of all) {
        const alone = model.perSample(theta, [i], [1 / (i + 1)]);
        expect(alone.losses[0]).to.equal(batch.losses[i]);
        expect(alone.gradients[0]).to.deep.equal(batch.gradients[i]);
      }
    }
  });

  it("draws labels from its own distribution: gradients of drawn labels vanish in the mean", async () => {
    const model = await modelOf(TINY_NUMERIC, numericRows(12, 3));
    const theta = noise(model.size, 1n, 0.3);
    const draws = 4000;
    const total = new Float64Array(model.size);
    for (let d = 0; d < draws; d++) {
      const [gradient] = model.perSampleDrawn?.(theta, [4], BigInt(d)) ?? [];
      gradient?.forEach((x, i) => (total[i] = (total[i] as number) + x / draws));
    }
    expect(Math.max(...total.map(Math.abs))).to.be.lessThan(0.05);
    const [own] = model.perSample(theta, [4], [1]).gradients;
    expect(Math.max(...(own ?? []).map(Math.abs))).to.be.greaterThan(0.1);
  });

  it("refuses an answer that is no label, and numbers that are not finite", async () => {
    const classifier = await tinyClassifier(TINY_NUMERIC);
    const learner = classifierLearner(classifier);
    const sequence = (text: string, label: string) => {
      const before = [classifier.tokenizer.end, ...classifier.tokenizer.encode(text)];
      return { tokens: [...before, ...classifier.tokenizer.encode(label)], from: before.length - 1 };
    };
    const code = (theta: Float32Array, text: string, label: string): number => {
      try {
        learner.samples([sequence(text, label)]).perSample(theta, [0], [1]);
      } catch (error) {
        if (error instanceof Reject) return error.code;
        throw error;
      }
      return 0;
    };
    expect(code(learner.first(new Xoshiro(1n)), "1,2,3", "inside")).to.equal(0);
    expect(code(learner.first(new Xoshiro(1n)), "1,2,3", "insid")).to.equal(2);
    expect(code(learner.first(new Xoshiro(1n)), "1,2", "inside")).to.equal(2);
    expect(code(new Float32Array(learner.size).fill(Number.MAX_VALUE), "1,2,3", "inside")).to.equal(12);
  });
});
