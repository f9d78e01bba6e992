import { expect } from "chai";
import { addHessianProducts, emptyStack, stackOf, vectorsOf } from "../../../sidecar/classifier/curvature.js";
import { createNetwork, forward, gradientOf } from "../../../sidecar/classifier/network.js";
import { tfjsBackend } from "../../../sidecar/ops/tfjs-backend.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { dataInf as denseDataInf } from "../baselines/datainf.js";
import { gradDot as denseGradDot } from "../baselines/grad-dot.js";
import { influenceByConjugateGradients } from "../baselines/if-cg.js";
import { batchOf, samplesOf } from "../data/samples.js";
import type { Samples } from "../data/samples.js";
import { pearson } from "../metrics.js";
import { everyRow, weightsAfter } from "../settings/classifier-setting.js";
import type { ClassifierSetting } from "../settings/classifier-setting.js";
import type { Influence, Method } from "../types.js";
import { dataInf, gradDot, ifCg, tracInCp } from "./classifier-baselines.js";

function blobs(count: number, seed: bigint): Samples {
  const random = new Xoshiro(seed);
  const one = (label: number): Float32Array => Float32Array.from({ length: 5 }, (_, k) => random.normal() + (k === label ? 2 : 0));
  return samplesOf(
    Array.from({ length: count }, (_, i) => ({ label: i % 3, features: one(i % 3) })),
    3,
  );
}

/** The baselines that were compared with dattri take whole gradients; those here take them in factors. */
describe("baselines on factored gradients are those on whole ones", () => {
  let setting: ClassifierSetting;
  let rows: Float32Array[];
  let queries: Float32Array[];
  before(async () => {
    const network = createNetwork(await tfjsBackend(), [5, 6, 3], "silu");
    const recipe = { rate: 0.05, momentum: 0, epochs: 5, batchSize: 8, seed: 2 };
    setting = { name: "blobs", network, train: blobs(24, 1n), test: blobs(4, 2n), recipe, trained: new Map() };
    const theta = weightsAfter(setting);
    const each = (samples: Samples): Float32Array[] =>
      everyRow(samples).map((i) => gradientOf(network, theta, forward(network, theta, batchOf(samples, [i])), [1]));
    rows = each(setting.train);
    queries = each(setting.test);
  });

  async function expectSame(method: Method<ClassifierSetting>, dense: Influence): Promise<void> {
    const prepared = await method.prepare(setting, 1n);
    const scores = await prepared.scores(everyRow(setting.test));
    dense.forEach((own, q) => expect(pearson(own, scores[q] ?? []), method.id).to.be.greaterThan(0.99999));
    const [a, b] = [dense, scores].map((all) => Math.max(...all.flatMap((own) => [...own].map(Math.abs))));
    expect(b, method.id).to.be.closeTo(a ?? 0, 1e-3 * (a ?? 0));
  }

  it("Grad-Dot, and TracIn of one checkpoint", async () => {
    await expectSame(gradDot, denseGradDot(rows, queries));
    await expectSame(tracInCp(1), denseGradDot(rows, queries));
  });

  it("DataInf, layer by layer", async () => {
    const layers = setting.network.layers.map((l) => ({ from: l.at, to: l.bias + l.outputs }));
    for (const relative of [0.1, 10]) await expectSame(dataInf(relative), denseDataInf(rows, queries, { layers, damping: { relative } }));
  });

  it("the influence function by conjugate gradients", async () => {
    const { network, train } = setting;
    const weights = everyRow(train).map(() => 1 / train.count);
    const times = (direction: Float32Array): Float32Array => {
      const into = emptyStack(network, 1);
      addHessianProducts({ network, theta: weightsAfter(setting) }, { ...batchOf(train, everyRow(train)), weights }, stackOf(network, [direction]), into);
      return vectorsOf(network, into)[0] ?? direction;
    };
    for (const damping of [0.3, 3]) await expectSame(ifCg(damping), influenceByConjugateGradients(rows, queries, { times, damping, iterations: 10 }));
  });
});
