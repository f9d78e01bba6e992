import { formatAddress } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { equalBytes } from "../../../chain/primitives/index.js";
import { ContributionStatus, QualityTask } from "../../../proto/gen/openledger/datanet/v1.js";
import type { Contribution, MsgRevealContributionResponse, Params } from "../../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "../errors.js";
import { contributionRevealed } from "../events.js";
import type { RevealContribution } from "../messages.js";
import type { DatanetPorts } from "../ports.js";
import { contributionCommitment } from "../rules/commitment.js";
import { blobBytes, rowBytes, rowsRoot } from "../rules/rows.js";
import { DATANET_STORE, datanetState } from "../state.js";
import { QUALITY_KIND } from "../task.js";

function checkWaiting(contribution: Contribution, msg: RevealContribution, height: bigint): void {
  if (contribution.contributor !== formatAddress(msg.contributor)) throw DatanetError.NotContributor();
  if (contribution.status !== ContributionStatus.CONTRIBUTION_STATUS_COMMITTED) throw DatanetError.NotCommitted();
  if (height > contribution.revealDeadline) {
    throw DatanetError.RevealTooLate(`last height was ${contribution.revealDeadline}`, { deadline: contribution.revealDeadline });
  }
}

function checkOpening(contribution: Contribution, msg: RevealContribution): void {
  const { contributor, blobCid, salt } = msg;
  const opened = contributionCommitment({ contributor, datanetId: contribution.datanetId, blobCid, salt });
  if (!equalBytes(opened, contribution.commitment)) throw DatanetError.CommitmentMismatch();
}

function checkSize(msg: RevealContribution, params: Params): void {
  const { rows } = msg;
  if (rows.length > params.maxRowsPerContribution) {
    throw DatanetError.InvalidRowCount(`at most ${params.maxRowsPerContribution}, got ${rows.length}`, { rows: rows.length });
  }
  const position = rows.findIndex((row) => row.bytes > params.maxRowBytes);
  if (position >= 0) {
    throw DatanetError.OversizeRow(`row ${position} has more than ${params.maxRowBytes} bytes`, { position });
  }
  const bytes = blobBytes(rows);
  if (bytes > params.maxBlobBytes) throw DatanetError.OversizeBlob(`at most ${params.maxBlobBytes} bytes, got ${bytes}`, { bytes });
}

function taskOf(c: Contribution, params: Params): Uint8Array {
  return QualityTask.encode({
    contributionId: c.id,
    datanetId: c.datanetId,
    blobCid: c.blobCid,
    rowCount: c.rowCount,
    bytes: c.bytes,
    rowsRoot: c.rowsRoot,
    maxRowBytes: params.maxRowBytes,
    maxBlobBytes: params.maxBlobBytes,
  });
}

/**
 * Opens the commitment; the validators then check that the blob is what it says.
 *
 * @throws Reject datanet/11 to datanet/19.
 */
export function revealContribution(
  ctx: TxContext,
  ports: DatanetPorts,
  msg: RevealContribution,
): MsgRevealContributionResponse {
  const state = datanetState.open(ctx.store(DATANET_STORE));
  const params = state.params.getOrFail();
  const before = state.contributions.getOrFail(msg.contributionId, () =>
    DatanetError.ContributionNotFound(`contribution ${msg.contributionId}`),
  );
  checkWaiting(before, msg, ctx.block.height);
  checkOpening(before, msg);
  checkSize(msg, params);

  const contribution: Contribution = {
    ...before,
    status: ContributionStatus.CONTRIBUTION_STATUS_REVEALED,
    revealHeight: ctx.block.height,
    blobCid: msg.blobCid,
    rowCount: msg.rows.length,
    bytes: rowBytes(msg.rows),
    rowsRoot: rowsRoot(msg.rows),
    revealDeadline: 0n,
  };
  state.contributions.set(contribution.id, contribution);
  state.rows.set(contribution.id, { contributionId: contribution.id, rows: msg.rows });
  state.deadlines.delete([before.revealDeadline, contribution.id]);
  const taskId = ports.tasks.open(ctx, {
    kind: QUALITY_KIND,
    subject: contribution.id,
    payload: taskOf(contribution, params),
  });
  ctx.emit(contributionRevealed(contribution, taskId));
  return {};
}
