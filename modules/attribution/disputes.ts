import { formatAddress, parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { EMPTY_BYTES, Fault, equalBytes, subUopen, sumUopen, toAddress, toHex, toUopen } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import {
  AttributionDisputeStatus,
  AttributionTask,
  RecordStatus,
} from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionDispute, AttributionRecord, SettledWork } from "../../proto/gen/openledger/attribution/v1.js";
import { activeValidators, slashAndJail } from "./attesters.js";
import { disputeClosed, disputeOpened } from "./events.js";
import { forgetHarm, noteHarm } from "./harm.js";
import { putRecord } from "./holding.js";
import { ATTRIBUTION_KIND } from "./kinds.js";
import type { AttributionPorts } from "./ports.js";
import { attestationOf } from "./resolved.js";
import type { Resolved } from "./resolved.js";
import { corrected } from "./rules/correct.js";
import { agreedHash } from "./rules/finding.js";
import { isComparable } from "./rules/runtime.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";
import { closeWindow, openWindow } from "./window.js";

/** Blocks that a record is open at least after a dispute, if the whole window is not shorter: to answer a correction. */
const MIN_REOPENED = 20n;

/**
 * A challenger's reward in bonds at most. Watching pays, but to dispute what is right, over and over until a committee happens to
 * be one's own, must not, however much stake there is to slash: it would have to succeed once in so many times (ADR 0104).
 */
const MAX_REWARD_BONDS = 20n;

/** Who objects, and what it puts up; undefined where the chain itself does. */
export interface Challenge {
  readonly challenger: Address;
  readonly bond: Uopen;
}

function worksOf(ctx: Context, inferenceId: bigint): SettledWork[] {
  return [...attributionState.open(ctx.store(ATTRIBUTION_STORE)).works.values({ prefix: [inferenceId] })];
}

/** The same question under a new beacon, before those who did not attest it, as far as there are others. */
function openTask(ctx: Context, ports: AttributionPorts, record: AttributionRecord, disputeId: bigint): bigint {
  const first = ports.tasks.view(ctx, record.attestation.taskId);
  if (first === undefined) throw new Fault("a record's task is gone", { inference: record.inferenceId });
  const { runtimes } = attributionState.open(ctx.store(ATTRIBUTION_STORE)).params.getOrFail();
  const task = { ...AttributionTask.decode(first.payload), beacon: ctx.block.hash, disputeId, runtimes };
  return ports.tasks.open(ctx, {
    kind: ATTRIBUTION_KIND,
    subject: record.inferenceId,
    payload: AttributionTask.encode(task),
    avoided: worksOf(ctx, record.inferenceId).flatMap((w) => w.revealed.map((r) => toAddress(r.validator))),
  });
}

/** An open record goes before a fresh committee. The bond lies in this module's account already. Returns the dispute. */
export function openReview(
  ctx: Context,
  ports: AttributionPorts,
  inferenceId: bigint,
  challenge: Challenge | undefined,
): AttributionDispute {
  const { records, disputes, disputesOf, nextDispute } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const record = records.getOrFail(inferenceId);
  const id = nextDispute.next();
  const dispute: AttributionDispute = {
    id,
    inferenceId,
    challenger: challenge === undefined ? "" : formatAddress(challenge.challenger),
    bond: (challenge?.bond ?? 0n).toString(),
    taskId: openTask(ctx, ports, record, id),
    status: AttributionDisputeStatus.ATTRIBUTION_DISPUTE_STATUS_OPEN,
    openedHeight: ctx.block.height,
    closedHeight: 0n,
    remaining: closeWindow(ctx, record),
  };
  putRecord(ctx, { ...record, status: RecordStatus.RECORD_STATUS_DISPUTED, finalHeight: 0n });
  disputes.set(id, dispute);
  disputesOf.add([inferenceId, id]);
  ctx.emit(disputeOpened(dispute));
  return dispute;
}

interface Verdict {
  readonly status: number;
  readonly record: AttributionRecord;
  /** uopen for the challenger beside its bond. */
  readonly reward: Uopen;
}

/** Ends the dispute: the bond goes back unless it was lost, and the record is open again for what was left, or a while. */
function close(ctx: Context, ports: AttributionPorts, dispute: AttributionDispute, verdict: Verdict): void {
  const { disputes, params } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const bond = parseUopen(dispute.bond);
  const isLost = verdict.status === AttributionDisputeStatus.ATTRIBUTION_DISPUTE_STATUS_REJECTED;
  if (isLost) ports.communityPool.fund(ctx, ATTRIBUTION_STORE, bond);
  else if (bond > 0n) ports.token.fromModule(ctx, ATTRIBUTION_STORE, parseAddress(dispute.challenger), bond);
  const closed = { ...dispute, status: verdict.status, closedHeight: ctx.block.height };
  disputes.set(dispute.id, closed);
  const window = BigInt(params.getOrFail().disputeWindow);
  const least = window < MIN_REOPENED ? window : MIN_REOPENED;
  const left = dispute.remaining > least ? dispute.remaining : least;
  openWindow(ctx, { ...verdict.record, disputeId: dispute.id }, ctx.block.height + left);
  ctx.emit(disputeClosed(closed, verdict.reward));
}

