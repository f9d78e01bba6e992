import type { Dispute, LoraHyperparameters } from "../../../proto/gen/openledger/modelfactory/v1.js";

/** Step of the checkpoint before the one at `step`: where its segment begins. 0 is the start of the job. */
export function segmentStart(h: Pick<LoraHyperparameters, "checkpointEvery">, step: number): number {
  return step - 1 - ((step - 1) % h.checkpointEvery);
}

/** What a dispute is about: agreed after `low`, disputed after `high`. */
type Interval = Pick<Dispute, "low" | "high">;

/** Only one step is left between them. */
export function isNarrow({ low, high }: Interval): boolean {
  return high - low === 1;
}

/** The step that the trainer has to open: the segment's end first, then the middle, rounded down. */
export function stepDue({ low, high, highRecord }: Pick<Dispute, "low" | "high" | "highRecord">): number {
  return highRecord === undefined ? high : low + ((high - low) >> 1);
}

/**
 * The half in which the two part. The halves differ by one step at most, so ceil(log2 n) answers lead from n steps to one.
 * @param agrees whether the challenger has the same state after the middle
 */
export function narrow({ low, high }: Interval, middle: number, agrees: boolean): Interval {
  return agrees ? { low: middle, high } : { low, high: middle };
}
