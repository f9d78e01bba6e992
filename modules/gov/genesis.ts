import { GenesisState } from "../../proto/gen/cosmos/gov/v1.js";
import type { Deposit, Proposal, Vote } from "../../proto/gen/cosmos/gov/v1.js";
import { ProposalStatus } from "../../proto/gen/cosmos/gov/v1.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { toCoins } from "../../chain/kernel/index.js";
import type { Context, GenesisSpec, ReadContext } from "../../chain/kernel/index.js";
import { addUopen, toUopen } from "../../chain/primitives/index.js";
import { GovError } from "./errors.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import type { Accounts, Token } from "./ports.js";
import { timeOf } from "./proposals.js";
import { ballotOf } from "./rules/ballot.js";
import { parseDeposit } from "./rules/deposit.js";
import { parseWeights } from "./rules/weights.js";
import { GOV_STORE, openGov, readGov } from "./state.js";

const { PROPOSAL_STATUS_DEPOSIT_PERIOD, PROPOSAL_STATUS_VOTING_PERIOD } = ProposalStatus;

function initProposal(ctx: Context, proposal: Proposal, next: bigint): void {
  const { proposals, inactive, active, open } = openGov(ctx);
  const { id, status } = proposal;
  if (proposals.has(id)) throw GovError.InvalidGenesis(`duplicate proposal id: ${id}`);
  if (id === 0n || id >= next) throw GovError.InvalidGenesis(`proposal id ${id} is not below the next one, ${next}`);
  const end = status === PROPOSAL_STATUS_VOTING_PERIOD ? proposal.votingEndTime : proposal.depositEndTime;
  if (proposal.depositEndTime === undefined || end === undefined || proposal.finalTallyResult === undefined)
    throw GovError.InvalidGenesis(`proposal ${id} lacks its times or its tally`);
  proposals.set(id, proposal);
  if (status === PROPOSAL_STATUS_DEPOSIT_PERIOD) inactive.add([timeOf(end), id]);
  if (status !== PROPOSAL_STATUS_VOTING_PERIOD) return;
  active.add([timeOf(end), id]);
  open.add(ballotOf(proposal));
}

function proposalNamed(ctx: Context, what: string, id: bigint): Proposal {
  return readGov(ctx).proposals.getOrFail(id, () => GovError.InvalidGenesis(`${what} has non-existent proposal id: ${id}`));
}

function initDeposit(ctx: Context, { proposalId, depositor, amount }: Deposit): void {
  const { deposits, held } = openGov(ctx);
  proposalNamed(ctx, "deposit", proposalId);
  const owner = parseAddress(depositor);
  if (deposits.has([proposalId, owner])) throw GovError.InvalidGenesis(`duplicate deposit: ${proposalId} ${depositor}`);
  const uopen = parseDeposit(amount);
  deposits.set([proposalId, owner], uopen);
  held.set(addUopen(held.get() ?? toUopen(0n), uopen));
}

function initVote(ctx: Context, vote: Vote): void {
  const { votes, voted, uncounted } = openGov(ctx);
  const proposal = proposalNamed(ctx, "vote", vote.proposalId);
  if (proposal.status !== PROPOSAL_STATUS_VOTING_PERIOD)
    throw GovError.InvalidGenesis(`vote on proposal ${proposal.id}, which is not in its voting period`);
  parseWeights(vote.options);
  const [ballot, voter] = [ballotOf(proposal), parseAddress(vote.voter)];
  if (votes.has([ballot, voter])) throw GovError.InvalidGenesis(`duplicate vote: ${vote.proposalId} ${vote.voter}`);
  votes.set([ballot, voter], vote);
  voted.add([voter, ballot]);
  uncounted.set(true);
}

function exportVotes(ctx: ReadContext): Vote[] {
  const { open, votes } = readGov(ctx);
  return [...open.keys()].flatMap((ballot) => [...votes.values({ prefix: [ballot] })]);
}

/** Must follow auth and token. Votes are counted in the first block, since staking comes later. */
export function govGenesis({ token, accounts }: { token: Token; accounts: Accounts }): GenesisSpec<GenesisState> {
  return {
    codec: GenesisState,
    defaults: () => GenesisState.create({ startingProposalId: 1n, params: DEFAULT_PARAMS }),
    init(ctx, { params, startingProposalId, constitution, proposals, deposits, votes }) {
      if (params === undefined) throw GovError.InvalidGenesis("no parameters");
      checkParams(params);
      if (startingProposalId === 0n) throw GovError.InvalidGenesis("starting proposal id must be greater than 0");
      const state = openGov(ctx);
      state.params.set(params);
      if (constitution !== "") state.constitution.set(constitution);
      state.nextProposal.set(startingProposalId);
      for (const proposal of proposals) initProposal(ctx, proposal, startingProposalId);
      for (const deposit of deposits) initDeposit(ctx, deposit);
      for (const vote of votes) initVote(ctx, vote);
      accounts.ensureModule(ctx, GOV_STORE, ["burner"]);
      const [held, balance] = [state.held.get() ?? 0n, token.moduleBalance(ctx, GOV_STORE)];
      if (held > balance) throw GovError.InvalidGenesis(`expected module account was ${balance}uopen but we got ${held}uopen`);
      return [];
    },
    export(ctx) {
      const state = readGov(ctx);
      return GenesisState.create({
        startingProposalId: state.nextProposal.peek(),
        params: state.params.getOrFail(),
        constitution: state.constitution.get() ?? "",
        proposals: [...state.proposals.values()],
        deposits: [...state.deposits.entries()].map(([[proposalId, depositor], amount]) => {
          return { proposalId, depositor: formatAddress(depositor), amount: toCoins(amount) };
        }),
        votes: exportVotes(ctx),
      });
    },
  };
}
