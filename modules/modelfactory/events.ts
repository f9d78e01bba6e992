import type { Event } from "../../chain/abci/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { sumUopen, toHex } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { AdapterStatus, DisputeKind, DisputeStatus, SampleStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, BaseModel, Checkpoint, Dispute, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingSplit } from "./rules/training-split.js";

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
    ["runtime_id", toHex(job.runtimeId)],
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

/** The adapter can be used; it is paid for from `settle_height` on. */
export function trainingCompleted(job: TrainingJob, adapter: Adapter): Event {
  return event("complete_training", [
    ...ids(job),
    ["trainer", job.trainer],
    ["adapter_id", job.adapterId.toString()],
    ["method", adapter.method],
    ["metasmoothness_ppm", adapter.metasmoothnessPpm.toString()],
    ["settle_height", job.settleHeight.toString()],
  ]);
}

/** The tangents did not predict well enough what retraining does: answers are priced by the fallback's vectors. */
export function attributionFallsBack(job: TrainingJob, adapter: Adapter): Event {
  return event("fall_back_attribution", [
    ...ids(job),
    ["adapter_id", adapter.id.toString()],
    ["method", adapter.method],
    ["metasmoothness_ppm", adapter.metasmoothnessPpm.toString()],
    ["least_ppm", job.metasmoothMinPpm.toString()],
  ]);
}

/** The bond went back to the trainer beside its part of the fee. */
export function trainingSettled(job: TrainingJob, paid: TrainingSplit): Event {
  return event("settle_training", [
    ...ids(job),
    ["trainer", job.trainer],
    ["adapter_id", job.adapterId.toString()],
    ["trainer_amount", paid.trainer.toString()],
    ["data_amount", sumUopen(paid.data.map((part) => part.amount)).toString()],
    ["community_amount", paid.community.toString()],
  ]);
}

/** Of the bond the winner got `paid`, the community pool the rest; the fee went back to the developer. */
export function trainingRefuted(
  job: TrainingJob,
  { winner, paid, reason }: { readonly winner: Address; readonly paid: Uopen; readonly reason: string },
): Event {
  return event("refute_training", [
    ...ids(job),
    ["trainer", job.trainer],
    ["adapter_id", job.adapterId.toString()],
    ["reason", reason],
    ["winner", formatAddress(winner)],
    ["bond", job.bond],
    ["paid", paid.toString()],
    ["refunded", job.fee],
  ]);
}

/** Too few validators have its runtime: the bond went back to the trainer, the fee to the developer. */
export function trainingUnverified(job: TrainingJob): Event {
  return event("unverify_training", [
    ...ids(job),
    ["trainer", job.trainer],
    ["adapter_id", job.adapterId.toString()],
    ["runtime_id", toHex(job.runtimeId)],
    ["bond", job.bond],
    ["refunded", job.fee],
  ]);
}

const KINDS: Readonly<Record<number, string>> = {
  [DisputeKind.DISPUTE_KIND_SEGMENT]: "segment",
  [DisputeKind.DISPUTE_KIND_CHECKPOINT]: "checkpoint",
  [DisputeKind.DISPUTE_KIND_RESULT]: "result",
};

const disputed = (dispute: Dispute): Rows => [
  ["dispute_id", dispute.id.toString()],
  ["job_id", dispute.jobId.toString()],
  ["challenger", dispute.challenger],
];

export function disputeOpened(dispute: Dispute): Event {
  return event("dispute_training", [
    ...disputed(dispute),
    ["kind", KINDS[dispute.kind] ?? ""],
    ["step", dispute.segment.toString()],
    ["bond", dispute.bond],
  ]);
}

const TURNS: Readonly<Record<number, string>> = {
  [DisputeStatus.DISPUTE_STATUS_TRAINER_TURN]: "trainer",
  [DisputeStatus.DISPUTE_STATUS_CHALLENGER_TURN]: "challenger",
  [DisputeStatus.DISPUTE_STATUS_COMMITTEE]: "committee",
};

/** Both sides know where they stand, and whose turn it is. */
export function disputeMoved(dispute: Dispute): Event {
  return event("move_dispute", [
    ...disputed(dispute),
    ["low", dispute.low.toString()],
    ["high", dispute.high.toString()],
    ["turn", TURNS[dispute.status] ?? ""],
    ["deadline", dispute.deadline.toString()],
    ["task_id", dispute.taskId.toString()],
  ]);
}

const ENDINGS: Readonly<Record<number, string>> = {
  [DisputeStatus.DISPUTE_STATUS_UPHELD]: "upheld",
  [DisputeStatus.DISPUTE_STATUS_REJECTED]: "rejected",
  [DisputeStatus.DISPUTE_STATUS_UNRESOLVED]: "unresolved",
};

/** Of the challenger's bond `bond_to` got `paid`, the community pool the rest. */
export function disputeClosed(dispute: Dispute, { bondTo, paid }: { readonly bondTo: Address; readonly paid: Uopen }): Event {
  return event("close_dispute", [
    ...disputed(dispute),
    ["outcome", ENDINGS[dispute.status] ?? ""],
    ["reason", dispute.reason],
    ["bond", dispute.bond],
    ["bond_to", formatAddress(bondTo)],
    ["paid", paid.toString()],
  ]);
}

const SAMPLES: Readonly<Record<number, string>> = {
  [SampleStatus.SAMPLE_STATUS_REPLAYING]: "replaying",
  [SampleStatus.SAMPLE_STATUS_CONFIRMED]: "confirmed",
  [SampleStatus.SAMPLE_STATUS_REFUTED]: "refuted",
  [SampleStatus.SAMPLE_STATUS_UNRESOLVED]: "unresolved",
};

/** An unasked replay was drawn, or is over. */
export function segmentSampled({ jobId, step, sample }: Checkpoint): Event {
  return event("sample_segment", [
    ["job_id", jobId.toString()],
    ["step", step.toString()],
    ["sample", SAMPLES[sample] ?? ""],
  ]);
}

const MARKS: Readonly<Record<number, string>> = {
  [AdapterStatus.ADAPTER_STATUS_REFUTED]: "refuted",
  [AdapterStatus.ADAPTER_STATUS_TAINTED]: "tainted",
  [AdapterStatus.ADAPTER_STATUS_UNVERIFIED]: "unverified",
};

/** Its own training was proven wrong or cannot be checked, or that of one it goes on from. */
export function adapterMarked(adapter: Adapter): Event {
  return event("mark_adapter", [
    ["adapter_id", adapter.id.toString()],
    ["owner", adapter.owner],
    ["mark", MARKS[adapter.status] ?? ""],
    ["parent_adapter_id", adapter.parentAdapterId.toString()],
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
