import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { addUopen } from "../../chain/primitives/index.js";
import { JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { contributorWeights } from "./contributors.js";
import { trainingSettled } from "./events.js";
import { changeJob } from "./job-book.js";
import type { ModelFactoryPorts } from "./ports.js";
import { splitTrainingFee } from "./rules/training-split.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/**
 * The window passed and nobody proved the training wrong: trainer, contributors of its datasets and the community pool are paid,
 * the bond goes back. Bounded by the contributors of a job.
 */
export function settleJob(ctx: Context, ports: ModelFactoryPorts, job: TrainingJob): void {
  const params = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).params.getOrFail();
  const split = splitTrainingFee(parseUopen(job.fee), params, contributorWeights(ctx, ports.datasets, job.datasets));
  const trainer = addUopen(split.trainer, parseUopen(job.bond));
  ports.token.fromModule(ctx, MODELFACTORY_STORE, parseAddress(job.trainer), trainer);
  for (const { account, amount } of split.data) ports.token.fromModule(ctx, MODELFACTORY_STORE, account, amount);
  ports.communityPool.fund(ctx, MODELFACTORY_STORE, split.community);
  ctx.emit(trainingSettled(changeJob(ctx, job.id, () => ({ status: JobStatus.JOB_STATUS_SETTLED, deadline: 0n })), split));
}
