import {
  QueryConstitutionRequest,
  QueryConstitutionResponse,
  QueryDepositRequest,
  QueryDepositResponse,
  QueryDepositsRequest,
  QueryDepositsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryProposalRequest,
  QueryProposalResponse,
  QueryProposalsRequest,
  QueryProposalsResponse,
  QueryTallyResultRequest,
  QueryTallyResultResponse,
  QueryVoteRequest,
  QueryVoteResponse,
  QueryVotesRequest,
  QueryVotesResponse,
} from "../../proto/gen/cosmos/gov/v1.js";
import { queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import {
  checkParamsType,
  findDeposit,
  findDeposits,
  findProposal,
  findProposals,
  findTally,
  findVote,
  findVotes,
} from "./lookups.js";
import type { Staking } from "./ports.js";
import { readGov } from "./state.js";

const PATH = "/cosmos.gov.v1.Query";

/** The parts of old clients stand beside the whole: the kind that was asked for, or none. */
function paramsOf(ctx: ReadContext, type: string): QueryParamsResponse {
  checkParamsType(type);
  const params = readGov(ctx).params.getOrFail();
  const { minDeposit, maxDepositPeriod, votingPeriod, quorum, threshold, vetoThreshold } = params;
  return {
    depositParams: type === "deposit" ? { minDeposit, maxDepositPeriod } : undefined,
    votingParams: type === "voting" ? { votingPeriod } : undefined,
    tallyParams: type === "tallying" ? { quorum, threshold, vetoThreshold } : undefined,
    params,
  };
}

function proposalQueries(staking: Staking): readonly QueryRoute[] {
  return [
    queryRoute(
      `${PATH}/Proposal`,
      { request: QueryProposalRequest, response: QueryProposalResponse },
      (ctx, { proposalId }) => ({ proposal: findProposal(ctx, proposalId) }),
    ),
    queryRoute(
      `${PATH}/Proposals`,
      { request: QueryProposalsRequest, response: QueryProposalsResponse },
      (ctx, request) => {
        const { entries, pagination } = findProposals(ctx, request);
        return { proposals: entries, pagination };
      },
    ),
    queryRoute(
      `${PATH}/TallyResult`,
      { request: QueryTallyResultRequest, response: QueryTallyResultResponse },
      (ctx, { proposalId }) => ({ tally: findTally(ctx, staking, proposalId) }),
    ),
  ];
}

const itemQueries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Vote`, { request: QueryVoteRequest, response: QueryVoteResponse }, (ctx, { proposalId, voter }) => ({
    vote: findVote(ctx, proposalId, voter),
  })),
  queryRoute(`${PATH}/Votes`, { request: QueryVotesRequest, response: QueryVotesResponse }, (ctx, request) => {
    const { entries, pagination } = findVotes(ctx, request.proposalId, request.pagination);
    return { votes: entries, pagination };
  }),
  queryRoute(
    `${PATH}/Deposit`,
    { request: QueryDepositRequest, response: QueryDepositResponse },
    (ctx, { proposalId, depositor }) => ({ deposit: findDeposit(ctx, proposalId, depositor) }),
  ),
  queryRoute(`${PATH}/Deposits`, { request: QueryDepositsRequest, response: QueryDepositsResponse }, (ctx, request) => {
    const { entries, pagination } = findDeposits(ctx, request.proposalId, request.pagination);
    return { deposits: entries, pagination };
  }),
];

export function govQueries(staking: Staking): readonly QueryRoute[] {
  return [
    ...proposalQueries(staking),
    ...itemQueries,
    queryRoute(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx, { paramsType }) =>
      paramsOf(ctx, paramsType),
    ),
    queryRoute(
      `${PATH}/Constitution`,
      { request: QueryConstitutionRequest, response: QueryConstitutionResponse },
      (ctx) => ({ constitution: readGov(ctx).constitution.get() ?? "" }),
    ),
  ];
}
