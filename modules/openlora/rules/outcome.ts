import { sha256 } from "../../../chain/crypto/index.js";
import { Reject, concatBytes, equalBytes, u64be, utf8 } from "../../../chain/primitives/index.js";
import type { Hash32 } from "../../../chain/primitives/index.js";
import { InferenceOutcome } from "../../../proto/gen/openledger/openlora/v1.js";
import type { InferenceTask } from "../../../proto/gen/openledger/openlora/v1.js";

/** Bytes of one outcome at most; it must fit a vote extension (openledger.attest.v1 Params.max_value_bytes). */
export const MAX_OUTCOME_BYTES = 16_384;

/** Bytes of UTF-8 of an answer at most. */
export const MAX_ANSWER_BYTES = 8_192;

/** Token ids are below this: three bytes on the wire. */
const MAX_TOKEN_ID = 1 << 21;

/** SHA-256 over the answer's token ids, u32 big-endian each. */
export function outputHash(answerTokens: readonly number[]): Hash32 {
  return sha256(concatBytes(...answerTokens.map((token) => u64be(BigInt(token)).slice(4))));
}

/**
 * Prompt tokens that are paid for at most. Tokenizers work on bytes and merge them, so a prompt never has more tokens
 * than bytes, beside one start token.
 */
export function maxPromptTokens(prompt: string): number {
  return utf8(prompt).length + 1;
}

function isSound(outcome: InferenceOutcome, task: InferenceTask): boolean {
  const { promptTokens, answerTokens } = outcome;
  return (
    promptTokens.length >= 1 &&
    promptTokens.length <= task.maxPromptTokens &&
    answerTokens.length <= task.maxTokens &&
    [...promptTokens, ...answerTokens].every((token) => token < MAX_TOKEN_ID) &&
    utf8(outcome.text).length <= MAX_ANSWER_BYTES &&
    outcome.runtimeId.length === 32 &&
    equalBytes(outcome.outputHash, outputHash(answerTokens))
  );
}

/** Strict: the one encoding of an answer that is within the bounds of its task; anything else is undefined. */
export function parseOutcome(value: Uint8Array, task: InferenceTask): InferenceOutcome | undefined {
  if (value.length > MAX_OUTCOME_BYTES) return undefined;
  try {
    const outcome = InferenceOutcome.decode(value, { ordered: true });
    const isCanonical = equalBytes(InferenceOutcome.encode(outcome), value);
    return isCanonical && isSound(outcome, task) ? outcome : undefined;
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}
