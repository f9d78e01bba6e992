import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { GenesisSpec } from "../../chain/kernel/module.js";
import { GenesisState, InferenceStatus } from "../../proto/gen/openledger/openlora/v1.js";
import type { Inference } from "../../proto/gen/openledger/openlora/v1.js";
import { OpenLoraError } from "./errors.js";
import { checkParams, defaultParams } from "./params.js";
import { OPENLORA_STORE, openloraState } from "./state.js";

/** Whether the escrow of a request is still held. */
export function isHeld(inference: Inference): boolean {
  const { INFERENCE_STATUS_PENDING, INFERENCE_STATUS_ANSWERED } = InferenceStatus;
  return inference.status === INFERENCE_STATUS_PENDING || inference.status === INFERENCE_STATUS_ANSWERED;
}

function check(genesis: GenesisState): void {
  checkParams(genesis.params);
  const quoted = new Set(genesis.quotes.map((quote) => quote.inferenceId));
  for (const inference of genesis.inferences) {
    const name = `inference ${inference.id}`;
    parseUopen(inference.maxFee);
    if (inference.id >= genesis.nextInferenceId) throw OpenLoraError.InvalidGenesis(`${name} is not before the next`);
    if (isHeld(inference) !== quoted.has(inference.id)) throw OpenLoraError.InvalidGenesis(`${name} and its quote`);
  }
}

/** Indexes are not exported: they follow from the requests. */
export const genesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({ params: defaultParams, inferences: [], nextInferenceId: 1n, outcomes: [], quotes: [] }),
  init(ctx, document) {
    check(document);
    const state = openloraState.open(ctx.store(OPENLORA_STORE));
    state.params.set(document.params);
    state.nextInference.set(document.nextInferenceId);
    for (const inference of document.inferences) {
      const user = parseAddress(inference.user);
      state.inferences.set(inference.id, inference);
      state.byNonce.set([user, inference.clientNonce], inference.id);
      state.byUser.add([user, inference.id]);
    }
    for (const { inferenceId, outcome } of document.outcomes) state.outcomes.set(inferenceId, outcome);
    for (const quote of document.quotes) state.quotes.set(quote.inferenceId, quote);
    return [];
  },
  export(ctx) {
    const state = openloraState.read(ctx.store(OPENLORA_STORE));
    return {
      params: state.params.getOrFail(),
      inferences: [...state.inferences.values()],
      nextInferenceId: state.nextInference.peek(),
      outcomes: [...state.outcomes.entries()].map(([inferenceId, outcome]) => ({ inferenceId, outcome })),
      quotes: [...state.quotes.values()],
    };
  },
};
