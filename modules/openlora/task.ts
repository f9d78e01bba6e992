import type { Outcome, TaskKind } from "../../chain/attest/index.js";
import { parseAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { InferenceOutcome, InferenceStatus, InferenceTask } from "../../proto/gen/openledger/openlora/v1.js";
import { inferenceAnswered } from "./events.js";
import type { OpenLoraPorts } from "./ports.js";
import { MAX_OUTCOME_BYTES, parseOutcome } from "./rules/outcome.js";
import { createService, pricesOf } from "./service.js";
import { OPENLORA_STORE, openloraState } from "./state.js";

/** Kind of the tasks by which validators answer a prompt. */
export const INFERENCE_KIND = "inference";

/** The answer is on chain now; the escrow stays until it is attributed. */
function answer(ctx: Context, ports: OpenLoraPorts, inferenceId: bigint, outcome: Outcome): void {
  const state = openloraState.open(ctx.store(OPENLORA_STORE));
  const value = InferenceOutcome.decode(outcome.value);
  const inference = state.inferences.getOrFail(inferenceId);
  const { promptTokens, answerTokens, outputHash } = value;
  const answered = {
    ...inference,
    status: InferenceStatus.INFERENCE_STATUS_ANSWERED,
    answeredHeight: ctx.block.height,
    answer: value.text,
    promptTokens: promptTokens.length,
    answerTokens: answerTokens.length,
    outputHash,
  };
  state.inferences.set(inferenceId, answered);
  state.outcomes.set(inferenceId, value);
  ctx.emit(inferenceAnswered(answered));
  ports.attribution.open(ctx, {
    inferenceId,
    user: parseAddress(inference.user),
    adapterId: inference.adapterId,
    prompt: inference.prompt,
    promptTokens,
    answerTokens,
    outputHash,
    prices: pricesOf(state.quotes.getOrFail(inferenceId)),
    attesters: outcome.attesters,
  });
}

/** Exact kind: the answer of more than two thirds, or none and the money back. */
export function inferenceTask(ports: OpenLoraPorts): TaskKind {
  const service = createService(ports);
  return {
    kind: INFERENCE_KIND,
    maxValueBytes: MAX_OUTCOME_BYTES,
    isValid: (value, task) => parseOutcome(value, InferenceTask.decode(task.payload)) !== undefined,
    onResolved: (ctx, task, outcome) => answer(ctx, ports, task.subject, outcome),
    onFailed: (ctx, task) => service.refund(ctx, task.subject),
  };
}
