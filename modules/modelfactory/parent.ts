import { formatAddress } from "../../chain/codec/index.js";
import type { TxContext } from "../../chain/kernel/context.js";
import { AdapterStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, LoraHyperparameters } from "../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "./errors.js";
import { MAX_LINEAGE, lineage } from "./lineage.js";
import { isMarked } from "./marks.js";
import type { OrderTraining } from "./messages.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Weights and tangents are carried over as they are, so their layout has to stay. */
function isSameShape(a: LoraHyperparameters, b: LoraHyperparameters): boolean {
  const isSameRank = a.rank === b.rank && a.alpha === b.alpha;
  return isSameRank && a.targets.length === b.targets.length && a.targets.every((target, i) => target === b.targets[i]);
}

function problemWith(ctx: TxContext, parent: Adapter, msg: OrderTraining): string | undefined {
  const { jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const isPublished = parent.status === AdapterStatus.ADAPTER_STATUS_PUBLISHED;
  if (isMarked(parent)) return "its training was proven wrong or cannot be checked";
  if (!isPublished && parent.owner !== formatAddress(msg.developer)) return "it is a draft of somebody else";
  if (parent.baseModelId !== msg.baseModelId) return "it stands on another base model";
  if (!isSameShape(jobs.getOrFail(parent.jobId).hyperparameters, msg.hyperparameters)) return "rank, alpha and targets must be the same";
  return lineage(ctx, parent.id).length < MAX_LINEAGE ? undefined : `at most ${MAX_LINEAGE} in a line`;
}

/** Own drafts, and what anyone published, can be trained on. @throws Reject modelfactory/20, modelfactory/36. */
export function checkParent(ctx: TxContext, msg: OrderTraining): void {
  if (msg.parentAdapterId === 0n) return;
  const { adapters } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const parent = adapters.getOrFail(msg.parentAdapterId, () => ModelError.AdapterNotFound(`adapter ${msg.parentAdapterId}`));
  const problem = problemWith(ctx, parent, msg);
  if (problem !== undefined) throw ModelError.InvalidParent(problem);
}
