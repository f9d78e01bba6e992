import type { Outcome, TaskKind } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { equalBytes, toAddress } from "../../chain/primitives/index.js";
import { AttributionTask, RecordStatus, WorkAudit } from "../../proto/gen/openledger/attribution/v1.js";
import type { RevealedWork, SettledWork } from "../../proto/gen/openledger/attribution/v1.js";
import { forfeit, noteAttester, noteParts, slashAndJail } from "./attesters.js";
import { auditClosed, auditOpened } from "./events.js";
import { putRecord } from "./holding.js";
import { AUDIT_KIND } from "./kinds.js";
import type { AttributionPorts } from "./ports.js";
import { isAudited } from "./rules/audit-lot.js";
import { WORK_BYTES, sealWork, workSeed } from "./rules/work.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";
import { withForfeits } from "./window.js";

/** Tasks whose audits are drawn in one block at most. Each has at most a committee of attesters. */
const MAX_DRAWS_PER_BLOCK = 16;

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

function openAudit(ctx: Context, ports: AttributionPorts, work: SettledWork, { validator, work: digest }: RevealedWork): void {
  const view = ports.tasks.view(ctx, work.taskId);
  if (view === undefined) return;
  const { audits, nextAudit } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { inferenceId, adapterId, baseModelId, datasets, background, beacon } = AttributionTask.decode(view.payload);
  const { taskId, attempt } = work;
  const seed = workSeed({ taskId, attempt, beacon, validator });
  const lineage = { taskId, inferenceId, adapterId, baseModelId, datasets, background };
  const audit: WorkAudit = { ...lineage, id: nextAudit.next(), seed, validator, digest };
  audits.set(audit.id, audit);
  wait(ctx, inferenceId, 1);
  const payload = WorkAudit.encode(audit);
  const opened = ports.tasks.open(ctx, { kind: AUDIT_KIND, subject: audit.id, payload, excluded: [toAddress(validator)] });
  ctx.emit(auditOpened(audit, opened));
}

/**
 * Draws whose work is redone, of tasks settled in an earlier block: by this block's hash, which was unknown when they revealed.
 * Where the outcome was public before the work, the lot falls on everyone who agreed. Bounded by MAX_DRAWS_PER_BLOCK.
 */
export function drawAudits(ctx: Context, ports: AttributionPorts): void {
  const { draws, works, params } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { auditPpm } = params.getOrFail();
  for (const key of draws.keys({ end: [ctx.block.height, 0n, 0n], limit: MAX_DRAWS_PER_BLOCK })) {
    const [, inferenceId, taskId] = key;
    const work = works.getOrFail([inferenceId, taskId]);
    draws.delete(key);
    works.set([inferenceId, taskId], { ...work, drawn: true });
    for (const part of work.revealed.filter((r) => r.agreed)) {
      const lot = { blockHash: ctx.block.hash, taskId, validator: part.validator };
      if (work.exposed || isAudited(lot, auditPpm)) openAudit(ctx, ports, work, part);
    }
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

function judge(ctx: Context, ports: AttributionPorts, auditId: bigint, outcome: Outcome | undefined): void {
  const { audits } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const audit = audits.getOrFail(auditId);
  audits.delete(auditId);
  wait(ctx, audit.inferenceId, -1);
  if (outcome === undefined) return ctx.emit(auditClosed(audit, "undecided"));
  const hasPassed = equalBytes(sealWork(outcome.value), audit.digest);
  if (hasPassed) {
    noteAttester(ctx, ports, toAddress(audit.validator), (before) => ({ passedAudits: before.passedAudits + 1n }));
  } else {
    fail(ctx, ports, audit);
  }
  noteParts(ctx, ports, outcome.attesters);
  ctx.emit(auditClosed(audit, hasPassed ? "passed" : "failed"));
}

/** The others find the digest itself, of which the audited validator published the seal. Without a quorum nothing happens. */
export function auditTask(ports: AttributionPorts): TaskKind {
  return {
    kind: AUDIT_KIND,
    maxValueBytes: WORK_BYTES,
    maxAttempts: 1,
    isValid: (value) => value.length === WORK_BYTES,
    onResolved: (ctx, view, outcome) => judge(ctx, ports, view.subject, outcome),
    onFailed: (ctx, view) => judge(ctx, ports, view.subject, undefined),
  };
}
