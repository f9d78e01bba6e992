import type { Event } from "../../chain/abci/index.js";
import { toHex } from "../../chain/primitives/index.js";
import type { AttributionDispute, AttributionRecord, Payout, WorkAudit } from "../../proto/gen/openledger/attribution/v1.js";

type Rows = readonly (readonly [key: string, value: string])[];

function event(type: string, rows: Rows): Event {
  return { type, attributes: rows.map(([key, value]) => ({ key, value, index: true })) };
}

export function attributionOpened(draft: AttributionRecord, taskId: bigint): Event {
  return event("open_attribution", [
    ["inference_id", draft.inferenceId.toString()],
    ["adapter_id", draft.adapterId.toString()],
    ["task_id", taskId.toString()],
    ["fee", draft.fee],
  ]);
}

export function attributionSettled(record: AttributionRecord): Event {
  return event("settle_attribution", [
    ["inference_id", record.inferenceId.toString()],
    ["adapter_id", record.adapterId.toString()],
    ["fee", record.fee],
    ["median", record.attestation.median.toString()],
    ["output_hash", toHex(record.outputHash)],
  ]);
}

/** Nobody can object any more; its payouts are claimable. */
export function attributionFinal(record: AttributionRecord): Event {
  return event("finalize_attribution", [
    ["inference_id", record.inferenceId.toString()],
    ["fee", record.fee],
  ]);
}

/** `challenger` is empty where the chain itself asks for a review. */
export function disputeOpened(dispute: AttributionDispute): Event {
  return event("dispute_attribution", [
    ["dispute_id", dispute.id.toString()],
    ["inference_id", dispute.inferenceId.toString()],
    ["challenger", dispute.challenger],
    ["bond", dispute.bond],
    ["task_id", dispute.taskId.toString()],
  ]);
}

/** The status is its number in openledger.attribution.v1.AttributionDisputeStatus; `reward` in uopen. */
export function disputeClosed(dispute: AttributionDispute, reward: bigint): Event {
  return event("close_attribution_dispute", [
    ["dispute_id", dispute.id.toString()],
    ["inference_id", dispute.inferenceId.toString()],
    ["status", dispute.status.toString()],
    ["reward", reward.toString()],
  ]);
}

export function auditOpened(audit: WorkAudit, taskId: bigint): Event {
  return event("open_work_audit", [
    ["audit_id", audit.id.toString()],
    ["inference_id", audit.inferenceId.toString()],
    ["validator", toHex(audit.validator)],
    ["task_id", taskId.toString()],
  ]);
}

export function auditClosed(audit: WorkAudit, result: "passed" | "failed" | "undecided"): Event {
  return event("close_work_audit", [
    ["audit_id", audit.id.toString()],
    ["inference_id", audit.inferenceId.toString()],
    ["validator", toHex(audit.validator)],
    ["result", result],
  ]);
}

export function attributionFailed(inferenceId: bigint): Event {
  return event("fail_attribution", [["inference_id", inferenceId.toString()]]);
}

/** One per payout; the role is its number in openledger.attribution.v1.PayoutRole. */
export function payoutMade(inferenceId: bigint, payout: Payout): Event {
  return event("attribution_payout", [
    ["inference_id", inferenceId.toString()],
    ["account", payout.account],
    ["role", payout.role.toString()],
    ["amount", payout.amount],
  ]);
}

export function rewardsClaimed(account: string, amount: bigint): Event {
  return event("claim_rewards", [
    ["account", account],
    ["amount", amount.toString()],
  ]);
}
