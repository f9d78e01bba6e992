import { message } from "../../../client/messages.js";
import { responseOf } from "../../../client/responses.js";
import { MsgCreateVersion, MsgCreateVersionResponse } from "../../../proto/gen/openledger/datanet/v1.js";
import {
  AdapterStatus,
  JobStatus,
  MsgOrderTraining,
  MsgOrderTrainingResponse,
  MsgPublishAdapter,
} from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, Checkpoint, TrainingJob } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { FIRST_PAGE, waitInStory } from "../story.js";
import type { Story } from "../story.js";
import { DATANET_OWNER } from "./datanet.js";

/** The accepted rows are frozen as a version, which training can name. */
export async function ensureVersion(story: Story, datanetId: bigint): Promise<bigint> {
  const { datanet } = await story.chain.openledger.datanet.datanet({ datanetId });
  if (datanet.latestVersion > 0n) return datanet.latestVersion;
  const owner = story.actors[DATANET_OWNER];
  const sent = await story.chain.send(owner, [message(MsgCreateVersion, { owner: owner.address, datanetId })]);
  return responseOf(sent, MsgCreateVersionResponse).version;
}

export interface TrainingOrder {
  readonly baseModelId: bigint;
  readonly datanetId: bigint;
  readonly version: bigint;
}

const { JOB_STATUS_FAILED, JOB_STATUS_EXPIRED, JOB_STATUS_REFUTED, JOB_STATUS_UNVERIFIED } = JobStatus;
const LOST: readonly number[] = [JOB_STATUS_FAILED, JOB_STATUS_EXPIRED, JOB_STATUS_REFUTED, JOB_STATUS_UNVERIFIED];
/** The adapter can be used from completion on; it is paid for once the window is over. */
const DONE: readonly number[] = [JobStatus.JOB_STATUS_COMPLETED, JobStatus.JOB_STATUS_SETTLED];

/** A job of ours over this data that has not been lost; a lost one is ordered again. */
async function findJob(story: Story, order: TrainingOrder): Promise<TrainingJob | undefined> {
  const { jobs } = await story.chain.openledger.modelfactory.jobs({ pagination: FIRST_PAGE });
  const developer = story.actors.developer.address;
  return jobs.find((job) => {
    const [data] = job.datasets;
    const isOurs = job.developer === developer && job.baseModelId === order.baseModelId;
    return isOurs && data?.datanetId === order.datanetId && data.version === order.version && !LOST.includes(job.status);
  });
}

/** A LoRA fine-tune is ordered and paid for. */
export async function ensureJob(story: Story, order: TrainingOrder): Promise<bigint> {
  const found = await findJob(story, order);
  if (found !== undefined) return found.id;
  const { developer } = story.actors;
  const { hyperparameters, trainingFee } = story.options;
  const { baseModelId, datanetId, version } = order;
  const sent = await story.chain.send(developer, [
    message(MsgOrderTraining, {
      developer: developer.address,
      baseModelId,
      datasets: [{ datanetId, version }],
      hyperparameters,
      fee: trainingFee.toString(),
      commercialUse: true,
    }),
  ]);
  return responseOf(sent, MsgOrderTrainingResponse).jobId;
}

/** Millionths of a nat as "3.142". */
export function formatLoss(microNats: bigint): string {
  const milli = (microNats + 500n) / 1_000n;
  return `${milli / 1_000n}.${(milli % 1_000n).toString().padStart(3, "0")}`;
}

async function checkpointsOf(story: Story, jobId: bigint): Promise<readonly Checkpoint[]> {
  return (await story.chain.openledger.modelfactory.checkpoints({ jobId, pagination: FIRST_PAGE })).checkpoints;
}

export interface Trained {
  readonly adapterId: bigint;
  readonly checkpoints: readonly Checkpoint[];
}

/** The trainer's checkpoints have arrived on chain, and after them the adapter. */
export async function awaitTraining(story: Story, jobId: bigint): Promise<Trained> {
  let step = 0;
  const look = async (): Promise<Trained | undefined> => {
    const { job } = await story.chain.openledger.modelfactory.job({ jobId });
    if (LOST.includes(job.status)) throw new Error(`training job ${jobId} failed, the fee went back: "npm start" orders it again`);
    const checkpoints = await checkpointsOf(story, jobId);
    const last = checkpoints.at(-1);
    step = last?.step ?? 0;
    const state = last === undefined ? "waiting for the first checkpoint" : `loss ${formatLoss(last.lossMicroNats)}`;
    story.note(`step ${step} of ${job.hyperparameters.steps}, ${state}`);
    return DONE.includes(job.status) ? { adapterId: job.adapterId, checkpoints } : undefined;
  };
  return waitInStory(story, "the training job", look, () => step);
}

/** The adapter is offered at its rates. */
export async function ensurePublished(story: Story, adapterId: bigint): Promise<Adapter> {
  const query = async (): Promise<Adapter> => (await story.chain.openledger.modelfactory.adapter({ adapterId })).adapter;
  const adapter = await query();
  if (adapter.status === AdapterStatus.ADAPTER_STATUS_PUBLISHED) return adapter;
  const { developer } = story.actors;
  const rates = { rateIn: story.options.rateIn.toString(), rateOut: story.options.rateOut.toString() };
  const offer = { owner: developer.address, adapterId, name: "Presidents", ...rates };
  await story.chain.send(developer, [message(MsgPublishAdapter, offer)]);
  return query();
}
