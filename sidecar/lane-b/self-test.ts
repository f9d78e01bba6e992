import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, toHex } from "../../chain/primitives/index.js";
import { lossGradient } from "../lora/gradient.js";
import type { LoraContext, LossGradient, Sequence } from "../lora/gradient.js";
import { initialAdapter, layoutOf } from "../lora/layout.js";
import { frozenDecoder } from "../model/assemble.js";
import type { DecoderConfig } from "../model/config.js";
import { initialParameters } from "../model/parameters.js";
import { floatBytes } from "../model/safetensors.js";
import type { Tensors } from "../model/safetensors.js";
import { greedy } from "../model/sampling.js";
import { Session } from "../model/session.js";
import type { MatmulBackend } from "../ops/backend.js";
import { Xoshiro } from "../random/xoshiro.js";
import { createLaneB } from "./decoder.js";
import { LaneBSession } from "./generate.js";
import { laneBGradient } from "./gradient.js";

/** A model drawn from a seed, large enough to pass through every kernel and small enough to take milliseconds. */
const CONFIG: DecoderConfig = { vocabulary: 288, context: 32, width: 32, layers: 2, heads: 2, inner: 64 };
const LAYOUT = layoutOf(CONFIG, { rank: 4, alpha: 8, targets: ["q", "v", "up"] });

/** SHA-256 of loss and gradient in lane A. It changes with OP_SET and with nothing else. */
export const SELF_TEST_HASH = "a9176ebfda3f56459f9a48f956af3d036f1e92e09c5fd3273d22eb6e6041b4a9";

/**
 * Lane B may differ from lane A by this much: the loss relatively, the gradient relative to its largest entry. GPUs sum in
 * other orders and use fast exp; errors found are about 1e-6, a wrong kernel is off by more than 1e-1.
 */
export const LANE_B_TOLERANCE = 1e-3;

/** A greedy token is certain when its logit leads by more than this share of the logits' largest magnitude. */
export const GREEDY_MARGIN = 1e-3;

interface SelfTest {
  readonly tensors: Tensors;
  readonly theta: Float32Array;
  readonly sequences: readonly Sequence[];
}

function selfTest(): SelfTest {
  const random = new Xoshiro(2_026n);
  const tensors = new Map([...initialParameters(CONFIG, random)].map(([name, { shape, data }]) => {
    return [name, { shape, data: shape.length > 1 ? data.map((x) => 5 * x) : data }] as const;
  }));
  const theta = initialAdapter(LAYOUT, random).map((x) => x + 0.05 * random.normal());
  const sequences = [30, 12, 5].map((length, i) => {
    return { tokens: Array.from({ length }, () => random.below(CONFIG.vocabulary)), from: i };
  });
  return { tensors, theta, sequences };
}

/** What lane A makes of the self-test: loss, gradient, and the logits after a prompt and after each token that follows. */
export interface Reference extends LossGradient {
  readonly hash: string;
  readonly logits: readonly Float32Array[];
}

/** A prompt and single tokens after it, as a session with a cache is used; the same for both lanes. */
const INPUTS: readonly (readonly number[])[] = [[7, 3, 250, 9], ...[211, 30, 5, 77, 142, 8, 199, 64, 3, 270].map((t) => [t])];

/** Runs the self-test in lane A. */
export function laneAReference(backend: MatmulBackend): Reference {
  const { tensors, theta, sequences } = selfTest();
  const { model, release } = frozenDecoder(CONFIG, tensors, backend);
  const context: LoraContext = { backend, base: model, layout: LAYOUT };
  const { loss, gradient } = lossGradient(context, theta, sequences, 1 / 16);
  const session = new Session(model, backend);
  const logits = INPUTS.map((tokens) => session.extend(tokens));
  release();
  const hash = toHex(sha256(concatBytes(floatBytes(Float32Array.of(loss)), floatBytes(gradient), ...logits.map(floatBytes))));
  return { loss, gradient, hash, logits };
}

/** How far lane B is from lane A on the self-test. */
export interface Difference {
  readonly loss: number;
  readonly gradient: number;
  readonly logits: number;
  /** Greedy tokens that differ where lane A's choice was certain. */
  readonly tokens: number;
}

function largest(values: Float32Array): number {
  return values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
}

function apart(a: Float32Array, b: Float32Array): number {
  return a.reduce((max, x, i) => Math.max(max, Math.abs(x - (b[i] ?? Number.NaN))), 0) / largest(b);
}

/** Whether a greedy choice is beyond the rounding of another lane. */
export function isCertain(logits: Float32Array): boolean {
  const [first = 0, second = 0] = [...logits].sort((a, b) => b - a);
  return first - second > GREEDY_MARGIN * largest(logits);
}

/** Runs the self-test on the current tfjs backend. */
export async function compareLaneB(reference: Reference): Promise<Difference> {
  const { tensors, theta, sequences } = selfTest();
  const model = createLaneB(CONFIG, tensors);
  const { loss, gradient } = await laneBGradient(model, { layout: LAYOUT, theta }, sequences, 1 / 16);
  const session = new LaneBSession({ model, adapter: undefined });
  let tokens = 0;
  let logits = 0;
  for (const [i, input] of INPUTS.entries()) {
    const exact = reference.logits[i] as Float32Array;
    const own = await session.extend(input);
    logits = Math.max(logits, apart(own, exact));
    if (greedy(own) !== greedy(exact) && isCertain(exact)) tokens++;
  }
  session.release();
  model.release();
  return { loss: Math.abs(loss / reference.loss - 1), gradient: apart(gradient, reference.gradient), logits, tokens };
}

/** @throws Error that says what is wrong. */
export function checkDifference({ loss, gradient, logits, tokens }: Difference): void {
  const worst = Math.max(loss, gradient, logits);
  if (!(worst <= LANE_B_TOLERANCE)) throw new Error(`self-test failed: results differ from lane A's by ${worst.toExponential(1)}`);
  if (tokens > 0) throw new Error(`self-test failed: ${tokens} greedy tokens differ from lane A's`);
}
