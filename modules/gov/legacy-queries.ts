import {
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
} from "../../proto/gen/cosmos/gov/v1beta1.js";
import { queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute } from "../../chain/kernel/index.js";
import { Reject } from "../../chain/primitives/index.js";
import { toLegacyParams, toLegacyProposal, toLegacyTally, toLegacyVote, toListedProposal } from "./legacy.js";
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

const PATH = "/cosmos.gov.v1beta1.Query";

function proposalQueries(staking: Staking): readonly QueryRoute[] {
  return [
    queryRoute(
      `${PATH}/Proposal`,
      { request: QueryProposalRequest, response: QueryProposalResponse },
      (ctx, { proposalId }) => ({ proposal: toLegacyProposal(findProposal(ctx, proposalId)) }),
    ),
    queryRoute(
      `${PATH}/Proposals`,
      { request: QueryProposalsRequest, response: QueryProposalsResponse },
      (ctx, request) => {
        const { entries, pagination } = findProposals(ctx, request);
        return { proposals: entries.map(toListedProposal), pagination };
      },
    ),
    queryRoute(
      `${PATH}/TallyResult`,
      { request: QueryTallyResultRequest, response: QueryTallyResultResponse },
      (ctx, { proposalId }) => ({ tally: toLegacyTally(findTally(ctx, staking, proposalId)) }),
    ),
    queryRoute(`${PATH}/Params`, { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx, { paramsType }) => {
      checkParamsType(paramsType);
      if (paramsType === "") throw new Reject("sdk", 18, " is not a valid parameter type");
      return toLegacyParams(readGov(ctx).params.getOrFail(), paramsType);
    }),
  ];
}

const itemQueries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Vote`, { request: QueryVoteRequest, response: QueryVoteResponse }, (ctx, { proposalId, voter }) => ({
    vote: toLegacyVote(findVote(ctx, proposalId, voter)),
  })),
  queryRoute(`${PATH}/Votes`, { request: QueryVotesRequest, response: QueryVotesResponse }, (ctx, request) => {
    const { entries, pagination } = findVotes(ctx, request.proposalId, request.pagination);
    return { votes: entries.map(toLegacyVote), pagination };
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

export function legacyQueries(staking: Staking): readonly QueryRoute[] {
  return [...proposalQueries(staking), ...itemQueries];
}
