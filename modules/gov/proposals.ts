import type { Proposal } from "../../proto/gen/cosmos/gov/v1.js";
import { ProposalStatus } from "../../proto/gen/cosmos/gov/v1.js";
import type { Timestamp } from "../../proto/gen/google/protobuf.js";
import { formatAddress, fromTimestamp, toTimestamp } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { Fault, splitTime, toTimeNs } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { closeBallot, openBallot } from "./ballots.js";
import { submitted } from "./events.js";
import type { Submission } from "./messages.js";
import { rulesOf } from "./params.js";
import { ballotOf } from "./rules/ballot.js";
import { openGov } from "./state.js";

const EMPTY_TALLY = { yesCount: "0", abstainCount: "0", noCount: "0", noWithVetoCount: "0" };

/** A time so many nanoseconds later. */
function after(time: TimeNs, period: bigint): TimeNs {
  const { seconds, nanos } = splitTime(time);
  const total = seconds * 1_000_000_000n + BigInt(nanos) + period;
  return toTimeNs(total / 1_000_000_000n, Number(total % 1_000_000_000n));
}

/** A time that the proposal's state says is there. */
export function timeOf(timestamp: Timestamp | undefined): TimeNs {
  if (timestamp === undefined) throw new Fault("proposal without the time of its period");
  return fromTimestamp(timestamp);
}

/** A new proposal, waiting for deposits. */
export function createProposal(ctx: Context, submission: Submission): Proposal {
  const state = openGov(ctx);
  const id = state.nextProposal.next();
  const { proposer, messages, metadata, title, summary, isExpedited: expedited } = submission;
  const end = after(ctx.block.time, rulesOf(ctx).depositPeriod);
  const proposal: Proposal = {
    id,
    messages,
    status: ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD,
    finalTallyResult: EMPTY_TALLY,
    submitTime: toTimestamp(ctx.block.time),
    depositEndTime: toTimestamp(end),
    totalDeposit: [],
    votingStartTime: undefined,
    votingEndTime: undefined,
    metadata,
    title,
    summary,
    proposer: formatAddress(proposer),
    expedited,
    failedReason: "",
  };
  state.proposals.set(id, proposal);
  state.inactive.add([end, id]);
  ctx.emit(submitted(id, proposer, messages.map((m) => m.typeUrl)));
  return proposal;
}

/** From the deposit period to the voting period. */
export function startVoting(ctx: Context, proposal: Proposal): void {
  const state = openGov(ctx);
  const { votingPeriod, expeditedVotingPeriod } = rulesOf(ctx);
  const end = after(ctx.block.time, proposal.expedited ? expeditedVotingPeriod : votingPeriod);
  state.proposals.set(proposal.id, {
    ...proposal,
    status: ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD,
    votingStartTime: toTimestamp(ctx.block.time),
    votingEndTime: toTimestamp(end),
  });
  state.inactive.delete([timeOf(proposal.depositEndTime), proposal.id]);
  state.active.add([end, proposal.id]);
  openBallot(ctx, ballotOf(proposal));
}

/** An expedited proposal that failed, as a regular one: the same start, a later end, no votes. Returns what is stored. */
export function convertToRegular(ctx: Context, proposal: Proposal): Proposal {
  const end = after(timeOf(proposal.votingStartTime), rulesOf(ctx).votingPeriod);
  const regular: Proposal = { ...proposal, expedited: false, votingEndTime: toTimestamp(end) };
  const state = openGov(ctx);
  state.active.add([end, proposal.id]);
  state.proposals.set(proposal.id, regular);
  openBallot(ctx, ballotOf(regular));
  return regular;
}

/** Takes a proposal, its place in the queues and its votes out of the state. Its deposits must be dealt with first. */
export function deleteProposal(ctx: Context, proposal: Proposal): void {
  const state = openGov(ctx);
  state.inactive.delete([timeOf(proposal.depositEndTime), proposal.id]);
  if (proposal.votingEndTime !== undefined) {
    state.active.delete([timeOf(proposal.votingEndTime), proposal.id]);
    closeBallot(ctx, ballotOf(proposal));
  }
  state.proposals.delete(proposal.id);
}
