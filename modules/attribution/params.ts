import { parseUopen } from "../../chain/codec/index.js";
import type { Params, SplitParams } from "../../proto/gen/openledger/attribution/v1.js";
import { toHex } from "../../chain/primitives/index.js";
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
  // Ten minutes of one-second blocks: enough to recompute an answer and think about it.
  disputeWindow: 600,
  // Far above the fee of one answer, so that disputes are not a way to delay others; far below a validator's slash.
  disputeBond: "5000000",
  // One in ten: the chance to be found out within 44 tasks is above 99 %, at a tenth of the work once more for each.
  auditPpm: 100_000,
  // Five in a row happen to an honest validator only when its machine is out of order.
  maxMisses: 5,
  slashPpm: 10_000,
  jailPeriod: 600,
  // Datasets of texts that everybody writes; governance names them.
  background: [],
  // All validators run one program until governance has to move them to another.
  runtimes: [],
};

const WHOLE = 1_000_000;

function checkSplit(split: SplitParams): void {
  const { betaPpm, gammaPpm, deltaPpm, spanPoolPpm, burnPpm } = split;
  if (betaPpm + gammaPpm + deltaPpm !== WHOLE) throw AttributionError.InvalidParams("beta, gamma and delta must sum to 1000000");
  if (spanPoolPpm > WHOLE || burnPpm > WHOLE) throw AttributionError.InvalidParams("a share exceeds the whole");
}

const BOUNDS: Readonly<Record<Exclude<keyof Params, "split" | "disputeBond" | "background" | "runtimes">, readonly [low: number, high: number]>> = {
  minSpanTokens: [1, 64],
  // An outcome has to fit a vote extension beside the scores of 512 contributors.
  maxSpans: [1, 16],
  maxRows: [0, 16],
  disputeWindow: [1, 1_000_000],
  auditPpm: [0, WHOLE],
  maxMisses: [1, 1_000],
  // More than a fifth at once would let one fault of ours ruin an honest operator.
  slashPpm: [0, 200_000],
  jailPeriod: [1, 10_000_000],
};

/** Datasets of background text at most: each is read by every sidecar. */
const MAX_BACKGROUND = 16;
/** Programs that may run beside each other: an old one and a new one, and then some. */
const MAX_RUNTIMES = 8;
/** A bond nobody has is no bond. */
const MAX_BOND = 1_000_000_000_000n;

function checkBound(params: Params, name: keyof typeof BOUNDS): void {
  const [low, high] = BOUNDS[name];
  const value = params[name];
  if (value < low || value > high) throw AttributionError.InvalidParams(`${name} must be ${low} to ${high}, got ${value}`);
}

function checkRuntimes(runtimes: Params["runtimes"]): void {
  const isSet = new Set(runtimes.map(toHex)).size === runtimes.length;
  const isSound = isSet && runtimes.length <= MAX_RUNTIMES && runtimes.every((id) => id.length === 32);
  if (!isSound) throw AttributionError.InvalidParams(`runtimes must be at most ${MAX_RUNTIMES} different ids of 32 bytes`);
}

/** @throws Reject attribution/5; sdk/18 on a bond that is no amount. */
export function checkParams(params: Params): void {
  checkSplit(params.split);
  for (const name of ["minSpanTokens", "maxSpans", "maxRows", "disputeWindow"] as const) checkBound(params, name);
  for (const name of ["auditPpm", "maxMisses", "slashPpm", "jailPeriod"] as const) checkBound(params, name);
  checkRuntimes(params.runtimes);
  const bond = parseUopen(params.disputeBond);
  if (bond < 1n || bond > MAX_BOND) throw AttributionError.InvalidParams(`disputeBond must be 1 to ${MAX_BOND} uopen`);
  if (params.background.length > MAX_BACKGROUND) throw AttributionError.InvalidParams(`at most ${MAX_BACKGROUND} datasets of background`);
}