/** Slashes and jails whoever attested the refuted value, in the record or in a review that came to nothing, once each; returns what was taken. */
function punishWrong(ctx: Context, ports: AttributionPorts, works: readonly SettledWork[], refuted: Uint8Array): Uopen {
  const wrong = new Map<string, Address>();
  for (const { validator, outcomeHash } of works.flatMap((w) => w.revealed)) {
    if (equalBytes(outcomeHash, refuted)) wrong.set(toHex(validator), toAddress(validator));
  }
  return sumUopen([...wrong.values()].map((validator) => slashAndJail(ctx, ports, validator)));
}

/**
 * Half of what the wrong attesters lost, rounded down, is the challenger's, up to so many times its bond; the community pool owns
 * the rest.
 */
function reward(ctx: Context, ports: AttributionPorts, dispute: AttributionDispute, taken: Uopen): Uopen {
  const most = parseUopen(dispute.bond) * MAX_REWARD_BONDS;
  const half = toUopen(taken >> 1n < most ? taken >> 1n : most);
  if (half > 0n) ports.token.fromModule(ctx, ATTRIBUTION_STORE, parseAddress(dispute.challenger), half);
  ports.communityPool.fund(ctx, ATTRIBUTION_STORE, subUopen(taken, half));
  return half;
}

/** The record as the review has it: its outcome, and pay for those of the first committee who had found just that. */
function correctedBy(ctx: Context, ports: AttributionPorts, record: AttributionRecord, resolved: Resolved): AttributionRecord {
  const { value: outcome, task } = resolved;
  const [first] = worksOf(ctx, task.inferenceId);
  if (first === undefined) throw new Fault("a record that is not final has no work", { inference: task.inferenceId });
  // Whoever is in jail by now is not paid for having been right, as at any settlement.
  const serving = activeValidators(ctx, ports);
  const revealed = first.revealed.map((r) => (serving.has(toHex(r.validator)) ? r : { ...r, outcomeHash: EMPTY_BYTES }));
  const correction = { outcome, outcomeHash: agreedHash(outcome, task), attestation: attestationOf(resolved), revealed };
  return corrected(record, correction, formatAddress(ports.communityPool.account));
}

/** A fresh committee found something else: the record is corrected, and who attested what was refuted pays for it. */
function uphold(ctx: Context, ports: AttributionPorts, dispute: AttributionDispute, resolved: Resolved): void {
  const { records } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { task } = resolved;
  const record = records.getOrFail(task.inferenceId);
  const after = correctedBy(ctx, ports, record, resolved);
  const refuted = agreedHash(record.outcome, task);
  const works = worksOf(ctx, task.inferenceId);
  const taken = record.attestation.median ? toUopen(0n) : punishWrong(ctx, ports, works, refuted);
  forgetHarm(ctx, record);
  noteHarm(ctx, after);
  const status = AttributionDisputeStatus.ATTRIBUTION_DISPUTE_STATUS_UPHELD;
  close(ctx, ports, dispute, { status, record: after, reward: reward(ctx, ports, dispute, taken) });
}

/** No exact result, or one made by other software: the record stands, and nobody has lost. */
export function leaveUnresolved(ctx: Context, ports: AttributionPorts, disputeId: bigint): void {
  const { disputes, records } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const dispute = disputes.getOrFail(disputeId);
  const status = AttributionDisputeStatus.ATTRIBUTION_DISPUTE_STATUS_UNRESOLVED;
  close(ctx, ports, dispute, { status, record: records.getOrFail(dispute.inferenceId), reward: toUopen(0n) });
}

/** Call before the findings of the review itself are noted: they are no part of what it judges. */
export function decideReview(ctx: Context, ports: AttributionPorts, resolved: Resolved): void {
  const { disputes, records } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { task, value, outcome } = resolved;
  const dispute = disputes.getOrFail(task.disputeId);
  const record = records.getOrFail(task.inferenceId);
  const isSame = equalBytes(agreedHash(value, task), agreedHash(record.outcome, task));
  const isProof = isSame || isComparable(task.runtimes, value.runtimeId, record.outcome.runtimeId);
  if (outcome.median || !isProof) return leaveUnresolved(ctx, ports, task.disputeId);
  if (!isSame) return uphold(ctx, ports, dispute, resolved);
  // To be close to a median was enough only while nobody knew better.
  const after = record.attestation.median ? correctedBy(ctx, ports, record, resolved) : record;
  const status = AttributionDisputeStatus.ATTRIBUTION_DISPUTE_STATUS_REJECTED;
  close(ctx, ports, dispute, { status, record: after, reward: toUopen(0n) });
}
