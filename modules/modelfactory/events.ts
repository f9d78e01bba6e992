import type { Event } from "../../chain/abci/index.js";
import { toHex } from "../../chain/primitives/index.js";
import type { Adapter, BaseModel, Checkpoint, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";

type Rows = readonly (readonly [key: string, value: string])[];

function event(type: string, rows: Rows): Event {
  return { type, attributes: rows.map(([key, value]) => ({ key, value, index: true })) };
}

const ids = (job: TrainingJob): Rows => [
  ["job_id", job.id.toString()],
  ["developer", job.developer],
];

export function baseModelRegistered(base: BaseModel): Event {
  return event("register_base_model", [
    ["base_model_id", base.id.toString()],
    ["owner", base.owner],
    ["base_hash", toHex(base.baseHash)],
  ]);
}

export function trainingOrdered(job: TrainingJob): Event {
  return event("order_training", [
    ...ids(job),
    ["base_model_id", job.baseModelId.toString()],
    ["fee", job.fee],
    ["deadline", job.deadline.toString()],
  ]);
}

export function trainingClaimed(job: TrainingJob): Event {
  return event("claim_training", [
    ...ids(job),
    ["trainer", job.trainer],
    ["bond", job.bond],
    ["deadline", job.deadline.toString()],
  ]);
}

export function checkpointSubmitted(checkpoint: Checkpoint, job: TrainingJob): Event {
  return event("submit_checkpoint", [
    ...ids(job),
    ["trainer", job.trainer],
    ["step", checkpoint.step.toString()],
    ["loss_micro_nats", checkpoint.lossMicroNats.toString()],
    ["state_hash", toHex(checkpoint.stateHash)],
  ]);
}

export function trainingCompleted(job: TrainingJob, paid: { readonly trainer: bigint; readonly data: bigint; readonly community: bigint }): Event {
  return event("complete_training", [
    ...ids(job),
    ["trainer", job.trainer],
    ["adapter_id", job.adapterId.toString()],
    ["trainer_amount", paid.trainer.toString()],
    ["data_amount", paid.data.toString()],
    ["community_amount", paid.community.toString()],
  ]);
}

/** The fee, and the trainer's bond if there was one, went to the developer. */
export function trainingFailed(job: TrainingJob, reason: string): Event {
  return event("fail_training", [...ids(job), ["trainer", job.trainer], ["reason", reason], ["refunded", job.fee], ["bond", job.bond]]);
}

export function trainingExpired(job: TrainingJob): Event {
  return event("expire_training", [...ids(job), ["refunded", job.fee]]);
}

export function adapterPublished(adapter: Adapter): Event {
  return event("publish_adapter", [
    ["adapter_id", adapter.id.toString()],
    ["owner", adapter.owner],
    ["rate_in", adapter.rateIn],
    ["rate_out", adapter.rateOut],
  ]);
}
