import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { BlobReads } from "../tasks/blob-reader.js";
import { queryContributions } from "../tasks/dataset.js";
import { queryBaseModel } from "../tasks/models.js";
import type { StateReader } from "../tasks/types.js";
import { findBlob } from "./available.js";
import type { Patience } from "./available.js";
import { queryParent } from "./job-record.js";

/** Names of all blobs that running a job takes: base model, rows, and what it goes on from. */
export async function inputsOf(state: StateReader, job: TrainingJob): Promise<readonly string[]> {
  const base = await queryBaseModel(state, job.baseModelId);
  const rows = await Promise.all(job.datasets.map((ref) => queryContributions(state, ref)));
  const parent = await queryParent(state, job);
  return [
    ...[base.configCid, base.tokenizerCid, base.weightsCid],
    ...rows.flat().map(({ contribution }) => contribution.blobCid),
    ...(parent === undefined ? [] : [parent.checkpoint.stateCid, parent.adapter.tangentsCid]),
  ];
}

/** The first of these blobs that nobody gives, or gives as something else; undefined where all are to be had. */
export async function firstMissing(blobs: BlobReads, cids: readonly string[], patience: Patience): Promise<string | undefined> {
  for (const cid of cids) {
    if (await blobs.has(cid)) continue;
    if ((await findBlob(blobs, cid, patience)).kind !== "good") return cid;
  }
  return undefined;
}
