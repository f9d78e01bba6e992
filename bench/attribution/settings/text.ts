import { createNetwork } from "../../../sidecar/classifier/network.js";
import type { MatmulBackend } from "../../../sidecar/ops/backend.js";
import { readSpeakers } from "../data/text.js";
import type { ClassifierPlan } from "./classifier.js";

/** Which president wrote a pair of sentences, by logistic regression on a bag of words; contributors are whole addresses. */
export function textPlan(backend: MatmulBackend, plan: Omit<ClassifierPlan, "setting" | "contributor" | "contributors" | "seed">, seed: bigint): ClassifierPlan {
  const { train, test, contributor, contributors } = readSpeakers();
  const setting = {
    name: "text-speaker",
    network: createNetwork(backend, [train.inputs, train.classes]),
    train,
    test,
    recipe: { rate: 1, momentum: 0, epochs: 40, batchSize: 32, seed: Number(seed) + 1 },
    trained: new Map<number, Float32Array>(),
  };
  return { ...plan, setting, seed, contributor, contributors };
}
