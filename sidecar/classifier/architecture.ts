import { SidecarError } from "../errors.js";
import { checkFinite } from "../lora/gradient.js";
import { matrix } from "../ops/matrix.js";
import type { Adaptation, Architecture, Ask, Answering } from "../runtime/architecture.js";
import { longestLabel, promptFeatures, rowSequence } from "./classifier.js";
import type { Classifier } from "./classifier.js";
import { classifierLearner, moved } from "./learner.js";
import { logitsOf } from "./network.js";
import { encodeDelta, parseDelta } from "./weights.js";

/**
 * A classifier for the runtime. Its adapters hold what training added to every weight, so a job's rank, alpha and targets have to
 * be in their bounds, are part of the job's name, and change nothing; nor does its sequence length, since rows are never cut.
 */
export function classifierModel(classifier: Classifier): Architecture {
  const { network, weights } = classifier;
  const adaptation: Adaptation = {
    ...classifierLearner(classifier),
    encode: (theta) => encodeDelta(network, theta),
    answer: (theta, ask) => choose(classifier, moved(classifier, theta), ask),
  };
  return {
    writes: false,
    learner: () => adaptation,
    readAdapter: (files) => ({ learner: adaptation, theta: parseDelta(network, files), rank: 0 }),
    sequences: (row) => [rowSequence(classifier, row)],
    answer: (ask) => choose(classifier, weights, ask),
  };
}

/** The tokens of the chosen label, whole: there must be room for the longest. @throws Reject sidecar/2 */
function* choose(classifier: Classifier, theta: Float32Array, ask: Ask): Answering {
  const room = longestLabel(classifier);
  if (ask.maxTokens < room) throw SidecarError.InvalidRequest(`max tokens must be at least ${room}, the longest label`);
  const features = promptFeatures(classifier, ask.promptTokens, SidecarError.InvalidRequest);
  const logits = logitsOf(classifier.network, theta, matrix(1, features.length, features)).data;
  checkFinite(logits);
  yield* classifier.labelTokens[ask.choose(logits)] ?? [];
  return "stop";
}
