import { formatAddress, parseUopen } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { utf8 } from "../../../chain/primitives/index.js";
import { Inference, InferenceStatus, InferenceTask } from "../../../proto/gen/openledger/openlora/v1.js";
import type { MsgRequestInferenceResponse, Params } from "../../../proto/gen/openledger/openlora/v1.js";
import { OpenLoraError } from "../errors.js";
import { inferenceRequested } from "../events.js";
import type { RequestInference } from "../messages.js";
import type { Adapters, OpenLoraPorts, Prices } from "../ports.js";
import { maxPromptTokens } from "../rules/outcome.js";
import { OPENLORA_STORE, openloraState } from "../state.js";
import { INFERENCE_KIND } from "../task.js";

type AdapterView = NonNullable<ReturnType<Adapters["adapter"]>>;

function checkSize(msg: RequestInference, params: Params): void {
  const bytes = utf8(msg.prompt).length;
  if (bytes > params.maxPromptBytes) throw OpenLoraError.InvalidPrompt(`at most ${params.maxPromptBytes} bytes, got ${bytes}`);
  if (msg.maxTokens > params.maxAnswerTokens) {
    throw OpenLoraError.InvalidMaxTokens(`at most ${params.maxAnswerTokens}, got ${msg.maxTokens}`);
  }
}

function publishedAdapter(ctx: TxContext, ports: OpenLoraPorts, adapterId: bigint): AdapterView {
  const view = ports.adapters.adapter(ctx, adapterId);
  if (view === undefined) throw OpenLoraError.AdapterNotFound(`adapter ${adapterId}`);
  if (view.isMarked) throw OpenLoraError.AdapterRefuted(`adapter ${adapterId}`);
  if (!view.isPublished) throw OpenLoraError.AdapterNotPublished(`adapter ${adapterId}`);
  return view;
}

/** The escrow must cover the longest answer to this prompt, so that a fee never exceeds it. */
function checkMaxFee(ports: OpenLoraPorts, msg: RequestInference, params: Params, prices: Prices): void {
  const usage = { promptTokens: maxPromptTokens(msg.prompt), answerTokens: msg.maxTokens };
  const worst = ports.attribution.feeOf(usage, prices);
  const least = parseUopen(params.minEscrow);
  const needed = worst > least ? worst : least;
  if (msg.maxFee < needed) throw OpenLoraError.MaxFeeTooLow(`at least ${needed} uopen`, { needed });
}

function taskOf(id: bigint, msg: RequestInference, view: AdapterView): Uint8Array {
  return InferenceTask.encode({
    inferenceId: id,
    adapterId: msg.adapterId,
    baseModelId: view.adapter.baseModelId,
    prompt: msg.prompt,
    maxTokens: msg.maxTokens,
    sampling: msg.sampling,
    baseHash: view.base.baseHash,
    adapterHash: view.adapter.adapterHash,
    maxPromptTokens: maxPromptTokens(msg.prompt),
  });
}

function store(ctx: TxContext, msg: RequestInference, prices: Prices): Inference {
  const state = openloraState.open(ctx.store(OPENLORA_STORE));
  const inference = Inference.create({
    ...msg,
    id: state.nextInference.next(),
    user: formatAddress(msg.user),
    maxFee: msg.maxFee.toString(),
    status: InferenceStatus.INFERENCE_STATUS_PENDING,
    requestedHeight: ctx.block.height,
    fee: "0",
  });
  state.inferences.set(inference.id, inference);
  state.byNonce.set([msg.user, msg.clientNonce], inference.id);
  state.byUser.add([msg.user, inference.id]);
  state.quotes.set(inference.id, {
    inferenceId: inference.id,
    rateIn: prices.rateIn.toString(),
    rateOut: prices.rateOut.toString(),
    platformFee: prices.platformFee.toString(),
  });
  return inference;
}

/**
 * Escrows the most it may cost and asks the validators. The prices of now hold for this request.
 *
 * @throws Reject openlora/2, openlora/5 to openlora/9, openlora/12, sdk/5.
 */
export function requestInference(ctx: TxContext, ports: OpenLoraPorts, msg: RequestInference): MsgRequestInferenceResponse {
  const state = openloraState.open(ctx.store(OPENLORA_STORE));
  const params = state.params.getOrFail();
  checkSize(msg, params);
  if (state.byNonce.has([msg.user, msg.clientNonce])) throw OpenLoraError.NonceUsed();
  const view = publishedAdapter(ctx, ports, msg.adapterId);
  const prices = {
    rateIn: parseUopen(view.adapter.rateIn),
    rateOut: parseUopen(view.adapter.rateOut),
    platformFee: parseUopen(params.platformFee),
  };
  checkMaxFee(ports, msg, params, prices);

  ports.token.toModule(ctx, msg.user, OPENLORA_STORE, msg.maxFee);
  const inference = store(ctx, msg, prices);
  const payload = taskOf(inference.id, msg, view);
  const taskId = ports.tasks.open(ctx, { kind: INFERENCE_KIND, subject: inference.id, payload });
  ctx.emit(inferenceRequested(inference, taskId));
  return { inferenceId: inference.id };
}
