import { toUopen } from "../../../chain/primitives/index.js";
import type { Uopen } from "../../../chain/primitives/index.js";

/** What one answer used. */
export interface Usage {
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** Rates in uopen per 1,000 tokens, the platform fee in uopen. */
export interface Prices {
  readonly rateIn: Uopen;
  readonly rateOut: Uopen;
  readonly platformFee: Uopen;
}

/**
 * Fee = (tokens_in * R_in + tokens_out * R_out) / 1,000 + platform fee (openledger.md b.1). The token part is rounded
 * up, once for the sum: the user owns that fraction of a uopen, so that no use of a priced model is free.
 */
export function feeOf(usage: Usage, prices: Prices): Uopen {
  const exact = BigInt(usage.promptTokens) * prices.rateIn + BigInt(usage.answerTokens) * prices.rateOut;
  return toUopen((exact + 999n) / 1_000n + prices.platformFee);
}
