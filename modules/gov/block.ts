import type { Proposal } from "../../proto/gen/cosmos/gov/v1.js";
import { ProposalStatus } from "../../proto/gen/cosmos/gov/v1.js";
import type { Context, MessageRunner } from "../../chain/kernel/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { closeBallot, pruneBallots, recount, tallyOf } from "./ballots.js";
import { forfeitDeposits, refundDeposits } from "./deposits.js";
import type { DepositPorts } from "./deposits.js";
import { dropped, tallied } from "./events.js";
import type { Result } from "./events.js";
import { executeProposal } from "./execution.js";
import { rulesOf } from "./params.js";
import type { Rules } from "./params.js";
import type { Accounts, Staking } from "./ports.js";
import { convertToRegular, deleteProposal, timeOf } from "./proposals.js";
import { ballotOf } from "./rules/ballot.js";
import { formatTally, judge } from "./rules/tally.js";
import type { Tally, Verdict } from "./rules/tally.js";
import { openGov, readGov } from "./state.js";

/** What one block does at most; the rest waits for the next, in order of time. Each proposal has at most MAX_DEPOSITORS deposits. */
const DROPPED_PER_BLOCK = 16;
const TALLIED_PER_BLOCK = 16;
const PRUNED_PER_BLOCK = 500;

export interface BlockPorts extends DepositPorts {
  readonly staking: Staking;
  readonly accounts: Accounts;
  readonly runner: MessageRunner;
}

/** Votes of genesis count from the first block on, when staking knows its delegations. */
export function beginGov(ctx: Context, staking: Staking): void {
  const { uncounted } = openGov(ctx);
  if (!uncounted.has()) return;
  recount(ctx, staking);
  uncounted.delete();
}

/** Just later than `time`: the end of a range that includes it. */
function past(time: TimeNs): readonly [TimeNs, bigint] {
  return [(time + 1n) as TimeNs, 0n];
}

function due(ctx: Context, queue: "active" | "inactive", limit: number): bigint[] {
  return [...readGov(ctx)[queue].keys({ end: past(ctx.block.time), limit })].map(([, id]) => id);
}

/** Proposals whose deposit period is over. */
function dropInactive(ctx: Context, ports: BlockPorts): void {
  for (const id of due(ctx, "inactive", DROPPED_PER_BLOCK)) {
    const proposal = readGov(ctx).proposals.getOrFail(id);
    if (rulesOf(ctx).takesDepositBeforeVote) forfeitDeposits(ctx, ports, id);
    else refundDeposits(ctx, ports, id);
    deleteProposal(ctx, proposal);
    ctx.emit(dropped(id));
  }
}

interface Outcome {
  readonly proposal: Proposal;
  readonly result: Result;
  readonly log: string;
}

/** Whether the verdict costs the depositors what they gave. */
function takesDeposit(verdict: Verdict, rules: Rules): boolean {
  if (verdict === "no quorum") return rules.takesDepositWithoutQuorum;
  return verdict === "vetoed" && rules.takesDepositOnVeto;
}

function passed(ctx: Context, ports: BlockPorts, proposal: Proposal): Outcome {
  const failure = executeProposal(ctx, ports, proposal);
  if (failure === undefined) {
    const status = ProposalStatus.PROPOSAL_STATUS_PASSED;
    return { proposal: { ...proposal, status }, result: "proposal_passed", log: "passed" };
  }
  const { index, typeUrl, reason } = failure;
  return {
    proposal: { ...proposal, status: ProposalStatus.PROPOSAL_STATUS_FAILED, failedReason: reason },
    result: "proposal_failed",
    log: `passed, but msg ${index} (${typeUrl}) failed on execution: ${reason}`,
  };
}

function rejected(proposal: Proposal): Outcome {
  const status = ProposalStatus.PROPOSAL_STATUS_REJECTED;
  const failedReason = "proposal did not get enough votes to pass";
  return { proposal: { ...proposal, status, failedReason }, result: "proposal_rejected", log: "rejected" };
}

function judgeProposal(ctx: Context, staking: Staking, proposal: Proposal): { found: Tally; verdict: Verdict } {
  const rules = rulesOf(ctx);
  const found = tallyOf(ctx, staking, ballotOf(proposal));
  const threshold = proposal.expedited ? rules.expeditedThreshold : rules.threshold;
  const thresholds = { quorum: rules.quorum, threshold, veto: rules.vetoThreshold };
  return { found, verdict: judge(found, staking.totalBonded(ctx), thresholds) };
}

/** Deposits go first, as in the SDK: only an expedited proposal that fails keeps them, since it goes on as a regular one. */
function conclude(ctx: Context, ports: BlockPorts, { proposal, verdict }: { proposal: Proposal; verdict: Verdict }): Outcome {
  if (proposal.expedited && verdict !== "passed") {
    const regular = convertToRegular(ctx, proposal);
    return { proposal: regular, result: "expedited_proposal_rejected", log: "expedited proposal converted to regular" };
  }
  if (takesDeposit(verdict, rulesOf(ctx))) forfeitDeposits(ctx, ports, proposal.id);
  else refundDeposits(ctx, ports, proposal.id);
  return verdict === "passed" ? passed(ctx, ports, proposal) : rejected(proposal);
}

/** Proposals whose voting period is over. */
function tallyActive(ctx: Context, ports: BlockPorts): void {
  for (const id of due(ctx, "active", TALLIED_PER_BLOCK)) {
    const { proposals, active } = openGov(ctx);
    const proposal = proposals.get(id);
    // A proposal that passed a moment ago may have had this one as its object.
    if (proposal === undefined) continue;
    const { found, verdict } = judgeProposal(ctx, ports.staking, proposal);
    active.delete([timeOf(proposal.votingEndTime), id]);
    closeBallot(ctx, ballotOf(proposal));
    const outcome = conclude(ctx, ports, { proposal, verdict });
    proposals.set(id, { ...outcome.proposal, finalTallyResult: formatTally(found) });
    ctx.emit(tallied(id, outcome.result, outcome.log));
  }
}

/** End of block. Bounded work, whatever was proposed, deposited and voted. */
export function endGov(ctx: Context, ports: BlockPorts): void {
  dropInactive(ctx, ports);
  tallyActive(ctx, ports);
  pruneBallots(ctx, PRUNED_PER_BLOCK);
}
