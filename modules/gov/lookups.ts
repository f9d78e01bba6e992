import type { Deposit, Proposal, Vote } from "../../proto/gen/cosmos/gov/v1.js";
import { ProposalStatus } from "../../proto/gen/cosmos/gov/v1.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { toCoins } from "../../chain/kernel/index.js";
import type { ReadContext } from "../../chain/kernel/index.js";
import { Reject } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { Page, PageRequest } from "../../chain/store/index.js";
import { tallyOf } from "./ballots.js";
import { notFound } from "./errors.js";
import type { Staking } from "./ports.js";
import { ballotOf } from "./rules/ballot.js";
import { formatTally } from "./rules/tally.js";
import { readGov } from "./state.js";

/** What both versions of the query service find. Texts and codes are those of the SDK's query server. */

function invalid(text: string): Reject {
  return new Reject("sdk", 18, text);
}

function absent(text: string): Reject {
  return new Reject("sdk", 38, text);
}

function checkId(id: bigint): void {
  if (id === 0n) throw invalid("proposal id can not be 0");
}

/** @throws Reject sdk/18 on the id 0, sdk/38 on one that names nothing. */
export function findProposal(ctx: ReadContext, id: bigint): Proposal {
  checkId(id);
  return readGov(ctx).proposals.getOrFail(id, () => absent(`proposal ${id} doesn't exist`));
}

export interface ProposalFilter {
  readonly proposalStatus: number;
  readonly voter: string;
  readonly depositor: string;
  readonly pagination: PageRequest | undefined;
}

function isStatus(status: number): boolean {
  return status >= ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD && status <= ProposalStatus.PROPOSAL_STATUS_FAILED;
}

/** Proposals in order of id that match every filter given. @throws Reject sdk/7 on an address. */
export function findProposals(ctx: ReadContext, filter: ProposalFilter): Page<Proposal> {
  const state = readGov(ctx);
  const voter = filter.voter === "" ? undefined : parseAddress(filter.voter);
  const depositor = filter.depositor === "" ? undefined : parseAddress(filter.depositor);
  const keep = (id: bigint, proposal: Proposal): boolean => {
    if (isStatus(filter.proposalStatus) && proposal.status !== filter.proposalStatus) return false;
    const ballot = ballotOf(proposal);
    if (voter !== undefined && !(state.open.has(ballot) && state.votes.has([ballot, voter]))) return false;
    return depositor === undefined || state.deposits.has([id, depositor]);
  };
  const { entries, pagination } = state.proposals.page(filter.pagination, { keep });
  return { entries: entries.map(([, proposal]) => proposal), pagination };
}

/** The ballot whose votes are shown: none once voting is over, as in the SDK. */
function openBallotOf(ctx: ReadContext, id: bigint): bigint | undefined {
  const { proposals, open } = readGov(ctx);
  const proposal = proposals.get(id);
  const ballot = proposal && ballotOf(proposal);
  return ballot !== undefined && open.has(ballot) ? ballot : undefined;
}

/** @throws Reject sdk/18, also when there is no such vote, or sdk/7. */
export function findVote(ctx: ReadContext, id: bigint, voter: string): Vote {
  checkId(id);
  if (voter === "") throw invalid("empty voter address");
  const address = parseAddress(voter);
  const ballot = openBallotOf(ctx, id);
  const vote = ballot === undefined ? undefined : readGov(ctx).votes.get([ballot, address]);
  if (vote === undefined) throw invalid(`voter: ${voter} not found for proposal: ${id}`);
  return vote;
}

export function findVotes(ctx: ReadContext, id: bigint, pagination: PageRequest | undefined): Page<Vote> {
  checkId(id);
  // No ballot has the number 0.
  const ballot = openBallotOf(ctx, id) ?? 0n;
  const found = readGov(ctx).votes.page(pagination, { prefix: [ballot] });
  return { entries: found.entries.map(([, vote]) => vote), pagination: found.pagination };
}

function depositOf(id: bigint, depositor: Address, amount: Uopen): Deposit {
  return { proposalId: id, depositor: formatAddress(depositor), amount: toCoins(amount) };
}

/** @throws Reject sdk/18, sdk/7, or sdk/38 when there is none. */
export function findDeposit(ctx: ReadContext, id: bigint, depositor: string): Deposit {
  checkId(id);
  if (depositor === "") throw invalid("empty depositor address");
  const address = parseAddress(depositor);
  const missing = () => absent(notFound(`("${id}", "${depositor}")`, "cosmos.gov.v1.Deposit").message);
  return depositOf(id, address, readGov(ctx).deposits.getOrFail([id, address], missing));
}

export function findDeposits(ctx: ReadContext, id: bigint, pagination: PageRequest | undefined): Page<Deposit> {
  checkId(id);
  const found = readGov(ctx).deposits.page(pagination, { prefix: [id] });
  return { entries: found.entries.map(([[, owner], amount]) => depositOf(id, owner, amount)), pagination: found.pagination };
}

export interface TallyText {
  readonly yesCount: string;
  readonly abstainCount: string;
  readonly noCount: string;
  readonly noWithVetoCount: string;
}

const EMPTY: TallyText = { yesCount: "0", abstainCount: "0", noCount: "0", noWithVetoCount: "0" };

/** The final tally, or how a ballot stands now. */
export function findTally(ctx: ReadContext, staking: Staking, id: bigint): TallyText {
  const proposal = findProposal(ctx, id);
  const { PROPOSAL_STATUS_DEPOSIT_PERIOD, PROPOSAL_STATUS_VOTING_PERIOD } = ProposalStatus;
  if (proposal.status === PROPOSAL_STATUS_DEPOSIT_PERIOD) return EMPTY;
  if (proposal.status === PROPOSAL_STATUS_VOTING_PERIOD) return formatTally(tallyOf(ctx, staking, ballotOf(proposal)));
  return proposal.finalTallyResult ?? EMPTY;
}

export const PARAM_TYPES = ["deposit", "voting", "tallying"] as const;

/** @throws Reject sdk/18 on a kind of parameters that does not exist; nothing asks for no particular kind. */
export function checkParamsType(type: string): void {
  if (type !== "" && !PARAM_TYPES.some((known) => known === type)) throw invalid(`unknown params type: ${type.slice(0, 100)}`);
}
