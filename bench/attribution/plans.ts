/** What is run, short and in full: sizes, seeds and methods in one place. */
import type { MatmulBackend } from "../../sidecar/ops/backend.js";
import { gradDot, repSim, tracInCp } from "./methods/classifier-baselines.js";
import { efV1, gnHalves, gnV1, integratedV1, replayV1 } from "./methods/classifier-ours.js";
import { trak } from "./methods/classifier-trak.js";
import { dataInfLora, gradDotLora, repSimLora, tracInCpLora, trakLora } from "./methods/lora-baselines.js";
import { curvatureLora, integratedLora, replayLora } from "./methods/lora-ours.js";
import type { LoraMethod } from "./methods/lora-ours.js";
import { spanLora } from "./methods/lora-span.js";
import { flipLabels } from "./settings/classifier.js";
import type { ClassifierPlan } from "./settings/classifier.js";
import { loraSetting } from "./settings/lora-setting.js";
import type { LoraPlan } from "./settings/lora.js";
import { CONTRIBUTORS, MNIST_LR, MNIST_MLP, MNIST_MLP_SMOOTH, mnistPlan } from "./settings/mnist.js";
import type { ClassifierSpec } from "./settings/run-classifier.js";
import { textPlan } from "./settings/text.js";

const SEED = 1n;
const FLIPPED = 0.1;
const NOISE_METHODS = ["replay-epoch-v1", "gn-v1", "ef-v1", "datainf", "grad-dot", "trak-10", "if-cg"];

export function shortLr(backend: MatmulBackend): ClassifierSpec {
  const sizes = { rows: 2000, queries: 40, validation: 20, contributors: CONTRIBUTORS, standardSubsets: 30, runs: 3, halfSubsets: 30, mostSubsets: 0 };
  // Nearer to convergence than the published rate brings so few rows: there Grad-Dot no longer does for influence.
  const plan = mnistPlan(backend, { ...MNIST_LR, recipe: { ...MNIST_LR.recipe, rate: 0.15 } }, sizes, SEED);
  return {
    plan,
    iterated: true,
    methods: ({ ifCg, dataInf }) => [replayV1(), gnV1(1, "early-stopping"), efV1, ...ifCg, dataInf, gradDot],
    noisy: noisy(plan, 100),
    noiseMethods: ["replay-epoch-v1", "gn-v1"],
  };
}

function noisy(plan: ClassifierPlan, asked: number): ReturnType<typeof flipLabels> {
  return flipLabels(plan.setting, { share: FLIPPED, asked, seed: SEED + 31n });
}

export function fullLr(backend: MatmulBackend): ClassifierSpec {
  const sizes = { rows: 5000, queries: 60, validation: 40, contributors: CONTRIBUTORS, standardSubsets: 50, runs: 3, halfSubsets: 40, mostSubsets: 40 };
  const plan = mnistPlan(backend, MNIST_LR, sizes, SEED);
  return {
    plan,
    iterated: true,
    methods: ({ ifCg, dataInf }) => [
      replayV1(),
      replayV1(3),
      integratedV1,
      gnV1(),
      gnV1(1, "early-stopping"),
      gnV1(5, "early-stopping"),
      efV1,
      ...ifCg,
      dataInf,
      tracInCp(10),
      gradDot,
      trak(10),
      trak(50),
      repSim,
    ],
    noisy: noisy(plan, 150),
    noiseMethods: NOISE_METHODS,
  };
}

/** The published recipe, ReLU and all, in the standard convention. */
export function fullMlp(backend: MatmulBackend): ClassifierSpec {
  const sizes = { rows: 5000, queries: 60, validation: 20, contributors: 0, standardSubsets: 30, runs: 2, halfSubsets: 0, mostSubsets: 0 };
  const plan = mnistPlan(backend, MNIST_MLP, sizes, SEED);
  return {
    plan,
    iterated: false,
    methods: ({ dataInf }) => [gnV1(), gnV1(1, "early-stopping"), gnV1(10, "early-stopping"), gnHalves(10), gnHalves(10, "early-stopping"), efV1, dataInf, tracInCp(10), gradDot, trak(10), repSim],
    noisy: noisy(plan, 150),
    noiseMethods: ["gn-v1", "ef-v1", "datainf", "grad-dot"],
  };
}

/** Smooth and smaller, in the deterministic convention: where derivatives of training mean something. */
export function fullSmoothMlp(backend: MatmulBackend): ClassifierSpec {
  const sizes = { rows: 2000, queries: 20, validation: 20, contributors: CONTRIBUTORS, standardSubsets: 0, runs: 1, halfSubsets: 20, mostSubsets: 30 };
  const plan = mnistPlan(backend, MNIST_MLP_SMOOTH, sizes, SEED);
  return {
    plan,
    iterated: false,
    methods: ({ dataInf }) => [replayV1(), gnV1(), gnV1(1, "early-stopping"), efV1, dataInf, tracInCp(5), gradDot, trak(10), repSim],
    noiseMethods: [],
  };
}

export function fullText(backend: MatmulBackend): ClassifierSpec {
  const sizes = { queries: 72, validation: 48, standardSubsets: 50, runs: 3, halfSubsets: 40, mostSubsets: 40 };
  const plan = textPlan(backend, sizes, SEED);
  return {
    plan,
    iterated: true,
    methods: ({ ifCg, dataInf }) => [replayV1(), replayV1(3), integratedV1, gnV1(), gnV1(1, "early-stopping"), efV1, ...ifCg, dataInf, tracInCp(10), gradDot, trak(10), repSim],
    noisy: noisy(plan, 200),
    noiseMethods: NOISE_METHODS,
  };
}

export interface LoraSpec {
  readonly plan: LoraPlan;
  readonly methods: readonly LoraMethod[];
}

export function shortLora(backend: MatmulBackend): LoraSpec {
  const shape = { contributors: 6, rowsEach: 16, queriesEach: 2, steps: 30, tokens: [10, 24], rank: 4 } as const;
  return {
    plan: { setting: loraSetting("lora-short", backend, shape, SEED), halfSubsets: 0, mostSubsets: 20, seed: SEED },
    methods: [replayLora, curvatureLora("ef-v1"), spanLora, dataInfLora(0.1), dataInfLora(10), dataInfLora(1000), gradDotLora],
  };
}

export function fullLora(backend: MatmulBackend): LoraSpec {
  const shape = { contributors: 12, rowsEach: 16, queriesEach: 3, steps: 60, tokens: [10, 32], rank: 4 } as const;
  return {
    plan: { setting: loraSetting("lora-sotu", backend, shape, SEED), halfSubsets: 16, mostSubsets: 30, seed: SEED },
    methods: [
      replayLora,
      integratedLora,
      curvatureLora("gn-v1"),
      curvatureLora("ef-v1"),
      spanLora,
      ...[0.1, 10, 1000].map(dataInfLora),
      tracInCpLora(5),
      gradDotLora,
      trakLora(8),
      repSimLora,
    ],
  };
}
