import type { Params, SplitParams } from "../../proto/gen/openledger/attribution/v1.js";
import { AttributionError } from "./errors.js";

/** Defaults; no published OpenLedger figure exists for the split (openledger.md b.1). */
export const defaultParams: Params = {
  split: {
    // Whoever trained and offers the adapter, the base's royalty inside.
    betaPpm: 250_000,
    // Recomputing answer and attribution is the dearest part of a call.
    gammaPpm: 150_000,
    // The data is why the adapter is asked at all.
    deltaPpm: 600_000,
    // Memorised text deserves pay, but less than influence (attribution.md §8.1).
    spanPoolPpm: 150_000,
    // The supply stays as it is until governance decides otherwise.
    burnPpm: 0,
  },
  // Shorter runs are ordinary language.
  minSpanTokens: 4,
  maxSpans: 8,
  maxRows: 8,
  disputeWindow: 600,
  disputeBond: "5000000",
  auditPpm: 100_000,
  maxMisses: 5,
  slashPpm: 10_000,
  jailPeriod: 600,
  background: [],
};

const WHOLE = 1_000_000;

function checkSplit(split: SplitParams): void {
  const { betaPpm, gammaPpm, deltaPpm, spanPoolPpm, burnPpm } = split;
  if (betaPpm + gammaPpm + deltaPpm !== WHOLE) throw AttributionError.InvalidParams("beta, gamma and delta must sum to 1000000");
  if (spanPoolPpm > WHOLE || burnPpm > WHOLE) throw AttributionError.InvalidParams("a share exceeds the whole");
}

/** @throws Reject attribution/5. */
export function checkParams(params: Params): void {
  checkSplit(params.split);
  const { minSpanTokens, maxSpans, maxRows } = params;
  if (minSpanTokens < 1 || minSpanTokens > 64) throw AttributionError.InvalidParams("minSpanTokens must be 1 to 64");
  // An outcome has to fit a vote extension beside the scores of 64 contributors.
  if (maxSpans > 16 || maxRows > 16) throw AttributionError.InvalidParams("maxSpans and maxRows must be at most 16");
}
