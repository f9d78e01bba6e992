import type { LoraHyperparameters } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Sampling } from "../../proto/gen/openledger/openlora/v1.js";

export interface Question {
  /** A second request of the same user with it is refused: the story asks each question once, however often it runs. */
  readonly nonce: string;
  /** Text for the model to continue. */
  readonly prompt: string;
  readonly maxTokens: number;
}

/** What the story does, in numbers. Amounts in uopen. */
export interface StoryOptions {
  readonly rowsPerContributor: number;
  readonly rowsPerContribution: number;
  readonly hyperparameters: LoraHyperparameters;
  readonly trainingFee: bigint;
  /** Per 1,000 tokens. */
  readonly rateIn: bigint;
  readonly rateOut: bigint;
  /** Escrow per question; what the fee leaves goes back. */
  readonly maxFee: bigint;
  readonly questions: readonly Question[];
  /** How the model chooses its words: the same seed gives the same answer on every machine. */
  readonly sampling: Sampling;
  /** Milliseconds any one thing may take before the story gives up on it. */
  readonly patienceMs: number;
}

export const STORY: StoryOptions = {
  rowsPerContributor: 110,
  rowsPerContribution: 22,
  hyperparameters: {
    rank: 8,
    alpha: 32,
    targets: ["q", "v", "up"],
    rateNano: 10_000_000n,
    beta1Ppm: 900_000,
    beta2Ppm: 990_000,
    epsilonPico: 100_000n,
    batchSize: 16,
    steps: 40,
    sequenceLength: 64,
    seed: 1_865n,
    checkpointEvery: 5,
    maxTangents: 0,
  },
  trainingFee: 25_000_000n,
  rateIn: 200_000n,
  rateOut: 2_000_000n,
  maxFee: 1_000_000n,
  questions: [
    { nonce: "story-question-1", prompt: "The people of the United States", maxTokens: 32 },
    { nonce: "story-question-2", prompt: "The Union of our Nation", maxTokens: 32 },
  ],
  sampling: { temperatureMilli: 700, topK: 24, seed: 3n },
  patienceMs: 240_000,
};

/** The same story told in less time: fewer rows, fewer steps, one question. For tests. */
export const SHORT_STORY: StoryOptions = {
  ...STORY,
  rowsPerContributor: 8,
  rowsPerContribution: 4,
  hyperparameters: { ...STORY.hyperparameters, batchSize: 8, steps: 4, sequenceLength: 24, checkpointEvery: 2 },
  questions: [{ nonce: "short-question-1", prompt: "The people of America", maxTokens: 8 }],
};
