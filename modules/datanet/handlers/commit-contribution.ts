import { formatAddress } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { EMPTY_BYTES } from "../../../chain/primitives/index.js";
import { Access, ContributionStatus, DatanetStatus } from "../../../proto/gen/openledger/datanet/v1.js";
import type { Contribution, Datanet, MsgCommitContributionResponse } from "../../../proto/gen/openledger/datanet/v1.js";
import { takeBond } from "../bonds.js";
import { DatanetError } from "../errors.js";
import { contributionCommitted } from "../events.js";
import type { CommitContribution } from "../messages.js";
import type { DatanetPorts } from "../ports.js";
import { DATANET_STORE, datanetState } from "../state.js";

function checkOpenTo(datanet: Datanet, contributor: string): void {
  if (datanet.status !== DatanetStatus.DATANET_STATUS_PUBLISHED) throw DatanetError.NotPublished();
  const isListed = datanet.access !== Access.ACCESS_ALLOW_LIST || datanet.allowList.includes(contributor);
  if (!isListed) throw DatanetError.NotAllowed();
}

/**
 * Claims rows before anyone can see them; the id decides who was first. The bond leaves the contributor, or the
 * sponsor that it names, now.
 *
 * @throws Reject datanet/4, datanet/7, datanet/8, datanet/10, datanet/26, sdk/5.
 */
export function commitContribution(
  ctx: TxContext,
  ports: DatanetPorts,
  msg: CommitContribution,
): MsgCommitContributionResponse {
  const state = datanetState.open(ctx.store(DATANET_STORE));
  const contributor = formatAddress(msg.contributor);
  const datanet = state.datanets.getOrFail(msg.datanetId, () => DatanetError.DatanetNotFound(`datanet ${msg.datanetId}`));
  checkOpenTo(datanet, contributor);
  if (state.commitments.has(msg.commitment)) throw DatanetError.CommitmentExists();

  const { contributionBond, revealPeriod } = state.params.getOrFail();
  const sponsor = msg.sponsor === undefined ? "" : formatAddress(msg.sponsor);
  takeBond(ctx, ports, { contributor, sponsor }, contributionBond);
  const contribution: Contribution = {
    id: state.nextContribution.next(),
    datanetId: datanet.id,
    contributor,
    commitment: msg.commitment,
    status: ContributionStatus.CONTRIBUTION_STATUS_COMMITTED,
    commitHeight: ctx.block.height,
    revealHeight: 0n,
    blobCid: "",
    rowCount: 0,
    bytes: 0n,
    rowsRoot: EMPTY_BYTES,
    bond: contributionBond,
    duplicateRows: 0,
    version: 0n,
    revealDeadline: ctx.block.height + BigInt(revealPeriod),
    sponsor,
  };
  state.contributions.set(contribution.id, contribution);
  state.byDatanet.add([datanet.id, contribution.id]);
  state.commitments.add(msg.commitment);
  state.pending.add([datanet.id, contribution.id]);
  state.deadlines.add([contribution.revealDeadline, contribution.id]);
  ctx.emit(contributionCommitted(contribution));
  return { contributionId: contribution.id };
}
