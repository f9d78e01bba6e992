import type { Event } from "../../chain/abci/index.js";
import { toHex } from "../../chain/primitives/index.js";
import type { AttributionRecord, Payout } from "../../proto/gen/openledger/attribution/v1.js";

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
