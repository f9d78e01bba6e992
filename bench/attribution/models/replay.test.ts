import { expect } from "chai";
import { addHessianProducts, emptyStack, stackOf, vectorsOf } from "../../../sidecar/classifier/curvature.js";
import { createNetwork, forward, gradientOf } from "../../../sidecar/classifier/network.js";
import type { Network } from "../../../sidecar/classifier/network.js";
import { tfjsBackend } from "../../../sidecar/ops/tfjs-backend.js";
import type { MatmulBackend } from "../../../sidecar/ops/backend.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { batchOf, samplesOf } from "../data/samples.js";
import type { Samples } from "../data/samples.js";
import { pearson } from "../metrics.js";
import { byContributor } from "../subsets.js";
import { replaySgd } from "./replay.js";
import { trainSgd } from "./sgd.js";
import type { SgdRun } from "./sgd.js";
import { tangentsSgd } from "./tangent.js";

const ROWS = 24;
const CONTRIBUTORS = 4;

function blobs(count: number): Samples {
  const random = new Xoshiro(5n);
  return samplesOf(
    Array.from({ length: count }, (_, i) => ({ label: i % 3, features: Float32Array.from({ length: 5 }, (__, k) => random.normal() + (k === i % 3 ? 2 : 0)) })),
    3,
  );
}

describe("derivatives through a training with momentum", () => {
  let backend: MatmulBackend;
  let network: Network;
  before(async () => {
    backend = await tfjsBackend();
    network = createNetwork(backend, [5, 6, 3], "silu");
  });
  const samples = blobs(ROWS);
  const contributor = Array.from({ length: ROWS }, (_, i) => (i * 7) % CONTRIBUTORS);
  const run = (weights?: readonly number[]): SgdRun => ({
    network,
    samples,
    recipe: { rate: 0.05, momentum: 0.9, epochs: 6, batchSize: 8, seed: 3 },
    ...(weights === undefined ? {} : { weights }),
  });
  const query = (theta: Float32Array): { loss: number; gradient: Float32Array } => {
    const pass = forward(network, theta, batchOf(blobs(ROWS + 1), [ROWS]));
    return { loss: pass.losses[0] ?? 0, gradient: gradientOf(network, theta, pass, [1]) };
  };

  it("Hessian products are differences of gradients", () => {
    const theta = trainSgd(run());
    const random = new Xoshiro(9n);
    const along = Float32Array.from({ length: network.parameters }, () => random.normal());
    const batch = [0, 3, 5, 8];
    const into = emptyStack(network, 1);
    addHessianProducts({ network, theta }, { ...batchOf(samples, batch), weights: batch.map(() => 0.25) }, stackOf(network, [along]), into);
    const at = (h: number): Float32Array => {
      const moved = theta.map((x, i) => x + h * (along[i] ?? 0));
      return gradientOf(network, moved, forward(network, moved, batchOf(samples, batch)), batch.map(() => 0.25));
    };
    const [up, down] = [at(1e-2), at(-1e-2)];
    const [exact] = vectorsOf(network, into);
    exact?.forEach((x, i) => expect(x).to.be.closeTo(((up[i] ?? 0) - (down[i] ?? 0)) / 2e-2, 1e-2));
  });

  it("replay finds what a slightly lighter row does to a query", () => {
    const [influence] = replaySgd(run(), [query(trainSgd(run())).gradient]);
    const measured = Array.from({ length: ROWS }, (_, row) => {
      const loss = (w: number): number => query(trainSgd(run(Array.from({ length: ROWS }, (__, i) => (i === row ? w : 1))))).loss;
      return -(loss(1.05) - loss(0.95)) / 0.1;
    });
    expect(pearson(influence ?? [], measured)).to.be.greaterThan(0.999);
    measured.forEach((x, row) => expect(influence?.[row]).to.be.closeTo(x, 2e-3));
  });

  it("tangents carried forward are the replay summed by contributor", () => {
    const { gradient } = query(trainSgd(run()));
    const [rows] = replaySgd(run(), [gradient]);
    const forwards = tangentsSgd(run(), contributor, CONTRIBUTORS).map((t) => -t.reduce((sum, x, i) => sum + x * (gradient[i] ?? 0), 0));
    byContributor(rows ?? [], contributor, CONTRIBUTORS).forEach((x, c) => expect(forwards[c]).to.be.closeTo(x, 1e-5));
  });

  it("a stack gives its vectors back", () => {
    const vectors = [1, 2, 3].map((k) => Float32Array.from({ length: network.parameters }, (_, i) => k * 1000 + i));
    expect(vectorsOf(network, stackOf(network, vectors))).to.deep.equal(vectors);
  });
});
