import type { Context } from "../../../chain/kernel/index.js";
import { castVote } from "../ballots.js";
import { GovError } from "../errors.js";
import { voted } from "../events.js";
import type { Vote } from "../messages.js";
import type { Staking } from "../ports.js";
import { ballotOf } from "../rules/ballot.js";
import { formatOptions } from "../rules/weights.js";
import { readGov } from "../state.js";

/** Anybody may vote; what a vote weighs is what its voter has delegated when the voting period ends. @throws Reject gov/3. */
export function vote(ctx: Context, staking: Staking, { proposalId, voter, options, metadata }: Vote): void {
  const { open } = readGov(ctx);
  const ballot = [true, false].map((expedited) => ballotOf({ id: proposalId, expedited })).find((each) => open.has(each));
  if (ballot === undefined) throw GovError.InactiveProposal(proposalId.toString());
  castVote(ctx, staking, { ballot, voter, options, metadata });
  ctx.emit(voted(proposalId, voter, formatOptions(options)));
}
