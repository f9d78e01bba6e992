import type { MsgCompleteTraining, TrainingJob } from "../../../proto/gen/openledger/modelfactory/v1.js";

/** Prices answers by the derivative of training itself. */
export const TANGENT_METHOD = "tangent-v1";
/** Prices answers by the final state alone: less exact, and independent of how smooth training was. */
export const FALLBACK_METHOD = "ef-v1";

/**
 * Tangents price unless the retrained subsets contradict them (attribution.md §8.1). Without subsets nothing was measured, and
 * the tangents stand.
 */
export function pricingMethod(
  { metasmoothMinPpm }: Pick<TrainingJob, "metasmoothMinPpm">,
  { metasmoothSubsets, metasmoothnessPpm }: Pick<MsgCompleteTraining, "metasmoothSubsets" | "metasmoothnessPpm">,
): string {
  return metasmoothSubsets > 0 && metasmoothnessPpm < metasmoothMinPpm ? FALLBACK_METHOD : TANGENT_METHOD;
}
