import type { Sequence } from "../lora/gradient.js";
import type { Helpers } from "../lora/helpers.js";
import type { Learner } from "../lora/learner.js";
import type { AdapterFiles, CorpusRow, LoraOptions } from "../types.js";

/** What the runtime asks of a base model, whatever it is made of. */
export interface Architecture {
  /** Whether answers are text of its own, in which passages of rows can stand. A classifier's are labels. */
  readonly writes: boolean;
  /** What a job with these options trains; helpers may be ignored. @throws Reject sidecar/2 for options it has no place for. */
  learner(lora: LoraOptions, helpers?: Helpers): Adaptation;
  /** @throws Reject sidecar/4 unless the files are an adapter of this base. */
  readAdapter(files: AdapterFiles): AdapterNumbers;
  /** What there is to learn from a row, at most `length` tokens each. @throws Reject sidecar/2 or sidecar/11 for a row it cannot read. */
  sequences(row: CorpusRow, length: number): readonly Sequence[];
  /** An answer of the base alone. */
  answer(ask: Ask): Answering;
}

/** A learner whose parameters can be kept in files and answered with. */
export interface Adaptation extends Learner {
  encode(theta: Float32Array): AdapterFiles;
  answer(theta: Float32Array, ask: Ask): Answering;
}

export interface AdapterNumbers {
  readonly learner: Adaptation;
  readonly theta: Float32Array;
  /** Of a low-rank adapter; 0 for one that has all weights. */
  readonly rank: number;
}

export interface Ask {
  readonly promptTokens: readonly number[];
  readonly maxTokens: number;
  /** The position of the logit that wins. */
  readonly choose: (logits: Float32Array) => number;
}

/** Tokens, one at a time, at most `maxTokens`; then whether the answer ended by itself. @throws Reject sidecar/12. */
export type Answering = Generator<number, "stop" | "length">;
