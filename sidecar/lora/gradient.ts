import { SidecarError } from "../errors.js";
import { joinSequences, runDecoder, runHead } from "../model/decoder.js";
import type { Decoder } from "../model/decoder.js";
import type { MatmulBackend } from "../ops/backend.js";
import { crossEntropy } from "../ops/cross-entropy.js";
import { Tape } from "../ops/tape.js";
import { adapt, collectGradient } from "./layout.js";
import type { Helpers } from "./helpers.js";
import type { LoraLayout } from "./layout.js";

/** Tokens to learn from: token i+1 is predicted from those up to i, for i from `from` on. */
export interface Sequence {
  readonly tokens: readonly number[];
  /** First position whose next token counts: 0 for training rows, the last prompt token for answers. */
  readonly from: number;
}

export function predictedTokens({ tokens, from }: Sequence): number {
  return tokens.length - 1 - from;
}

/** A base model with the place its adapters take. */
export interface LoraContext {
  readonly backend: MatmulBackend;
  readonly base: Decoder;
  readonly layout: LoraLayout;
  /** Threads that compute the same bits, where the process was given any. */
  readonly helpers?: Helpers;
}

export interface LossGradient {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/**
 * `weight` times the summed negative log-likelihood of the sequences, and its gradient at adapter `theta`.
 * @throws Reject sidecar/12 if either leaves the finite numbers: such bits differ between machines and are never hashed.
 */
export function lossGradient(context: LoraContext, theta: Float32Array, sequences: readonly Sequence[], weight: number): LossGradient {
  const { backend, base, layout } = context;
  const tape = new Tape(backend);
  const adapted = adapt(base, layout, theta, true);
  const batch = joinSequences(sequences.map((s) => s.tokens.slice(0, -1)));
  const rows: number[] = [];
  const targets: number[] = [];
  let first = 0;
  for (const { tokens, from } of sequences) {
    for (let i = from; i + 1 < tokens.length; i++) {
      rows.push(first + i);
      targets.push(tokens[i + 1] as number);
    }
    first += tokens.length - 1;
  }
  const hidden = runDecoder(tape, adapted.model, batch);
  const loss = crossEntropy(tape, runHead(tape, adapted.model, hidden, rows), targets, weight);
  tape.backward(loss);
  const gradient = collectGradient(adapted, layout.size);
  checkFinite(loss.data);
  checkFinite(gradient);
  return { loss: loss.data[0] as number, gradient };
}

/** @throws Reject sidecar/12. */
export function checkFinite(values: Float32Array | Float64Array): void {
  for (const x of values) if (!Number.isFinite(x)) throw SidecarError.NotFinite();
}
