import { parseUopen } from "../../chain/codec/index.js";
import { UOPEN_PER_OPEN } from "../../chain/primitives/index.js";
import type { Params } from "../../proto/gen/openledger/emission/v1.js";
import { EmissionError } from "./errors.js";

/** Off until governance decides which data is worth paying for. */
export const DEFAULT_PARAMS: Params = {
  // A day of one-second blocks: long enough that nobody can wait for an epoch without others.
  epochBlocks: 86_400n,
  amount: "0",
  // Ten OPEN for a MiB, which is also the deposit of a Datanet: dear for noise, cheap for a book.
  maxPerMib: "10000000",
  // A week in which somebody may notice, and governance decide.
  holdEpochs: 7,
  weights: [],
};

/** A block a minute apart would be no epoch; a year of one-second blocks would be never. */
const EPOCH_BLOCKS = [10n, 31_557_600n] as const;
/** 254,000 OPEN a day is what the community's schedule releases at all. */
const MAX_AMOUNT = 1_000_000n * UOPEN_PER_OPEN;
/** An OPEN a byte is more than any text is worth. */
const MAX_PER_MIB = (1n << 20n) * UOPEN_PER_OPEN;
/** Longer than any vote takes. */
const MAX_HOLD_EPOCHS = 100;
/** The end of an epoch takes one step for each. */
const MAX_WEIGHTS = 100;
const MAX_WEIGHT = 1_000_000;

function checkWeights(weights: Params["weights"]): void {
  if (weights.length > MAX_WEIGHTS) throw EmissionError.InvalidParams(`at most ${MAX_WEIGHTS} weights`);
  weights.forEach(({ datanetId, weight }, i) => {
    const before = weights[i - 1]?.datanetId ?? 0n;
    if (datanetId <= before) throw EmissionError.InvalidParams("weights must stand in order of datanet id, each once");
    if (weight < 1 || weight > MAX_WEIGHT) throw EmissionError.InvalidParams(`a weight must be 1 to ${MAX_WEIGHT}`);
  });
}

/** @throws Reject emission/3; sdk/18 on an amount that is none. */
export function checkParams(params: Params): void {
  const [least, most] = EPOCH_BLOCKS;
  if (params.epochBlocks < least || params.epochBlocks > most)
    throw EmissionError.InvalidParams(`epoch_blocks must be ${least} to ${most}, got ${params.epochBlocks}`);
  if (parseUopen(params.amount) > MAX_AMOUNT) throw EmissionError.InvalidParams(`amount must be at most ${MAX_AMOUNT} uopen`);
  const perMib = parseUopen(params.maxPerMib);
  if (perMib < 1n || perMib > MAX_PER_MIB) throw EmissionError.InvalidParams(`max_per_mib must be 1 to ${MAX_PER_MIB} uopen`);
  if (params.holdEpochs > MAX_HOLD_EPOCHS) throw EmissionError.InvalidParams(`hold_epochs must be at most ${MAX_HOLD_EPOCHS}`);
  checkWeights(params.weights);
}
