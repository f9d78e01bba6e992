import * as v1 from "../../../proto/gen/cosmos/gov/v1.js";
import * as v1beta1 from "../../../proto/gen/cosmos/gov/v1beta1.js";
import type { ModuleCommands } from "./types.js";

const ID = { args: ["proposal_id"] };

export const GOV: ModuleCommands = {
  name: "gov",
  about: "proposals and votes",
  query: {
    service: v1.QueryService,
    versions: { v1beta1: { service: v1beta1.QueryService, commands: [] } },
    commands: [
      { method: "Params", use: "params [params_type]", args: ["params_type"], about: "Query the parameters of the governance process" },
      { method: "Proposals", use: "proposals", about: "Query proposals with optional filters", flags: { proposal_status: { name: "proposal-status" } } },
      { method: "Proposal", use: "proposal <proposal-id>", ...ID, aliases: ["proposer"], about: "Query details of a single proposal" },
      { method: "Vote", use: "vote <proposal-id> <voter-addr>", args: ["proposal_id", "voter"], about: "Query details of a single vote" },
      { method: "Votes", use: "votes <proposal-id>", ...ID, about: "Query votes of a single proposal" },
      { method: "Deposit", use: "deposit <proposal-id> <depositer-addr>", args: ["proposal_id", "depositor"], about: "Query details of a deposit" },
      { method: "Deposits", use: "deposits <proposal-id>", ...ID, about: "Query deposits on a proposal" },
      { method: "TallyResult", use: "tally <proposal-id>", ...ID, about: "Query the tally of a proposal vote" },
      { method: "Constitution", use: "constitution", about: "Query the current chain constitution" },
    ],
  },
  tx: {
    service: v1.MsgService,
    elsewhere: { SubmitProposal: "submit-proposal", VoteWeighted: "weighted-vote" },
    versions: { v1beta1: { service: v1beta1.MsgService, commands: [] } },
    commands: [
      { method: "Deposit", use: "deposit <proposal-id> <deposit>", args: ["proposal_id", "amount"], about: "Deposit tokens for an active proposal" },
      { method: "Vote", use: "vote <proposal-id> <option>", args: ["proposal_id", "option"], about: "Vote for an active proposal, options: yes/no/no-with-veto/abstain", flags: { metadata: { name: "metadata", about: "add a description to the vote" } } },
      { method: "CancelProposal", use: "cancel-proposal <proposal-id>", ...ID, about: "Cancel governance proposal before the voting period ends; must be signed by the proposal creator" },
      { method: "ExecLegacyContent", use: "exec-legacy-content-proposal <content>", args: ["content"], about: "Submit a proposal that executes content of v1beta1, as JSON with its @type" },
    ],
  },
};
