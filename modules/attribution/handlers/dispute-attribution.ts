import { parseUopen } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { RecordStatus } from "../../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord, MsgDisputeAttributionResponse } from "../../../proto/gen/openledger/attribution/v1.js";
import { openReview } from "../disputes.js";
import { AttributionError } from "../errors.js";
import type { DisputeAttribution } from "../messages.js";
import type { AttributionPorts } from "../ports.js";
import { ATTRIBUTION_STORE, attributionState } from "../state.js";

/** Disputes of one record at most: after so many committees nobody learns anything new, and payees have waited enough. */
const MAX_DISPUTES = 4;

function checkDisputable(ctx: TxContext, record: AttributionRecord): void {
  const { inferenceId, status, finalHeight } = record;
  const { disputesOf } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  if (status === RecordStatus.RECORD_STATUS_DISPUTED) throw AttributionError.AlreadyDisputed(`inference ${inferenceId}`);
  const isOpen = status === RecordStatus.RECORD_STATUS_OPEN && ctx.block.height < finalHeight;
  if (!isOpen) throw AttributionError.WindowClosed(`inference ${inferenceId}`);
  const before = [...disputesOf.keys({ prefix: [inferenceId], limit: MAX_DISPUTES })].length;
  if (before >= MAX_DISPUTES) throw AttributionError.TooManyDisputes(`inference ${inferenceId}: ${before}`);
}

/**
 * The bond is held until a fresh committee has redone the attribution.
 *
 * @throws Reject attribution/7, 8, 9, 10; sdk/5 when the challenger has too little.
 */
export function disputeAttribution(
  ctx: TxContext,
  ports: AttributionPorts,
  msg: DisputeAttribution,
): MsgDisputeAttributionResponse {
  const { records, params } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { challenger, inferenceId } = msg;
  checkDisputable(ctx, records.getOrFail(inferenceId, () => AttributionError.RecordNotFound(`inference ${inferenceId}`)));
  const bond = parseUopen(params.getOrFail().disputeBond);
  ports.token.toModule(ctx, challenger, ATTRIBUTION_STORE, bond);
  return { disputeId: openReview(ctx, ports, inferenceId, { challenger, bond }).id };
}
