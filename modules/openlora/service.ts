import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { Fault, subUopen } from "../../chain/primitives/index.js";
import type { Uopen } from "../../chain/primitives/index.js";
import { InferenceStatus } from "../../proto/gen/openledger/openlora/v1.js";
import type { Inference, Quote } from "../../proto/gen/openledger/openlora/v1.js";
import { inferenceRefunded, inferenceSettled } from "./events.js";
import type { OpenLoraPorts, Prices } from "./ports.js";
import { OPENLORA_STORE, openloraState } from "./state.js";

/** What attribution calls when it is done: one of the two, once. */
export interface OpenLoraService {
  /** Moves the fee to `toModule`, returns the rest of the escrow, and ends the request. */
  settle(ctx: Context, inferenceId: bigint, toModule: string): void;
  /** Returns the whole escrow and ends the request. */
  refund(ctx: Context, inferenceId: bigint): void;
}

export function pricesOf(quote: Quote): Prices {
  return {
    rateIn: parseUopen(quote.rateIn),
    rateOut: parseUopen(quote.rateOut),
    platformFee: parseUopen(quote.platformFee),
  };
}

/** The request, if its escrow is still here; ending one twice is our bug. */
function held(ctx: Context, inferenceId: bigint, statuses: readonly number[]): Inference {
  const inference = openloraState.open(ctx.store(OPENLORA_STORE)).inferences.getOrFail(inferenceId);
  if (!statuses.includes(inference.status)) {
    throw new Fault("an escrow is released once", { inference: inferenceId, status: inference.status });
  }
  return inference;
}

function payBack(ctx: Context, ports: OpenLoraPorts, inference: Inference, amount: Uopen): void {
  if (amount > 0n) ports.token.fromModule(ctx, OPENLORA_STORE, parseAddress(inference.user), amount);
}

export function createService(ports: OpenLoraPorts): OpenLoraService {
  return {
    settle(ctx, inferenceId, toModule) {
      const state = openloraState.open(ctx.store(OPENLORA_STORE));
      const inference = held(ctx, inferenceId, [InferenceStatus.INFERENCE_STATUS_ANSWERED]);
      const fee = ports.attribution.feeOf(inference, pricesOf(state.quotes.getOrFail(inferenceId)));
      const rest = subUopen(parseUopen(inference.maxFee), fee);
      const status = InferenceStatus.INFERENCE_STATUS_SETTLED;
      const settled = { ...inference, status, settledHeight: ctx.block.height, fee: fee.toString() };
      state.inferences.set(inferenceId, settled);
      state.quotes.delete(inferenceId);
      ports.token.moduleToModule(ctx, OPENLORA_STORE, toModule, fee);
      payBack(ctx, ports, inference, rest);
      ctx.emit(inferenceSettled(settled, rest));
    },
    refund(ctx, inferenceId) {
      const state = openloraState.open(ctx.store(OPENLORA_STORE));
      const { INFERENCE_STATUS_PENDING, INFERENCE_STATUS_ANSWERED, INFERENCE_STATUS_REFUNDED } = InferenceStatus;
      const inference = held(ctx, inferenceId, [INFERENCE_STATUS_PENDING, INFERENCE_STATUS_ANSWERED]);
      const refunded = { ...inference, status: INFERENCE_STATUS_REFUNDED, settledHeight: ctx.block.height };
      state.inferences.set(inferenceId, refunded);
      state.quotes.delete(inferenceId);
      payBack(ctx, ports, inference, parseUopen(inference.maxFee));
      ctx.emit(inferenceRefunded(refunded));
    },
  };
}
