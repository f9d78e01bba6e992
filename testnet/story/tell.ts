import { CONTRIBUTORS } from "./actors.js";
import { awaitFinal, awaitSettlement, claimAll, ensureAsked } from "./stages/ask.js";
import { ensureBaseModel } from "./stages/base-model.js";
import { awaitAcceptance, commitAll, prepareOffers, revealAll } from "./stages/contribute.js";
import { ensureDatanet } from "./stages/datanet.js";
import { awaitTraining, ensureJob, ensurePublished, ensureVersion } from "./stages/train.js";
import type { Trained } from "./stages/train.js";
import type { Story } from "./story.js";

/** What the story left on chain. */
export interface Told {
  readonly datanetId: bigint;
  readonly rows: number;
  readonly adapterId: bigint;
  readonly trained: Trained;
  readonly inferenceIds: readonly bigint[];
}

/** Runs one stage: says its title, measures it, and passes its result on. */
export type RunStage = <T>(title: string, work: () => Promise<T>) => Promise<T>;

/**
 * The whole story, in order. Every stage asks the chain first what is done already, so telling it again, after a crash or
 * on another day, goes on where it stopped.
 */
export async function tellStory(story: Story, stage: RunStage): Promise<Told> {
  const base = await stage("register the base model", () => ensureBaseModel(story));
  const datanetId = await stage("create and publish the Datanet", () => ensureDatanet(story));
  const offers = await prepareOffers(story, datanetId);
  await stage(`${CONTRIBUTORS.length} contributors commit to their rows`, () => commitAll(story, datanetId, offers));
  await stage("upload and reveal the rows", () => revealAll(story, datanetId, offers));
  const accepted = await stage("validators check the rows", () => awaitAcceptance(story, datanetId, offers));
  const version = await stage("freeze a dataset version", () => ensureVersion(story, datanetId));
  const order = { baseModelId: base.id, datanetId, version };
  const jobId = await stage("order a LoRA fine-tune", () => ensureJob(story, order));
  const trained = await stage("train, checkpoint by checkpoint", () => awaitTraining(story, jobId));
  const { adapterId } = trained;
  await stage("publish the adapter", () => ensurePublished(story, adapterId));
  const inferenceIds = await stage("ask paid questions", () => ensureAsked(story, adapterId));
  await stage("validators agree on answers and attribution", async () => {
    for (const inferenceId of inferenceIds) await awaitSettlement(story, inferenceId);
  });
  await stage("the dispute window passes", async () => {
    for (const inferenceId of inferenceIds) await awaitFinal(story, inferenceId);
  });
  await stage("claim rewards", () => claimAll(story));
  const rows = accepted.reduce((sum, contribution) => sum + contribution.rowCount, 0);
  return { datanetId, rows, adapterId, trained, inferenceIds };
}
