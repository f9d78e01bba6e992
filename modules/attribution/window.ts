import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { RecordStatus } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import { attributionFinal } from "./events.js";
import { payRecord, putRecord } from "./holding.js";
import type { AttributionPorts } from "./ports.js";
import { withoutAttesters } from "./rules/correct.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

/** Records that become final in one block at most; the rest follow in the next. */
const MAX_FINAL_PER_BLOCK = 64;

/**
 * Payouts after which no further record becomes final in a block: each is a few reads and writes. A record has at most one for each
 * contributor and attester, so that a block makes a thousand more at most.
 */
const MAX_PAYOUTS_PER_BLOCK = 4_096;

/** Blocks by which a record waits longer at a time for audits of its attesters. */
const AUDIT_PATIENCE = 5n;

/** Puts a record up for dispute: until `finalHeight` anyone may object, and nothing of it is claimable. */
export function openWindow(ctx: Context, record: AttributionRecord, finalHeight: bigint): void {
  const { due } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  putRecord(ctx, { ...record, status: RecordStatus.RECORD_STATUS_OPEN, finalHeight });
  due.add([finalHeight, record.inferenceId]);
}

/** Takes an open record out of its window; returns the blocks that were left, none or fewer at its end. */
export function closeWindow(ctx: Context, record: AttributionRecord): bigint {
  attributionState.open(ctx.store(ATTRIBUTION_STORE)).due.delete([record.finalHeight, record.inferenceId]);
  return record.finalHeight - ctx.block.height;
}

/** The record without the attester pay of operators who failed an audit while it was not final. */
export function withForfeits(ctx: Context, ports: AttributionPorts, record: AttributionRecord): AttributionRecord {
  const { forfeits } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const isForfeit = (account: string): boolean => {
    if (account === "") return false;
    const failed = forfeits.get(parseAddress(account));
    return failed !== undefined && failed >= record.height;
  };
  return withoutAttesters(record, isForfeit, formatAddress(ports.communityPool.account));
}

/** Returns the payouts that were looked at. */
function finish(ctx: Context, ports: AttributionPorts, inferenceId: bigint): number {
  const { records, works, waiting } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const before = records.getOrFail(inferenceId);
  closeWindow(ctx, before);
  if (waiting.has(inferenceId)) {
    openWindow(ctx, before, ctx.block.height + AUDIT_PATIENCE);
    return before.payouts.length;
  }
  const after = withForfeits(ctx, ports, before);
  if (after !== before) putRecord(ctx, after);
  const record = { ...after, status: RecordStatus.RECORD_STATUS_FINAL };
  payRecord(ctx, ports, record);
  records.set(inferenceId, record);
  for (const key of works.keys({ prefix: [inferenceId] })) works.delete(key);
  ctx.emit(attributionFinal(record));
  return record.payouts.length;
}

/**
 * Records whose window ends with the block before become final, before any transaction of this one, so that a claim at the
 * final height succeeds and a dispute at it comes too late. A record whose attesters are still being audited waits. Bounded by
 * MAX_FINAL_PER_BLOCK and MAX_PAYOUTS_PER_BLOCK.
 */
export function finishRecords(ctx: Context, ports: AttributionPorts): void {
  const { due } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const end = [ctx.block.height + 1n, 0n] as const;
  let payouts = 0;
  for (const [, inferenceId] of due.keys({ end, limit: MAX_FINAL_PER_BLOCK })) {
    if (payouts >= MAX_PAYOUTS_PER_BLOCK) return;
    payouts += finish(ctx, ports, inferenceId);
  }
}
