import type { Point, Trainable } from "../attribution/trainable.js";
import { SidecarError } from "../errors.js";
import { checkFinite } from "../lora/gradient.js";
import type { Sequence } from "../lora/gradient.js";
import type { Learner } from "../lora/learner.js";
import { drawToken } from "../lora/samples.js";
import { matrix } from "../ops/matrix.js";
import { Xoshiro } from "../random/xoshiro.js";
import { labelOf, promptFeatures } from "./classifier.js";
import type { Classifier } from "./classifier.js";
import { addHessianProducts, emptyStack, stackOf, vectorsOf } from "./curvature.js";
import { forward, sampleGradients } from "./network.js";
import type { Batch } from "./network.js";

/** A sequence as the network sees it; of the features those that are not zero. */
interface Example {
  readonly places: Uint32Array;
  readonly values: Float32Array;
  readonly label: number;
}

/** Numbers of the vectors that one product takes side by side: 16 MiB. */
const STACK_NUMBERS = 1 << 22;

/** The weights a job adds to a classifier's own, all of them: zero at first, so that training starts from the base model itself. */
export function classifierLearner(classifier: Classifier): Learner {
  const { parameters } = classifier.network;
  const known = new WeakMap<Sequence, Example>();
  const exampleOf = (sequence: Sequence): Example => {
    const example = known.get(sequence) ?? readExample(classifier, sequence);
    known.set(sequence, example);
    return example;
  };
  return {
    size: parameters,
    first: () => new Float32Array(parameters),
    samples: (sequences) => trainable(classifier, sequences, exampleOf),
  };
}

/** @throws Reject sidecar/2 unless the answer is a label and the prompt has features. */
function readExample(classifier: Classifier, { tokens, from }: Sequence): Example {
  const features = promptFeatures(classifier, tokens.slice(0, from + 1), SidecarError.InvalidRequest);
  const label = labelOf(classifier, tokens.slice(from + 1));
  if (label < 0) throw SidecarError.InvalidRequest("the answer is not a label of this model");
  const places = Uint32Array.from(features.keys()).filter((i) => features[i] !== 0);
  return { places, values: Float32Array.from(places, (i) => features[i] as number), label };
}

function trainable(classifier: Classifier, sequences: readonly Sequence[], exampleOf: (sequence: Sequence) => Example): Trainable {
  const { network } = classifier;
  const batchOf = (samples: readonly number[]): Batch => {
    const examples = samples.map((n) => exampleOf(sequences[n] as Sequence));
    const width = network.layers[0]?.inputs ?? 0;
    const features = matrix(examples.length, width, new Float32Array(examples.length * width));
    examples.forEach(({ places, values }, r) => places.forEach((place, i) => (features.data[r * width + place] = values[i] as number)));
    return { features, labels: examples.map((e) => e.label) };
  };
  const timesEach = (directions: readonly Float32Array[], at: Point): Float32Array[] => {
    if (at.samples.length === 0) return directions.map(() => new Float32Array(network.parameters));
    const curved = { network, theta: moved(classifier, at.theta) };
    return products(curved, { ...batchOf(at.samples), weights: at.weights }, directions);
  };
  return {
    size: network.parameters,
    units: sequences.map(() => 1),
    // A loss is finite only where probabilities are; what overflows in a product of theirs, those who add up the gradients refuse.
    perSample: (theta, samples, weights) => {
      const full = moved(classifier, theta);
      const pass = forward(network, full, batchOf(samples));
      checkFinite(pass.losses);
      const losses = pass.losses.map((loss, k) => loss * (weights[k] as number));
      return { losses, gradients: sampleGradients(network, full, pass, weights) };
    },
    perSampleDrawn: (theta, samples, seed) => {
      const random = new Xoshiro(seed);
      const full = moved(classifier, theta);
      const pass = forward(network, full, batchOf(samples));
      checkFinite(pass.losses);
      const logits = pass.outputs.at(-1) ?? matrix(0, 0, new Float32Array(0));
      const labels = samples.map((_, k) => drawToken(logits.data.subarray(k * logits.cols, (k + 1) * logits.cols), random));
      return sampleGradients(network, full, { ...pass, labels }, samples.map(() => 1));
    },
    hessianTimes: (direction, at) => timesEach([direction], at)[0] ?? new Float32Array(network.parameters),
    hessianTimesEach: (directions, at) => Promise.resolve(timesEach(directions, at)),
  };
}

/** The base's weights with what training added. */
export function moved({ weights }: Classifier, delta: Float32Array): Float32Array {
  return weights.map((w, i) => w + (delta[i] as number));
}

function products(
  at: Parameters<typeof addHessianProducts>[0],
  batch: Batch & { readonly weights: ArrayLike<number> },
  directions: readonly Float32Array[],
): Float32Array[] {
  const together = Math.max(1, Math.floor(STACK_NUMBERS / at.network.parameters));
  const out: Float32Array[] = [];
  for (let first = 0; first < directions.length; first += together) {
    const some = directions.slice(first, first + together);
    const into = emptyStack(at.network, some.length);
    addHessianProducts(at, batch, stackOf(at.network, some), into);
    out.push(...vectorsOf(at.network, into));
  }
  out.forEach(checkFinite);
  return out;
}
