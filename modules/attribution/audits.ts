import type { Outcome, TaskKind } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { Fault, equalBytes, toAddress } from "../../chain/primitives/index.js";
import { AttributionTask, RecordStatus, WorkAudit } from "../../proto/gen/openledger/attribution/v1.js";
import type { RevealedWork, SettledWork } from "../../proto/gen/openledger/attribution/v1.js";
import { forfeit, noteAttester, noteParts, noteTurnout, slashAndJail } from "./attesters.js";
import { auditClosed, auditOpened } from "./events.js";
import { putRecord } from "./holding.js";
import { AUDIT_KIND } from "./kinds.js";
import type { AttributionPorts } from "./ports.js";
import { isAudited } from "./rules/audit-lot.js";
import { isComparable } from "./rules/runtime.js";
import { AUDIT_BYTES, parseAudit, sealWork, workSeed } from "./rules/work.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";
import { withForfeits } from "./window.js";

/** Tasks whose audits are drawn in one block at most. */
const MAX_DRAWS_PER_BLOCK = 16;

/** Audits of one block after which no further task is drawn in it; each draws a committee. */
const MAX_AUDITS_PER_BLOCK = 64;

/** One more, or one less, thing that a record waits for before it is final. */
function wait(ctx: Context, inferenceId: bigint, change: 1 | -1): void {
  const { waiting } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const count = (waiting.get(inferenceId) ?? 0) + change;
  if (count === 0) waiting.delete(inferenceId);
  else waiting.set(inferenceId, count);
}

/** Keeps a settled task's findings until a later block's hash says whose work is redone. */
export function awaitDraw(ctx: Context, work: SettledWork): void {
  const { works, draws } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  works.set([work.inferenceId, work.taskId], work);
  draws.add([work.settledHeight, work.inferenceId, work.taskId]);
  wait(ctx, work.inferenceId, 1);
}

function openAudit(ctx: Context, ports: AttributionPorts, work: SettledWork, { validator, work: digest, runtimeId }: RevealedWork): void {
  const view = ports.tasks.view(ctx, work.taskId);
  if (view === undefined) return;
  const { audits, nextAudit } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { inferenceId, adapterId, baseModelId, datasets, background, beacon } = AttributionTask.decode(view.payload);
  const { taskId, attempt } = work;
  const seed = workSeed({ taskId, attempt, beacon, validator });
  const lineage = { taskId, inferenceId, adapterId, baseModelId, datasets, background };
  const audit: WorkAudit = { ...lineage, id: nextAudit.next(), seed, validator, digest, runtimeId };
  audits.set(audit.id, audit);
  wait(ctx, inferenceId, 1);
  const payload = WorkAudit.encode(audit);
  const opened = ports.tasks.open(ctx, { kind: AUDIT_KIND, subject: audit.id, payload, excluded: [toAddress(validator)] });
  ctx.emit(auditOpened(audit, opened));
}

/**
 * Draws whose work is redone, of tasks settled in an earlier block: by this block's hash, which was unknown when they revealed.
 * Where the outcome was public before the work, the lot falls on everyone who agreed. Bounded by MAX_DRAWS_PER_BLOCK and, but for
 * one committee, by MAX_AUDITS_PER_BLOCK.
 */
export function drawAudits(ctx: Context, ports: AttributionPorts): void {
  const { draws, works, params } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { auditPpm } = params.getOrFail();
  let opened = 0;
  for (const key of draws.keys({ end: [ctx.block.height, 0n, 0n], limit: MAX_DRAWS_PER_BLOCK })) {
    if (opened >= MAX_AUDITS_PER_BLOCK) return;
    const [, inferenceId, taskId] = key;
    const work = works.getOrFail([inferenceId, taskId]);
    draws.delete(key);
    works.set([inferenceId, taskId], { ...work, drawn: true });
    const lot = { blockHash: ctx.block.hash, taskId };
    const drawn = work.revealed.filter((r) => r.agreed && (work.exposed || isAudited({ ...lot, validator: r.validator }, auditPpm)));
    for (const part of drawn) openAudit(ctx, ports, work, part);
    opened += drawn.length;
    wait(ctx, inferenceId, -1);
  }
}

/** Its pay as an attester of every record that is not final is forfeit, from the audited one at once; the rest follow. */
function fail(ctx: Context, ports: AttributionPorts, audit: WorkAudit): void {
  const { records } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const validator = toAddress(audit.validator);
  noteAttester(ctx, ports, validator, (before) => ({ failedAudits: before.failedAudits + 1n }));
  forfeit(ctx, ports, validator);
  const record = records.get(audit.inferenceId);
  if (record !== undefined && record.status !== RecordStatus.RECORD_STATUS_FINAL) putRecord(ctx, withForfeits(ctx, ports, record));
  ports.communityPool.fund(ctx, ATTRIBUTION_STORE, slashAndJail(ctx, ports, validator));
}

/** Undefined where the auditors ran another of several programs and found something else. */
function verdictOf(ctx: Context, audit: WorkAudit, value: Uint8Array): "passed" | "failed" | undefined {
  const found = parseAudit(value);
  if (found === undefined) throw new Fault("an invalid audit was tallied", { audit: audit.id });
  if (equalBytes(sealWork(found.digest), audit.digest)) return "passed";
  const { runtimes } = attributionState.open(ctx.store(ATTRIBUTION_STORE)).params.getOrFail();
  return isComparable(runtimes, found.runtimeId, audit.runtimeId) ? "failed" : undefined;
}

function judge(ctx: Context, ports: AttributionPorts, auditId: bigint, outcome: Outcome | undefined): void {
  const { audits } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const audit = audits.getOrFail(auditId);
  audits.delete(auditId);
  wait(ctx, audit.inferenceId, -1);
  const verdict = outcome && verdictOf(ctx, audit, outcome.value);
  if (verdict === "passed") {
    noteAttester(ctx, ports, toAddress(audit.validator), (before) => ({ passedAudits: before.passedAudits + 1n }));
  }
  if (verdict === "failed") fail(ctx, ports, audit);
  if (outcome !== undefined) {
    noteParts(ctx, ports, outcome.attesters, "audit");
    noteTurnout(ctx, ports, outcome.attesters, true);
  }
  ctx.emit(auditClosed(audit, verdict ?? "undecided"));
}

/** The others find the digest itself, of which the audited validator published the seal. Without a quorum nothing happens. */
export function auditTask(ports: AttributionPorts): TaskKind {
  return {
    kind: AUDIT_KIND,
    maxValueBytes: AUDIT_BYTES,
    maxAttempts: 1,
    isValid: (value) => parseAudit(value) !== undefined,
    onResolved: (ctx, view, outcome) => judge(ctx, ports, view.subject, outcome),
    onFailed(ctx, view, attesters) {
      judge(ctx, ports, view.subject, undefined);
      noteTurnout(ctx, ports, attesters, false);
    },
  };
}
