import { formatAddress, parseUopen } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { splitTime } from "../../../chain/primitives/index.js";
import { JobStatus, TrainingJob } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, DatasetRef, MsgOrderTrainingResponse, Params } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { contributorWeights } from "../contributors.js";
import { ModelError } from "../errors.js";
import { trainingOrdered } from "../events.js";
import { putJob } from "../job-book.js";
import { lineage, lineageDatasets } from "../lineage.js";
import type { OrderTraining } from "../messages.js";
import { checkParent } from "../parent.js";
import { MAX_CONTRIBUTORS } from "../params.js";
import type { Datasets, ModelFactoryPorts } from "../ports.js";
import { hyperparameterProblem } from "../rules/hyperparameters.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

/** The licence is a condition of the order, not a note beside it. */
function checkDataset(ctx: TxContext, datasets: Datasets, ref: DatasetRef, commercialUse: boolean): void {
  const name = `datanet ${ref.datanetId} version ${ref.version}`;
  const terms = datasets.terms(ctx, ref.datanetId);
  if (terms === undefined) throw ModelError.DatasetNotFound(name);
  if (!terms.isPublished) throw ModelError.DatanetNotPublished(`datanet ${ref.datanetId}`);
  if (!datasets.hasVersion(ctx, ref.datanetId, ref.version)) throw ModelError.DatasetNotFound(name);
  const { license } = terms;
  if (!license.derivatives) throw ModelError.LicenseForbids(`${name} allows no derivatives`);
  if (commercialUse && !license.commercialUse) throw ModelError.LicenseForbids(`${name} allows no commercial use`);
  if (license.expiresAt !== 0n && splitTime(ctx.block.time).seconds >= license.expiresAt) throw ModelError.LicenseExpired(name);
}

/** All that the result will be made of: the data of the ancestors binds and counts as well. */
function checkData(ctx: TxContext, datasets: Datasets, msg: OrderTraining, { params, line }: { params: Params; line: readonly Adapter[] }): void {
  if (msg.datasets.length > params.maxDatasets) throw ModelError.InvalidDatasets(`at most ${params.maxDatasets}`);
  const refs = lineageDatasets(line, msg.datasets);
  for (const ref of refs) checkDataset(ctx, datasets, ref, msg.commercialUse);
  const contributors = contributorWeights(ctx, datasets, refs).length;
  if (contributors > MAX_CONTRIBUTORS) throw ModelError.TooManyContributors(`at most ${MAX_CONTRIBUTORS}, got ${contributors}`);
  if (msg.hyperparameters.maxTangents === 0 && contributors > params.maxTangents) {
    throw ModelError.InvalidHyperparameters(`${contributors} contributors need cohorts: set 1 to ${params.maxTangents} tangents`);
  }
}

function jobOf(ctx: TxContext, msg: OrderTraining, params: Params): TrainingJob {
  return TrainingJob.create({
    id: modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).nextJob.next(),
    developer: formatAddress(msg.developer),
    baseModelId: msg.baseModelId,
    datasets: msg.datasets,
    hyperparameters: msg.hyperparameters,
    fee: msg.fee.toString(),
    commercialUse: msg.commercialUse,
    status: JobStatus.JOB_STATUS_OPEN,
    orderedHeight: ctx.block.height,
    bond: "0",
    deadline: ctx.block.height + BigInt(params.claimPeriod),
    parentAdapterId: msg.parentAdapterId,
    metasmoothSubsets: params.metasmoothSubsets,
    metasmoothMinPpm: params.metasmoothMinPpm,
  });
}

/**
 * Escrows the fee and waits for a trainer.
 *
 * @throws Reject modelfactory/5 to modelfactory/13, modelfactory/20, modelfactory/36, sdk/5.
 */
export function orderTraining(ctx: TxContext, ports: ModelFactoryPorts, msg: OrderTraining): MsgOrderTrainingResponse {
  const state = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const params = state.params.getOrFail();
  const problem = hyperparameterProblem(msg.hyperparameters, params);
  if (problem !== undefined) throw ModelError.InvalidHyperparameters(problem);
  if (!state.baseModels.has(msg.baseModelId)) throw ModelError.BaseModelNotFound(`base model ${msg.baseModelId}`);
  checkParent(ctx, msg);
  checkData(ctx, ports.datasets, msg, { params, line: lineage(ctx, msg.parentAdapterId) });
  if (msg.fee < parseUopen(params.minFee)) throw ModelError.FeeTooLow(`at least ${params.minFee} uopen`);

  ports.token.toModule(ctx, msg.developer, MODELFACTORY_STORE, msg.fee);
  const job = putJob(ctx, jobOf(ctx, msg, params));
  ctx.emit(trainingOrdered(job));
  return { jobId: job.id };
}
