import { equalBytes, toHex } from "../../chain/primitives/index.js";
import { parseVectors } from "../../modules/attribution/rules/vectors.js";
import { stateRootOf } from "../../modules/modelfactory/rules/train-state.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainRequest } from "../../proto/gen/openledger/sidecar/v1.js";
import { EdgeFailure } from "../errors.js";
import { readBlob } from "../tasks/blob-reader.js";
import { readDatasets } from "../tasks/dataset.js";
import type { ModelDeps, Models } from "../tasks/models.js";
import { queryParent } from "./job-record.js";

/** The part of a request that names the parent of continual training. */
type Parent = Pick<TrainRequest, "parentState" | "parentContributors">;

const NO_PARENT: Parent = { parentState: new Uint8Array(0), parentContributors: [] };

async function parentOf(deps: ModelDeps, job: TrainingJob, signal: AbortSignal): Promise<Parent> {
  const parent = await queryParent(deps.state, job);
  if (parent === undefined) return NO_PARENT;
  const parentState = await readBlob(deps.blobs, parent.checkpoint.stateCid, signal);
  const root = stateRootOf(parentState);
  if (root === undefined || !equalBytes(root, parent.checkpoint.stateHash)) {
    const facts = { cid: parent.checkpoint.stateCid, expected: toHex(parent.checkpoint.stateHash) };
    throw new EdgeFailure("malformed", "the parent's last state is not the one on chain", facts);
  }
  const vectors = parseVectors(await readBlob(deps.blobs, parent.adapter.tangentsCid, signal));
  if (vectors === undefined) throw new EdgeFailure("malformed", "the parent's tangents cannot be read", { cid: parent.adapter.tangentsCid });
  return { parentState, parentContributors: vectors.contributors.map((c) => c.contributor) };
}

/**
 * What the sidecar needs to run a job from its start to its end, from the chain and the blob store alone: the trainer, a
 * validator and a stranger build the same request. `resumeFrom` and `stopAfter` are the caller's to change.
 */
export async function trainRequest(deps: ModelDeps, models: Models, job: TrainingJob, signal: AbortSignal): Promise<TrainRequest> {
  const { hyperparameters: h } = job;
  const baseId = await models.base(job.baseModelId, signal);
  const rows = await readDatasets(deps, job.datasets, signal);
  return {
    baseId,
    rows,
    rank: h.rank,
    alpha: h.alpha,
    targets: h.targets,
    rateNano: h.rateNano,
    beta1Ppm: h.beta1Ppm,
    beta2Ppm: h.beta2Ppm,
    epsilonPico: h.epsilonPico,
    batchSize: h.batchSize,
    steps: h.steps,
    sequenceLength: h.sequenceLength,
    seed: h.seed,
    checkpointEvery: h.checkpointEvery,
    tangents: true,
    resumeFrom: new Uint8Array(0),
    stopAfter: 0,
    maxTangents: h.maxTangents,
    metasmoothSubsets: job.metasmoothSubsets,
    statesOnly: false,
    ...(await parentOf(deps, job, signal)),
  };
}
