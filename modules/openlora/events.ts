import type { Event } from "../../chain/abci/index.js";
import { toHex } from "../../chain/primitives/index.js";
import type { Inference } from "../../proto/gen/openledger/openlora/v1.js";

type Rows = readonly (readonly [key: string, value: string])[];

function event(type: string, inference: Inference, rows: Rows): Event {
  const all: Rows = [
    ["inference_id", inference.id.toString()],
    ["user", inference.user],
    ["adapter_id", inference.adapterId.toString()],
    ...rows,
  ];
  return { type, attributes: all.map(([key, value]) => ({ key, value, index: true })) };
}

export function inferenceRequested(inference: Inference, taskId: bigint): Event {
  return event("request_inference", inference, [
    ["client_nonce", inference.clientNonce],
    ["max_fee", inference.maxFee],
    ["task_id", taskId.toString()],
  ]);
}

export function inferenceAnswered(inference: Inference): Event {
  return event("answer_inference", inference, [
    ["prompt_tokens", inference.promptTokens.toString()],
    ["answer_tokens", inference.answerTokens.toString()],
    ["output_hash", toHex(inference.outputHash)],
  ]);
}

export function inferenceSettled(inference: Inference, returned: bigint): Event {
  return event("settle_inference", inference, [
    ["fee", inference.fee],
    ["returned", returned.toString()],
  ]);
}

export function inferenceRefunded(inference: Inference): Event {
  return event("refund_inference", inference, [["refunded", inference.maxFee]]);
}
