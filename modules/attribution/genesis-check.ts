import { parseUopen } from "../../chain/codec/index.js";
import { AttributionDisputeStatus, RecordStatus } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord, GenesisState } from "../../proto/gen/openledger/attribution/v1.js";
import { AttributionError } from "./errors.js";
import { checkParams } from "./params.js";
import { payoutTotal } from "./rules/split.js";

function checkThat(holds: boolean, what: string): void {
  if (!holds) throw AttributionError.InvalidGenesis(what);
}

function checkRecord(record: AttributionRecord): void {
  const { inferenceId, payouts, fee, status, finalHeight } = record;
  checkThat(payoutTotal(payouts) === parseUopen(fee), `payouts of inference ${inferenceId} do not sum to its fee`);
  const hasStatus = status >= RecordStatus.RECORD_STATUS_OPEN && status <= RecordStatus.RECORD_STATUS_FINAL;
  checkThat(hasStatus, `inference ${inferenceId} has no status`);
  const isDisputed = status === RecordStatus.RECORD_STATUS_DISPUTED;
  checkThat(isDisputed === (finalHeight === 0n), `inference ${inferenceId} has no final height`);
}

/** What stands twice would be there once after the import, and money with it. */
function checkOnce<T>(what: string, keys: readonly T[]): void {
  checkThat(new Set(keys).size === keys.length, `${what} twice`);
}

function checkDisputes({ records, disputes, nextDisputeId }: GenesisState): void {
  const { ATTRIBUTION_DISPUTE_STATUS_OPEN: OPEN } = AttributionDisputeStatus;
  checkOnce("a dispute", disputes.map((d) => d.id));
  checkThat(disputes.every((d) => d.id < nextDisputeId), "the next dispute has a number that is taken");
  const disputed = new Set(records.filter((r) => r.status === RecordStatus.RECORD_STATUS_DISPUTED).map((r) => r.inferenceId));
  const open = disputes.filter((d) => d.status === OPEN).map((d) => d.inferenceId);
  const isMatched = disputed.size === open.length && open.every((id) => disputed.has(id));
  checkThat(isMatched && new Set(open).size === open.length, "a disputed record has one open dispute");
}

/** Findings and audits are those of records that are not final; all of these have findings. */
function checkWorks({ records, works, audits, nextAuditId }: GenesisState): void {
  checkOnce("findings", works.map((w) => `${w.inferenceId}/${w.taskId}`));
  checkOnce("an audit", audits.map((a) => a.id));
  checkThat(audits.every((a) => a.id < nextAuditId), "the next audit has a number that is taken");
  const unfinished = new Set(records.filter((r) => r.status !== RecordStatus.RECORD_STATUS_FINAL).map((r) => r.inferenceId));
  const found = new Set(works.map((w) => w.inferenceId));
  const isMatched = found.size === unfinished.size && [...found].every((id) => unfinished.has(id));
  checkThat(isMatched, "findings are those of records that are not final");
  checkThat(audits.every((a) => unfinished.has(a.inferenceId)), "audits are those of records that are not final");
}

/** @throws Reject attribution/5, attribution/6; sdk/18 on an amount that is none. */
export function checkGenesis(genesis: GenesisState): void {
  const { params, records, accrued, pending, harm, attesters } = genesis;
  checkParams(params);
  records.forEach(checkRecord);
  checkOnce("an inference", [...records.map((r) => r.inferenceId), ...pending.map((p) => p.draft.inferenceId)]);
  checkOnce("an account", accrued.map((a) => a.account));
  checkThat(accrued.every(({ amount }) => parseUopen(amount) > 0n), "nothing accrued is left out");
  checkOnce("harm", harm.map((h) => `${h.adapterId}/${h.contributor}`));
  checkThat(attesters.every((a) => a.validator.length === 20), "a consensus address has 20 bytes");
  checkDisputes(genesis);
  checkWorks(genesis);
}
