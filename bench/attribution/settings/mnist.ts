import type { Activation } from "../../../sidecar/classifier/activation.js";
import { createNetwork } from "../../../sidecar/classifier/network.js";
import type { MatmulBackend } from "../../../sidecar/ops/backend.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { readMnist } from "../data/mnist.js";
import type { SgdRecipe } from "../models/sgd.js";
import type { ClassifierPlan } from "./classifier.js";
import type { ClassifierSetting } from "./classifier-setting.js";

/** dattri's recipes for MNIST-10 (attribution.md §1.2), dropout left out. */
const LR: Omit<SgdRecipe, "seed"> = { rate: 0.01, momentum: 0, epochs: 20, batchSize: 64 };
const MLP: Omit<SgdRecipe, "seed"> = { rate: 0.01, momentum: 0.9, epochs: 50, batchSize: 64 };

/** Contributors of digits: half of a contributor's rows are of one digit, so that contributors differ. */
export const CONTRIBUTORS = 20;

function contributorsOf(labels: Uint8Array, seed: bigint): number[] {
  const random = new Xoshiro(seed);
  return Array.from(labels, (digit) => (random.below(2) === 0 ? random.below(CONTRIBUTORS) : digit + 10 * random.below(2)));
}

export type MnistPlan = Omit<ClassifierPlan, "setting" | "contributor" | "seed"> & { readonly rows: number };

export interface MnistSetting {
  readonly name: string;
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly recipe: Omit<SgdRecipe, "seed">;
}

export const MNIST_LR: MnistSetting = { name: "mnist-lr", hidden: [], activation: "relu", recipe: LR };
export const MNIST_MLP: MnistSetting = { name: "mnist-mlp", hidden: [128, 64], activation: "relu", recipe: MLP };
/** Smooth activations, so that derivatives mean something (metasmoothness): for the deterministic figures. */
export const MNIST_MLP_SMOOTH: MnistSetting = { name: "mnist-mlp-silu", hidden: [128, 64], activation: "silu", recipe: MLP };

export function mnistPlan(backend: MatmulBackend, of: MnistSetting, plan: MnistPlan, seed: bigint): ClassifierPlan {
  const { train, test } = readMnist(plan.rows, 500);
  const setting: ClassifierSetting = {
    name: of.name,
    network: createNetwork(backend, [train.inputs, ...of.hidden, train.classes], of.activation),
    train,
    test,
    recipe: { ...of.recipe, seed: Number(seed) + 1 },
    trained: new Map(),
  };
  return { ...plan, setting, seed, contributor: contributorsOf(train.label, seed + 9n) };
}
