import type { Proposal } from "../../../proto/gen/cosmos/gov/v1.js";
import { ProposalStatus } from "../../../proto/gen/cosmos/gov/v1.js";
import { formatAddress, fromTimestamp } from "../../../chain/codec/index.js";
import type { Context } from "../../../chain/kernel/index.js";
import { chargeDeposits } from "../deposits.js";
import type { DepositPorts } from "../deposits.js";
import { GovError, noProposal } from "../errors.js";
import { canceled } from "../events.js";
import type { Cancel } from "../messages.js";
import { deleteProposal } from "../proposals.js";
import { openGov } from "../state.js";

const OPEN_STATUSES: readonly number[] = [
  ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD,
  ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD,
];

function checkCancelable(ctx: Context, proposal: Proposal, proposer: string): void {
  const { id } = proposal;
  if (proposal.proposer === "")
    throw GovError.InvalidProposal(`proposal ${id} doesn't have proposer ${proposer}, so cannot be canceled`);
  if (proposal.proposer !== proposer) throw GovError.InvalidProposer(`invalid proposer ${proposer}`);
  if (!OPEN_STATUSES.includes(proposal.status))
    throw GovError.InvalidProposal("proposal should be in the deposit or voting period");
  if (proposal.votingEndTime !== undefined && fromTimestamp(proposal.votingEndTime) < ctx.block.time)
    throw GovError.VotingPeriodEnded(`voting period is already ended for this proposal ${id}`);
}

/** @throws Reject collections/1, gov/18, 20 or 21, sdk/4. */
export function cancelProposal(ctx: Context, ports: DepositPorts, { proposalId, proposer }: Cancel): void {
  const text = formatAddress(proposer);
  const proposal = openGov(ctx).proposals.getOrFail(proposalId, () => noProposal(proposalId));
  checkCancelable(ctx, proposal, text);
  chargeDeposits(ctx, ports, proposalId);
  deleteProposal(ctx, proposal);
  ctx.emit(canceled(proposalId, text));
}
