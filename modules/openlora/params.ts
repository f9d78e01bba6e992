import { parseUopen } from "../../chain/codec/index.js";
import type { Params } from "../../proto/gen/openledger/openlora/v1.js";
import { OpenLoraError } from "./errors.js";

/** Defaults. Amounts are uopen. */
export const defaultParams: Params = {
  // Prompt and answer travel in one vote extension per validator.
  maxPromptBytes: 1_024,
  maxAnswerTokens: 128,
  // 0.01 OPEN.
  platformFee: "10000",
  // 0.02 OPEN: keeps the validators from working for dust.
  minEscrow: "20000",
};

/** uopen: 1,000,000 OPEN. Nobody would ask for more. */
const MAX_AMOUNT = 1_000_000_000_000n;

/** @throws Reject openlora/10; sdk/18 on an amount that is none. */
export function checkParams(params: Params): void {
  const { maxPromptBytes, maxAnswerTokens } = params;
  // 2,048 prompt tokens and 512 answer tokens of three bytes each, with 8 KiB of text, fit an outcome of 16 KiB.
  if (maxPromptBytes < 1 || maxPromptBytes > 2_048) throw OpenLoraError.InvalidParams("maxPromptBytes must be 1 to 2048");
  if (maxAnswerTokens < 1 || maxAnswerTokens > 512) throw OpenLoraError.InvalidParams("maxAnswerTokens must be 1 to 512");
  for (const name of ["platformFee", "minEscrow"] as const) {
    if (parseUopen(params[name]) > MAX_AMOUNT) throw OpenLoraError.InvalidParams(`${name} must be at most ${MAX_AMOUNT} uopen`);
  }
}
