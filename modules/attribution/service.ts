import type { Attester as TaskAttester } from "../../chain/attest/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { compareAscii } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { AttributionRecord, AttributionTask } from "../../proto/gen/openledger/attribution/v1.js";
import type { Params } from "../../proto/gen/openledger/attribution/v1.js";
import { operatorsOf } from "./attesters.js";
import { AttributionError } from "./errors.js";
import { attributionOpened } from "./events.js";
import { ATTRIBUTION_KIND } from "./kinds.js";
import type { AttributionPorts } from "./ports.js";
import { feeOf } from "./rules/fee.js";
import type { Prices, Usage } from "./rules/fee.js";
import { promptHash } from "./rules/prompt-hash.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

/** The default method (attribution.md §8.1). */
const TANGENTS = "tangent-v1";

/** An agreed, paid answer. */
export interface PaidAnswer {
  readonly inferenceId: bigint;
  readonly user: Address;
  readonly adapterId: bigint;
  readonly prompt: string;
  readonly promptTokens: readonly number[];
  readonly answerTokens: readonly number[];
  readonly outputHash: Uint8Array;
  readonly prices: Prices;
  /** Who was asked for the answer. */
  readonly attesters: readonly TaskAttester[];
}

/** What other modules may ask of attribution. */
export interface AttributionService {
  /** The fee of an answer; the rule by which records are verified. */
  feeOf(usage: Usage, prices: Prices): Uopen;
  /** Asks the validators who shaped the answer. @throws Reject attribution/3, attribution/4. */
  open(ctx: Context, answer: PaidAnswer): void;
}

/** "ef-v1" is version 1. */
function versionOf(method: string): number {
  return Number(/-v(\d{1,4})$/.exec(method)?.[1] ?? "1");
}

type Lineage = NonNullable<ReturnType<AttributionPorts["adapters"]["adapter"]>>["adapter"];

/** The vectors that price an adapter's answers: its tangents, or those of the method it fell back to. */
function vectorsOf({ method, tangentsCid, tangentRoot, fallbackCid, fallbackRoot }: Lineage) {
  if (method === "" || method === TANGENTS || fallbackRoot.length === 0) {
    return { method: method || TANGENTS, cid: tangentsCid, root: tangentRoot };
  }
  return { method, cid: fallbackCid, root: fallbackRoot };
}

function draftOf(ctx: Context, ports: AttributionPorts, answer: PaidAnswer): { draft: AttributionRecord; task: AttributionTask } {
  const view = ports.adapters.adapter(ctx, answer.adapterId);
  if (view === undefined) throw AttributionError.AdapterNotFound(`adapter ${answer.adapterId}`);
  const { adapter, base } = view;
  const vectors = vectorsOf(adapter);
  const params: Params = attributionState.open(ctx.store(ATTRIBUTION_STORE)).params.getOrFail();
  const usage = { promptTokens: answer.promptTokens.length, answerTokens: answer.answerTokens.length };
  const lineage = {
    inferenceId: answer.inferenceId,
    adapterId: answer.adapterId,
    baseModelId: adapter.baseModelId,
    datasets: adapter.datasets,
    adapterHash: adapter.adapterHash,
    tangentRoot: vectors.root,
    method: vectors.method,
  };
  const draft = AttributionRecord.create({
    ...lineage,
    ...usage,
    methodVersion: versionOf(vectors.method),
    vectorsCid: vectors.cid,
    promptHash: promptHash(answer.inferenceId, answer.user, answer.prompt),
    outputHash: answer.outputHash,
    fee: feeOf(usage, answer.prices).toString(),
    attesters: operatorsOf(ctx, ports, answer.attesters),
    split: params.split,
    rateIn: answer.prices.rateIn.toString(),
    rateOut: answer.prices.rateOut.toString(),
    platformFee: answer.prices.platformFee.toString(),
    royaltyPpm: base.royaltyPpm,
    adapterOwner: adapter.owner,
    baseModelOwner: base.owner,
  });
  const contributors = ports.adapters.contributors(ctx, answer.adapterId).map(formatAddress).sort(compareAscii);
  const { minSpanTokens, maxSpans, maxRows, background, runtimes } = params;
  const { promptTokens, answerTokens } = answer;
  const task = AttributionTask.create({
    ...lineage,
    tangentsCid: vectors.cid,
    promptTokens,
    answerTokens,
    contributors,
    minSpanTokens,
    maxSpans,
    maxRows,
    background,
    runtimes,
    beacon: ctx.block.hash,
  });
  return { draft, task };
}

export function createService(ports: AttributionPorts): AttributionService {
  return {
    feeOf,
    open(ctx, answer) {
      const { pending, records } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
      const isKnown = pending.has(answer.inferenceId) || records.has(answer.inferenceId);
      if (isKnown) throw AttributionError.AlreadyAttributed(`inference ${answer.inferenceId}`);
      const { draft, task } = draftOf(ctx, ports, answer);
      pending.set(answer.inferenceId, { draft, contributors: task.contributors });
      const payload = AttributionTask.encode(task);
      const taskId = ports.tasks.open(ctx, { kind: ATTRIBUTION_KIND, subject: answer.inferenceId, payload });
      ctx.emit(attributionOpened(draft, taskId));
    },
  };
}
